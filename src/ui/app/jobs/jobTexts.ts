import type { Job } from '../../../api/jobs.js'
import { gapsText, progressText } from '../../../jobs/jobTexts.js'
import { countText, formatBytes } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'
import { agoText } from '../parts/valueText.js'

export const isEnded = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled'

/** What stands beside the state: when it is due, how far it is, what came of it. */
export function outcomeText(job: Job, now: number): string {
  const { state, progress, error, result, due, attempts, is_cancelling } = job
  if (is_cancelling) return 'is asked to end'
  if (state === 'running')
    return progress ? progressText({ ...progress, phase: escapeControls(progress.phase) }) : 'begins'
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
  return gapsText(gaps) ?? ''
}

const firstLine = (text: string): string => escapeControls(text.split('\n')[0] ?? '')
