import type { Job } from '../jobs/job.js'
import { listTaskErrors, listUnseen } from '../jobs/jobResult.js'
import { gapsText, workName } from '../jobs/jobTexts.js'
import { countText, formatBytes, formatDuration } from '../output/quantities.js'
import { someNames } from '../output/someNames.js'

/** `import photos  job_0199…` */
export const describeJob = (job: Job): string => `${workName(job)}  ${job.job_id}`

/** What came of a job, or what its last attempt failed of; nothing where there is nothing to tell yet. */
export function outcomeText({ result, error, state, cancel }: Job): string | undefined {
  if (state === 'cancelled' && cancel) return `by ${cancel.by}`
  if (state === 'running' && cancel) return `${cancel.by} wants it to end`
  if (state !== 'succeeded') return error?.message.split('\n')[0]
  if (!result) return undefined
  const { snapshot, is_new, object_count, total_size_bytes, gaps, duration_ms } = result
  const took = typeof duration_ms === 'number' ? formatDuration(duration_ms) : undefined
  if (snapshot !== undefined)
    return [
      snapshot === null ? 'no snapshot' : is_new === false ? `${snapshot} was there` : snapshot,
      is_new && typeof object_count === 'number' && countText(object_count, 'object'),
      is_new && typeof total_size_bytes === 'number' && formatBytes(total_size_bytes),
      took,
    ]
      .filter(part => typeof part === 'string')
      .join(', ')
  const found = gapsText(gaps)
  if (found === undefined) return took
  return [[found, took].filter(part => part !== undefined).join(', '), ...undoneTexts(result)].join('; ')
}

/** Of buckets without a look, so many are named. */
const MOST_NAMED = 3

/** What a reconciliation left undone: `photos couldn't be looked at`. */
function undoneTexts(result: Job['result']): string[] {
  const names = listUnseen(result).map(({ connector }) => connector)
  const [error] = listTaskErrors(result)
  return [
    ...(names.length > 0 ? [`${someNames(names, MOST_NAMED)} couldn't be looked at`] : []),
    ...(error ? [`tasks: ${error.message.split('\n')[0]}`] : []),
  ]
}
