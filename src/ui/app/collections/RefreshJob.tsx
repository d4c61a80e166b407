import type { Job, JobList } from '../../../api/jobs.js'
import { useApi } from '../hooks/useApi.js'
import { useOverview } from '../hooks/useOverview.js'
import { CancelButton } from '../jobs/CancelButton.js'
import { JobProgress } from '../jobs/JobProgress.js'
import { isEnded } from '../jobs/jobTexts.js'

/** The listing of a collection's folder, live. */
export function RefreshJob({ jobId }: { readonly jobId: string }) {
  const { data: job } = useApi<Job>(`/jobs/${jobId}`, {}, { every: 5_000 })
  const jobs = useApi<JobList>('/jobs', { state: 'open', limit: 1 }).data
  const isRunElsewhere = useOverview().data?.daemon.is_running ?? false
  if (!job) return null
  return (
    <div className="refresh-job">
      <JobProgress job={job} /> <CancelButton job={job} />
      {!isEnded(job) && jobs && !jobs.runs_here && !isRunElsewhere && (
        <p className="warn">This server runs no jobs. Start `stocktake agent`, or the daemon.</p>
      )}
    </div>
  )
}
