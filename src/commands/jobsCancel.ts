import { UsageError } from '../errors.js'
import { isEnded, type Job } from '../jobs/job.js'
import { cancelJob } from '../jobs/jobQueue.js'
import { recordDeed } from './audited.js'
import type { Context } from './globals.js'
import { describeJob } from './jobScreen.js'
import { getJobNamed } from './jobsOfLake.js'
import { openLakeStore } from './lakeSession.js'
import { userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Cancels jobs, and tells what that means for each: one that waits has ended then, one that runs ends soon.
 * @throws {NotFoundError} before any is cancelled, where one isn't there
 * @throws {UsageError} after the others are, where some had ended before
 */
export async function cancelJobs(ids: readonly string[], context: Context): Promise<void> {
  const store = await openLakeStore(context)
  const jobs: Job[] = []
  for (const id of ids) jobs.push(await getJobNamed(id, store))
  const over: Job[] = []
  for (const { job_id, state } of jobs) {
    const job = await cancelJob(job_id, userName(), { ...documentEffects(context), store })
    if (isEnded(job) && (job.state !== 'cancelled' || state === 'cancelled')) {
      over.push(job)
      continue
    }
    const outcome = isEnded(job) ? 'cancelled' : 'done' // one that runs has been asked to end
    await recordDeed({ action: 'job cancel', subject: job_id, objects: null, outcome, detail: detailOf(job) }, context)
    if (isEnded(job)) context.log.notice(`cancelled ${describeJob(job)}`)
    else context.log.notice(`asked ${job.lease?.host ?? 'its agent'} to end ${describeJob(job)}`)
  }
  const [first] = over
  if (!first) return
  throw new UsageError({
    subject: over.map(({ job_id }) => job_id).join(', '),
    expected: 'jobs that wait or run',
    got: over.length === 1 ? `one that ended before: ${first.state}` : 'some that ended before',
  })
}

const detailOf = ({ type, connector, state }: Job) => ({ type, connector, state })
