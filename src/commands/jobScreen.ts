import type { Job, JobProgress } from '../jobs/job.js'
import { listTaskErrors, listUnseen } from '../jobs/jobResult.js'
import { formatBytes, formatCount, formatDuration, formatShare } from '../output/quantities.js'
import { countText } from './shown.js'

/** `import photos`, `reconcile` */
export const workName = ({ type, connector }: Job): string => (connector === null ? type : `${type} ${connector}`)

/** `import photos  job_0199…` */
export const describeJob = (job: Job): string => `${workName(job)}  ${job.job_id}`

/** `sort, 62 %, 512,000 rows/s, 8 s left`, as far as it is known. */
export function progressText({ phase, done, total, rate, unit }: JobProgress): string {
  const left = rate !== null && rate > 0 && total !== null && total > done ? ((total - done) / rate) * 1000 : undefined
  return [
    phase,
    total !== null && total > 0 ? formatShare(Math.min(1, done / total)) : `${formatCount(done)} ${unit}`,
    rate !== null && rate >= 1 && `${formatCount(Math.round(rate))} ${unit}/s`,
    left !== undefined && `${formatDuration(Math.ceil(left / 1000) * 1000)} left`,
  ]
    .filter(part => typeof part === 'string')
    .join(', ')
}

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
  if (isCounts(gaps)) {
    const found = [gapsText(gaps), took].filter(part => part !== undefined).join(', ')
    return [found, ...undoneTexts(result)].join('; ')
  }
  return took
}

/** Of buckets without a look, so many are named. */
const MOST_NAMED = 3

/** What a reconciliation left undone: `photos couldn't be looked at`. */
function undoneTexts(result: Job['result']): string[] {
  const names = listUnseen(result).map(({ connector }) => connector)
  const named = names.slice(0, MOST_NAMED).join(', ')
  const more = names.length > MOST_NAMED ? ` and ${formatCount(names.length - MOST_NAMED)} more` : ''
  const [error] = listTaskErrors(result)
  return [
    ...(names.length > 0 ? [`${named}${more} couldn't be looked at`] : []),
    ...(error ? [`tasks: ${error.message.split('\n')[0]}`] : []),
  ]
}

const isCounts = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && Object.values(value).every(count => typeof count === 'number')

function gapsText(gaps: Record<string, number>): string {
  const total = Object.values(gaps).reduce((sum, count) => sum + count, 0)
  const critical = gaps.critical ?? 0
  return total === 0 ? 'no gaps' : `${countText(total, 'gap')}${critical > 0 ? `, ${critical} critical` : ''}`
}
