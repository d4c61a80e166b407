import type { Job } from '../../../api/jobs.js'
import { formatBytes, formatCount, formatDuration, formatShare } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'
import { agoText, countText } from '../parts/valueText.js'

export const isEnded = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled'

/** `import photos`, `reconcile` */
export const workName = ({ type, connector }: Pick<Job, 'type' | 'connector'>): string =>
  connector === null ? type : `${type} ${connector}`

/** `sort, 62 %, 512,000 rows/s, 8 s left`, as far as it is known. */
export function progressText({ phase, done, total, rate, unit }: NonNullable<Job['progress']>): string {
  const left = rate !== null && rate > 0 && total !== null && total > done ? ((total - done) / rate) * 1000 : undefined
  return [
    escapeControls(phase),
    total !== null && total > 0 ? formatShare(Math.min(1, done / total)) : `${formatCount(done)} ${unit}`,
    rate !== null && rate >= 1 && `${formatCount(Math.round(rate))} ${unit}/s`,
    left !== undefined && `${formatDuration(Math.ceil(left / 1000) * 1000)} left`,
  ]
    .filter(part => typeof part === 'string')
    .join(', ')
}

/** What stands beside the state: when it is due, how far it is, what came of it. */
export function outcomeText(job: Job, now: number): string {
  const { state, progress, error, result, due, attempts, is_cancelling } = job
  if (is_cancelling) return 'is asked to end'
  if (state === 'running') return progress ? progressText(progress) : 'begins'
  if (state === 'queued' || state === 'scheduled') {
    const when = Date.parse(due) > now ? `due ${agoText(due, now)}` : 'waits for its turn'
    return attempts > 0 && error ? `${when}, after ${firstLine(error.message)}` : when
  }
  if (state === 'succeeded') return result ? resultText(result) : ''
  return error ? firstLine(error.message) : ''
}

/** How long it ran, or has been running, in milliseconds; null before it began. */
export function ranMs({ started_at, ended_at }: Job, now: number): number | null {
  if (started_at === null) return null
  return Math.max(0, (ended_at === null ? now : Date.parse(ended_at)) - Date.parse(started_at))
}

type Result = NonNullable<Job['result']>

function resultText({ snapshot, is_new, object_count, total_size_bytes, gaps }: Result): string {
  if (snapshot === null) return 'no snapshot'
  if (typeof snapshot === 'string')
    return [
      is_new === false ? `${snapshot} was there` : snapshot,
      is_new !== false && typeof object_count === 'number' && countText(object_count, 'object'),
      is_new !== false && typeof total_size_bytes === 'number' && formatBytes(total_size_bytes),
    ]
      .filter(part => typeof part === 'string')
      .join(', ')
  return isCounts(gaps) ? gapsText(gaps) : ''
}

const isCounts = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && Object.values(value).every(count => typeof count === 'number')

function gapsText(gaps: Record<string, number>): string {
  const total = Object.values(gaps).reduce((sum, count) => sum + count, 0)
  const critical = gaps.critical ?? 0
  return total === 0 ? 'no gaps' : `${countText(total, 'gap')}${critical > 0 ? `, ${critical} critical` : ''}`
}

const firstLine = (text: string): string => escapeControls(text.split('\n')[0] ?? '')
