import { isDeepStrictEqual } from 'node:util'
import { findReportTime } from '../inventory/reportTime.js'
import { BY_SCHEDULE, type Chain, type ChainSpec, type UnseenBucket } from './chain.js'
import { longestWaitMs, nextDue } from './chainSchedule.js'
import { isEnded, type Job } from './job.js'
import { listUnseen } from './jobResult.js'

/**
 * What is to be done about a chain:
 * - `keep`: nothing; its job waits, runs, or isn't to be
 * - `cancel`: its job waits, and isn't wanted, or not so or not then; when it is cancelled, the chain is looked at again
 * - `update`: its job runs on, and later ones are to be others, or none
 * - `next`: the link that ended is noted, and another one is due then
 * - `stop`: the link that ended is noted, and none is to follow
 */
export type ChainDecision =
  | { readonly kind: 'keep' | 'cancel' | 'update' | 'stop' }
  | { readonly kind: 'next'; readonly due: Date }

/**
 * Decides what a chain needs now.
 * @param chain as it is; `undefined` where there never was one
 * @param job that the chain names; `undefined` where it names none, or one that nobody has made yet
 */
export function planNext(chain: Chain | undefined, spec: ChainSpec, job: Job | undefined, now: Date): ChainDecision {
  if (!chain) return spec.isEnabled ? { kind: 'next', due: now } : { kind: 'keep' }
  if (chain.job_id === null) {
    if (spec.isEnabled && !spec.isOnce) return { kind: 'next', due: now }
    return { kind: isAsWanted(chain, spec) ? 'keep' : 'stop' }
  }
  if (job && isEnded(job))
    return spec.isEnabled && !spec.isOnce ? { kind: 'next', due: dueAfter(chain, spec, job, now) } : { kind: 'stop' }
  if (job?.state === 'running') return { kind: isAsWanted(chain, spec) ? 'keep' : 'update' }
  const isGood = spec.isEnabled && isAsWanted(chain, spec) && isInTime(chain, spec, job, now)
  return { kind: isGood ? 'keep' : 'cancel' } // one that was running when its chain was disabled may wait again
}

/** The chain with a link that ended noted. One that was taken back by the schedule itself leaves no trace. */
export function settleChain(chain: Chain, job: Job, now: Date): Chain {
  if (!isEnded(job) || isTakenBack(job)) return chain
  const { job_id, state, error } = job
  const snapshot = typeof job.result?.snapshot === 'string' ? job.result.snapshot : null
  const ended_at = job.ended_at ?? now
  return {
    ...chain,
    last: { job_id, link: chain.link, state: state as 'succeeded' | 'failed' | 'cancelled', ended_at, snapshot, error },
    ...(state === 'succeeded' && {
      ...{ last_success_at: ended_at, failures: 0, failing_since: null },
      reports: withReport(chain.reports, snapshot),
      ...(chain.type === 'reconcile' && { unseen: toUnseen(chain.unseen ?? [], job, ended_at) }),
    }),
    ...(state === 'failed' && { failures: chain.failures + 1, failing_since: chain.failing_since ?? ended_at }),
  }
}

const toUnseen = (before: readonly UnseenBucket[], { result }: Job, endedAt: Date): UnseenBucket[] =>
  listUnseen(result).map(failure => {
    const known = before.find(({ connector }) => connector === failure.connector)
    return { ...failure, failures: (known?.failures ?? 0) + 1, since: known?.since ?? endedAt }
  })

/** The fields of a chain that its specification decides. */
export const specified = ({ type, connector, params, schedule, isEnabled }: ChainSpec) => ({
  ...{ type, connector, params, schedule },
  is_enabled: isEnabled,
})

function isAsWanted(chain: Chain, spec: ChainSpec): boolean {
  const { type, connector, params, schedule, is_enabled } = chain
  return isDeepStrictEqual({ type, connector, params, schedule, is_enabled }, specified(spec))
}

/** Whether a link that waits does so for no longer than it should: the clock may have been set back. */
function isInTime({ due }: Chain, { schedule, isWantedNow }: ChainSpec, job: Job | undefined, now: Date): boolean {
  const most = isWantedNow ? 0 : longestWaitMs(schedule)
  return isWithin(due, most, now) && isWithin(job?.not_before ?? null, isWantedNow ? 0 : Math.max(most, RETRY_MS), now)
}

const isWithin = (time: Date | null, mostMs: number, now: Date): boolean =>
  time === null || time.getTime() - now.getTime() <= mostMs

/** What a job may wait for its next attempt, at least. */
const RETRY_MS = 3_600_000

/** A link that was cancelled by a person is left out; one that was taken back is to come again, at another time. */
function dueAfter(chain: Chain, { schedule, isWantedNow }: ChainSpec, job: Job, now: Date): Date {
  if (isWantedNow) return now
  const { last, failures, reports } = settleChain(chain, job, now)
  if (!last) return now
  const due = isTakenBack(job) ? last.ended_at : (chain.due ?? last.ended_at)
  const hasReport = last.snapshot !== null && findReportTime(last.snapshot) !== undefined
  const next = nextDue(schedule, { endedAt: last.ended_at, due, failures, reports, hasReport }, now)
  return isTakenBack(job) && next < now ? now : next
}

const isTakenBack = ({ state, cancel }: Job): boolean => state === 'cancelled' && cancel?.by === BY_SCHEDULE

function withReport(reports: Chain['reports'], snapshot: string | null): Chain['reports'] {
  const time = snapshot === null ? undefined : findReportTime(snapshot)
  const [newest] = reports
  if (!time || (newest && time <= newest)) return reports
  return newest ? [time, newest] : [time]
}
