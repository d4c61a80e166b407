import type { Overview } from '../api/overview.js'
import type { Connector } from '../config/connector.js'
import type { StocktakeError } from '../errors.js'
import type { Chain } from '../jobs/chain.js'
import type { SeenDaemon } from '../jobs/daemonLease.js'
import type { Job } from '../jobs/job.js'
import { formatCount, formatDuration } from '../output/quantities.js'
import type { PriorityCounts } from '../reconcile/openGaps.js'
import { expectsFresh, judgeFreshness } from '../snapshot/freshness.js'
import type { Receipt } from '../snapshot/receipts.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import type { JobCounts } from './jobCounts.js'

/** What is to be judged. */
export interface AttentionFacts {
  readonly settings: readonly Connector[]
  /** The newest snapshots. */
  readonly latest: readonly Receipt[]
  /** Connectors of the lake that this version can't read. */
  readonly mistakes: readonly StocktakeError[]
  readonly chains: readonly Chain[]
  readonly gaps: PriorityCounts | null
  readonly jobs: JobCounts
  readonly daemon: SeenDaemon
  /** Whether this server runs jobs. */
  readonly runsJobs: boolean
}

type Attention = Overview['attention'][number]

/** A job waits for at most so long before somebody should know, milliseconds. */
const LONG_WAIT_MS = 120_000

/** What needs a person, errors first; what is wrong with numbers before what is wrong with jobs. */
export function listAttention(facts: AttentionFacts, now: Date): Attention[] {
  const all = [
    ...facts.settings.flatMap(connector => ofSnapshot(connector, facts, now)),
    ...ofGaps(facts.gaps),
    ...facts.chains.flatMap(chain => ofChain(chain, facts, now)),
    ...ofFailed(facts),
    ...ofWaiting(facts, now),
    ...ofSchedules(facts),
    ...facts.mistakes.map(({ message }) => warn(message, '/connectors')),
  ]
  return [...all.filter(({ level }) => level === 'error'), ...all.filter(({ level }) => level === 'warn')]
}

const warn = (text: string, href: string): Attention => ({ level: 'warn', text, href })
const error = (text: string, href: string): Attention => ({ level: 'error', text, href })

const pageOf = (connector: string): string => `/connectors/${encodeURIComponent(connector)}`

function ofSnapshot(connector: Connector, { latest }: AttentionFacts, now: Date): Attention[] {
  const { name } = connector
  const receipt = latest.find(each => each.connector === name)
  if (!receipt) return [warn(`${name} has no snapshot yet`, pageOf(name))]
  const ageMs = Math.max(0, now.getTime() - parseSnapshotName(receipt.snapshot).getTime())
  const age = formatDuration(ageMs)
  if (!expectsFresh(connector) && ageMs > connector.freshness.errorAfterMs)
    return [warn(`${name}: the newest snapshot is ${age} old; it is imported by hand`, pageOf(name))]
  const freshness = judgeFreshness(receipt, connector, now)
  if (freshness === 'too old')
    return [error(`${name}: the newest snapshot is ${age} old, which is too old`, pageOf(name))]
  return freshness === 'stale' ? [warn(`${name}: the newest snapshot is ${age} old`, pageOf(name))] : []
}

function ofGaps(gaps: PriorityCounts | null): Attention[] {
  if (!gaps) return []
  return [
    ...(gaps.critical > 0 ? [error(`${counted(gaps.critical, 'critical gap')}`, '/gaps?priority=critical')] : []),
    ...(gaps.high > 0 ? [warn(`${counted(gaps.high, 'gap')} of high priority`, '/gaps?priority=high')] : []),
  ]
}

/** What fails by schedule, again and again. */
function ofChain(
  { is_enabled, failures, failing_since, last, type, connector }: Chain,
  { settings }: AttentionFacts,
  now: Date,
): Attention[] {
  if (!is_enabled || failures === 0) return []
  const name = settings.find(each => each.name === connector || each.guid === connector)?.name ?? connector
  const since = failing_since ? ` since ${formatDuration(Math.max(0, now.getTime() - failing_since.getTime()))}` : ''
  const times = failures === 1 ? 'failed' : `failed ${formatCount(failures)} times${since}`
  const what = name === null ? type : `${name}: the scheduled ${type}`
  const text = `${what} ${times}${last?.error ? `: ${firstLine(last.error.message)}` : ''}`
  return [error(text, name === null ? '/jobs' : pageOf(name))]
}

/** What failed in the last day and isn't of a schedule, which is told by itself. */
function ofFailed({ jobs }: AttentionFacts): Attention[] {
  const failed = jobs.failed.filter(({ chain }) => chain === null)
  const [newest] = failed
  if (!newest) return []
  const text = `${describe(newest)} failed${newest.error ? `: ${firstLine(newest.error.message)}` : ''}`
  return [
    warn(failed.length === 1 ? text : `${formatCount(failed.length)} jobs failed in the last day; ${text}`, '/jobs'),
  ]
}

const describe = ({ type, connector }: Job): string => (connector === null ? type : `${type} of ${connector}`)

function ofWaiting({ jobs, runsJobs, daemon }: AttentionFacts, now: Date): Attention[] {
  const { waiting, waitingSince, running } = jobs
  if (waitingSince === null || running > 0 || runsJobs || daemon.isRunning) return []
  const waitedMs = now.getTime() - waitingSince.getTime()
  if (waitedMs < LONG_WAIT_MS) return []
  const who = `${waiting === 1 ? 'a job waits' : `${formatCount(waiting)} jobs wait`} for ${formatDuration(waitedMs)}`
  return [warn(`${who}, and nothing runs them: start stocktake agent, or the daemon`, '/jobs')]
}

/** Schedules are kept by the daemon alone. */
function ofSchedules({ settings, daemon }: AttentionFacts): Attention[] {
  const scheduled = settings.filter(({ schedule }) => schedule !== 'manual')
  if (daemon.isRunning || scheduled.length === 0) return []
  const [first] = scheduled
  const who = first && scheduled.length === 1 ? `${first.name} is` : `${formatCount(scheduled.length)} connectors are`
  return [
    warn(`${who} to be imported by a schedule, and no daemon runs that would: start stocktake daemon`, '/connectors'),
  ]
}

const counted = (count: number, what: string): string => `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`

const firstLine = (text: string): string => {
  const [line = ''] = text.split('\n')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}
