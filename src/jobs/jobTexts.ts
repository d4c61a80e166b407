import { countText, formatCount, formatDuration, formatShare } from '../output/quantities.js'
import type { Job, JobProgress } from './job.js'

/** `import photos`, `reconcile` */
export const workName = ({ type, connector }: Pick<Job, 'type' | 'connector'>): string =>
  connector === null ? type : `${type} ${connector}`

/** `sort, 62 %, 512,000 rows/s, 8 s left`, as far as it is known. */
export function progressText({ phase, done, total, rate, unit }: Omit<JobProgress, 'at'>): string {
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

/** The gaps that a reconciliation found, `12 gaps, 3 critical`; `undefined` where a result has none of them. */
export function gapsText(gaps: unknown): string | undefined {
  if (!isCounts(gaps)) return undefined
  const total = Object.values(gaps).reduce((sum, count) => sum + count, 0)
  const critical = gaps.critical ?? 0
  return total === 0 ? 'no gaps' : `${countText(total, 'gap')}${critical > 0 ? `, ${critical} critical` : ''}`
}

const isCounts = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && Object.values(value).every(count => typeof count === 'number')
