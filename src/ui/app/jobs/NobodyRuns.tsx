import type { JobList } from '../../../api/jobs.js'
import { useApi } from '../hooks/useApi.js'
import { useOverview } from '../hooks/useOverview.js'

/** Where nothing would run a job: that it waits, and for what. */
export function NobodyRuns() {
  const jobs = useApi<JobList>('/jobs', { state: 'open', limit: 1 }).data
  const { data } = useOverview()
  if (!jobs || !data || jobs.runs_here || data.daemon.is_running) return null
  return (
    <p className="warn small">
      Jobs wait: this server was started without any that runs them. Whoever keeps it can start{' '}
      <code>stocktake agent</code> beside it, or <code>stocktake daemon</code>.
    </p>
  )
}
