import type { Job } from '../../../api/jobs.js'

/** The state of a job, with a mark of its own for those who see no colours. */
export function JobState({ job }: { job: Pick<Job, 'state'> }) {
  return <span className={`job-state ${job.state}`}>{job.state}</span>
}
