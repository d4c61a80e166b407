import type { Job } from '../../../api/jobs.js'
import { useApi } from '../hooks/useApi.js'
import { CancelButton } from '../jobs/CancelButton.js'
import { JobProgress } from '../jobs/JobProgress.js'
import { isEnded } from '../jobs/jobTexts.js'
import { NobodyRuns } from '../jobs/NobodyRuns.js'

/** The listing of a collection's folder, live. */
export function RefreshJob({ jobId }: { readonly jobId: string }) {
  const { data: job } = useApi<Job>(`/jobs/${jobId}`, {}, { every: 5_000 })
  if (!job) return null
  return (
    <div className="refresh-job">
      <JobProgress job={job} /> <CancelButton job={job} />
      {!isEnded(job) && <NobodyRuns />}
    </div>
  )
}
