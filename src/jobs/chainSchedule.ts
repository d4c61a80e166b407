import type { Chain, ChainSchedule } from './chain.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long after a failure the next try is; it doubles with each failure in a row. */
const FIRST_BACKOFF_MS = 15 * MINUTE_MS

/** How long after the time that a report should have it is looked for: S3 writes them for a while. */
const REPORT_DELAY_MS = HOUR_MS
/** How often a report that is late is looked for. */
const LATE_POLL_MS = HOUR_MS
/** Between looks for reports, at least and at most. */
const LEAST_POLL_MS = 15 * MINUTE_MS
const MOST_POLL_MS = DAY_MS
/** How far reports are apart while only one is known. S3 delivers daily or weekly. */
const USUAL_APART_MS = DAY_MS

/** What is known of a chain when it is asked for its next time. */
export interface ChainPast {
  /** When its last link ended, by the clock of who ran it. */
  readonly endedAt: Date
  /** When that was due. */
  readonly due: Date
  readonly failures: number
  readonly reports: Chain['reports']
  /** Whether the last link found a report; a sample that was made instead is none. */
  readonly hasReport: boolean
}

/**
 * When the next link is due. Intervals are absolute, so that nothing depends on time zones.
 *
 * It is counted from when the last one ended, but not from before that was due, nor from later than now: so clocks that differ
 * or jump make neither a storm of links nor a wait that is longer than an interval.
 */
export function nextDue(schedule: ChainSchedule, past: ChainPast, now: Date): Date {
  const base = Math.min(now.getTime(), Math.max(past.endedAt.getTime(), past.due.getTime()))
  return new Date(base + waitMs(schedule, past, base))
}

/** The longest wait that a schedule can ask for. */
export const longestWaitMs = (schedule: ChainSchedule): number =>
  schedule.kind === 'every' ? schedule.every_ms : MOST_POLL_MS

function waitMs(schedule: ChainSchedule, past: ChainPast, base: number): number {
  if (past.failures > 0) return Math.min(backoffMs(past.failures), longestWaitMs(schedule))
  return schedule.kind === 'every' ? schedule.every_ms : untilReportMs(past, base)
}

const backoffMs = (failures: number): number => FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 30)

function untilReportMs({ reports: [newest, previous], hasReport }: ChainPast, base: number): number {
  if (!newest || !hasReport) return MOST_POLL_MS
  const apart = previous ? newest.getTime() - previous.getTime() : USUAL_APART_MS
  const ahead = newest.getTime() + apart + REPORT_DELAY_MS - base
  return ahead > 0 ? Math.min(MOST_POLL_MS, Math.max(LEAST_POLL_MS, ahead)) : LATE_POLL_MS
}
