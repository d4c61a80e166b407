import type { Job } from '../../../api/jobs.js'
import { workName } from '../../../jobs/jobTexts.js'
import { useNow } from '../hooks/useNow.js'
import { JobState } from './JobState.js'
import { outcomeText } from './jobTexts.js'
import './jobs.css'

/** A job in a line: what it is, its state, how far it is, and a bar while it runs. */
export function JobProgress({ job, isNamed = true }: { job: Job; isNamed?: boolean }) {
  const now = useNow(1000)
  return (
    <div className="job-progress">
      {isNamed && <a href={`/jobs/${job.job_id}`}>{workName(job)}</a>} <JobState job={job} />{' '}
      <span className={job.state === 'failed' ? 'error' : 'soft'} role="status">
        {outcomeText(job, now)}
      </span>
      {job.state === 'running' && <JobBar job={job} />}
    </div>
  )
}

/** How far it is; a bar that goes to and fro where nobody knows. */
export function JobBar({ job }: { job: Job }) {
  const { done = 0, total = null } = job.progress ?? {}
  const share = total !== null && total > 0 ? Math.min(1, done / total) : undefined
  return (
    <span
      className={share === undefined ? 'progress open' : 'progress'}
      role="progressbar"
      aria-label={workName(job)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
    >
      <span style={share === undefined ? undefined : { width: `${share * 100}%` }} />
    </span>
  )
}
