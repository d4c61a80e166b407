import type { Job as ApiJob } from '../api/jobs.js'
import { isEnded, type Job } from '../jobs/job.js'
import type { Answer } from './answer.js'

/** A job as the API tells it. */
export function toJobAnswer(job: Job): Answer<ApiJob> {
  const { job_id, type, connector, params, state, due, not_before, attempts, max_attempts, created_at, created_by } =
    job
  const { started_at, ended_at, progress, result, error, cancel, chain } = job
  return {
    ...{ job_id, type, connector, params, state, attempts, max_attempts, created_at, created_by },
    due: not_before !== null && not_before > due ? not_before : due,
    ...{ started_at, ended_at, result, error },
    progress: progress && {
      phase: progress.phase,
      done: progress.done,
      total: progress.total,
      rate: progress.rate,
      unit: progress.unit,
    },
    is_cancelling: cancel !== null && !isEnded(job),
    chain: chain?.name ?? null,
  }
}
