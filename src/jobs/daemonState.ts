import type { ObjectStore } from '../lake/objectStore.js'
import type { Chain } from './chain.js'
import { longestWaitMs } from './chainSchedule.js'
import type { Readiness } from './health.js'
import { findJob } from './jobQueue.js'

/** A chain whose link should have begun, and hasn't; or should have ended. */
export interface OverdueChain {
  readonly chain: string
  readonly due: Date
  /** Of one that has begun, and seems to hang. */
  readonly running_since?: Date
}

/** Work of a stream that ended by itself, and was begun again. */
export interface StreamTrouble {
  /** `ingest of coinbase` */
  readonly name: string
  /** How often in a row it ended before it had gone on for a while. */
  readonly failures: number
  /** How it last did. */
  readonly message: string
  /** When it was begun anew; NULL while it waits to be. */
  readonly began: Date | null
}

/** What a daemon knows of itself, for those who ask whether it is well. */
export interface DaemonState {
  /** When it last had an answer of the lake. */
  lookedAt: Date | undefined
  /** Why it has none now. */
  trouble: string | undefined
  overdue: readonly OverdueChain[]
  streams: readonly StreamTrouble[]
}

export const newDaemonState = (): DaemonState => ({
  lookedAt: undefined,
  trouble: undefined,
  overdue: [],
  streams: [],
})

/** How long the lake may say nothing, milliseconds. */
const SILENT_MS = 5 * 60_000

/** Whether all goes as it should: the lake answers, what is due has begun, and ends; and what is to go on does. */
export function readiness({ lookedAt, trouble, overdue, streams }: DaemonState, now: Date): Readiness {
  const reasons = [...overdue.map(overdueReason), ...streams.flatMap(stream => streamReasons(stream, now))]
  if (trouble !== undefined) reasons.unshift(`the lake can't be reached: ${trouble}`)
  else if (!lookedAt) reasons.unshift('the lake has not been looked at yet')
  else if (now.getTime() - lookedAt.getTime() > SILENT_MS)
    reasons.unshift(`the lake has not answered since ${lookedAt.toISOString()}`)
  return { ok: reasons.length === 0, reasons }
}

const overdueReason = ({ chain, due, running_since }: OverdueChain): string =>
  running_since
    ? `${chain} has run since ${running_since.toISOString()}`
    : `${chain} should have begun at ${due.toISOString()}`

/** Once may be a source that was away; what ends again and again doesn't get better by itself. */
const MANY_FAILURES = 3

/** What has run for so long has begun well, milliseconds. */
export const STEADY_MS = 60_000

/** Whether what began then has gone on for long enough to count as well begun. */
export const isSteady = (began: Date, now: Date): boolean => now.getTime() - began.getTime() >= STEADY_MS

const streamReasons = ({ name, failures, message, began }: StreamTrouble, now: Date): string[] =>
  failures < MANY_FAILURES || (began && isSteady(began, now))
    ? []
    : [`${name} ended ${failures} times in a row: ${message}`]

/** How late a link may begin before it is overdue, milliseconds: agents may be busy with others. */
export const OVERDUE_MS = 30 * 60_000

/** How long a link may run before it is overdue, milliseconds; or twice its interval where that is longer. */
const LONG_RUN_MS = 6 * 3_600_000

/** The chains whose job should have begun long ago, and doesn't wait for its next attempt; or runs for too long. */
export async function listOverdue(chains: readonly Chain[], store: ObjectStore, now: Date): Promise<OverdueChain[]> {
  const overdue: OverdueChain[] = []
  for (const { name, job_id, due, schedule } of chains) {
    if (job_id === null || due === null || !isLong(due, now)) continue
    const job = await findJob(store, job_id)
    const isWaiting = job?.state === 'queued' || job?.state === 'scheduled'
    if (isWaiting && isLong(job.not_before ?? due, now)) overdue.push({ chain: name, due })
    const since = job?.state === 'running' ? job.started_at : null
    if (since && now.getTime() - since.getTime() > Math.max(LONG_RUN_MS, 2 * longestWaitMs(schedule)))
      overdue.push({ chain: name, due, running_since: since })
  }
  return overdue
}

const isLong = (due: Date, now: Date): boolean => now.getTime() - due.getTime() > OVERDUE_MS
