import { CALM_MS, type ToldSubject } from './notifyState.js'

/** Whether trouble is to be told: it is new, it got worse, or it is another; and it isn't one that goes back and forth. */
export function isNews(known: ToldSubject | undefined, kind: ToldSubject['kind'], level: number, now: Date): boolean {
  if (!known) return true
  if (known.ok_at === null && known.kind === kind) return level > known.level
  return !isQuiet(known, now)
}

/** Half an hour after the first time, then longer each time. */
const QUIET_MS = 30 * 60_000
const LONGEST_QUIET_MS = 8 * 3_600_000

function isQuiet({ told_at, times }: ToldSubject, now: Date): boolean {
  const sinceMs = now.getTime() - told_at.getTime()
  return sinceMs >= 0 && sinceMs < Math.min(LONGEST_QUIET_MS, QUIET_MS * 2 ** Math.min(times - 1, 10))
}

/** What is known of a subject once its trouble has been told. */
export function tell(
  known: ToldSubject | undefined,
  { kind, level, since }: Pick<ToldSubject, 'kind' | 'level' | 'since'>,
  now: Date,
): ToldSubject {
  const isWorse = known?.ok_at === null && known.kind === kind
  const isCalm = !known || (known.ok_at !== null && now.getTime() - known.ok_at.getTime() > CALM_MS)
  const times = isCalm ? 1 : isWorse ? known.times : known.times + 1
  return { kind, level, since: isWorse ? known.since : since, told_at: now, times, ok_at: null }
}
