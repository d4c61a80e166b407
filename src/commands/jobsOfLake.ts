import { NotFoundError, UsageError } from '../errors.js'
import type { Job } from '../jobs/job.js'
import { findJob, listEndedJobs, listOpenJobs } from '../jobs/jobQueue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { formatSuggestion } from '../output/suggestion.js'

const WHOLE = /^job_[0-9a-f]{32}$/
/** Of jobs that ended: so many may be named by their beginning, or meant by a mistyped id. */
const MOST_ENDED = 1_000

/**
 * The job with this id, or the only one whose id begins so.
 * @throws {NotFoundError} where there is none
 * @throws {UsageError} where several begin so
 */
export async function getJobNamed(id: string, store: ObjectStore): Promise<Job> {
  const found = WHOLE.test(id) ? await findJob(store, id) : undefined
  if (found) return found
  const known = await listKnown(store)
  const begun = [...known.values()].filter(({ job_id }) => id !== '' && job_id.startsWith(id))
  const [only] = begun
  if (only && begun.length === 1) return only
  if (only)
    throw new UsageError({
      subject: id,
      expected: 'one job',
      got: `${begun.length} whose ids begin so`,
      fix: 'say more',
    })
  throw new NotFoundError({
    subject: `job ${JSON.stringify(id)}`,
    got: 'no such job',
    fix: formatSuggestion(id, known.keys()) ?? 'stocktake jobs list --all shows them',
  })
}

async function listKnown(store: ObjectStore): Promise<Map<string, Job>> {
  const known = new Map<string, Job>()
  for await (const job of listOpenJobs(store)) known.set(job.job_id, job)
  let count = 0
  for await (const job of listEndedJobs(store)) {
    if (count++ === MOST_ENDED) break
    known.set(job.job_id, job)
  }
  return known
}
