import type { Connector } from '../config/connector.js'
import type { Prices } from '../config/prices.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import type { RecentDeed } from '../lake/recentDeeds.js'
import { countPriorities, listGaps, selectOpenGaps } from '../reconcile/openGaps.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import { expectsFresh, judgeFreshness } from '../snapshot/freshness.js'
import { type LakeEffects, selectLoaded } from '../snapshot/lakeTables.js'
import { listingCost, requestCost } from '../snapshot/listingCost.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import { GAPS, METRICS } from '../snapshot/tables.js'
import type { Chain } from './chain.js'
import { collectJobs, type LakeJobs } from './jobFacts.js'
import type { ChainFacts, ConnectorFacts, LakeFacts } from './lakeFacts.js'
import { collectSlowQueries } from './slowQueries.js'

export interface LakeFactsEffects extends LakeEffects {
  readonly jobs: LakeJobs
  readonly chains: readonly Chain[]
  /** What was done in the lake in the last hours. */
  readonly deeds: AsyncIterable<RecentDeed>
  readonly prices: Prices
  readonly now: () => Date
}

/**
 * Reads what metrics and notifications are made of: receipts, the newest reconciliation and open gaps, jobs, chains.
 * @param connectors those that the configuration, or the lake, declares
 */
export async function collectLakeFacts(
  connectors: readonly Connector[],
  effects: LakeFactsEffects,
): Promise<LakeFacts> {
  const at = effects.now()
  const run = await collectRun(effects)
  const jobs = await collectJobs(effects.jobs, connectors, at)
  const chains = effects.chains.map(chain => toChainFacts(chain, connectors)).sort(byText(({ chain }) => chain))
  return {
    at,
    connectors: await collectConnectors(connectors, at, effects),
    ...(await collectGaps(run.last_run !== null, effects)),
    ...run,
    jobs,
    slow_queries: await collectSlowQueries(effects.deeds),
    chains,
    failing: effects.chains.flatMap(chain => failingOf(chain, chains)).sort(byText(keyOfFailing)),
  }
}

const byText =
  <T>(textOf: (value: T) => string) =>
  (a: T, b: T): number =>
    textOf(a) < textOf(b) ? -1 : 1

async function collectConnectors(
  connectors: readonly Connector[],
  now: Date,
  effects: LakeFactsEffects,
): Promise<ConnectorFacts[]> {
  const receipts = await listReceipts(effects)
  const latest = new Map(latestReceipts(receipts).map(receipt => [receipt.connector, receipt]))
  const names = new Set(
    [...connectors, ...receipts.map(({ connector }) => ({ name: connector }))].map(each => each.name),
  )
  return [...names].sort().map(name => {
    const connector = connectors.find(each => each.name === name)
    const count = receipts.filter(each => each.connector === name).length
    const receipt = latest.get(name)
    const isExpected = connector !== undefined && expectsFresh(connector)
    return {
      connector: name,
      is_declared: connector !== undefined,
      schedule: connector?.schedule ?? null,
      snapshot_count: count,
      warn_after_ms: isExpected ? connector.freshness.warnAfterMs : null,
      error_after_ms: isExpected ? connector.freshness.errorAfterMs : null,
      state: receipt ? stateOf(receipt, connector, now) : 'none',
      ...ofReceipt(receipt, effects.prices),
    }
  })
}

function stateOf(receipt: Receipt, connector: Connector | undefined, now: Date): ConnectorFacts['state'] {
  const freshness = judgeFreshness(receipt, connector, now)
  return freshness === undefined ? 'none' : STATES[freshness]
}

const STATES = { fresh: 'fresh', stale: 'warn', 'too old': 'error' } as const

type SnapshotFacts = Omit<
  ConnectorFacts,
  'connector' | 'is_declared' | 'schedule' | 'snapshot_count' | 'warn_after_ms' | 'error_after_ms' | 'state'
>

function ofReceipt(receipt: Receipt | undefined, prices: Prices): SnapshotFacts {
  const numberOf = (name: ReceiptCount): number | null => {
    const value = receipt?.[name]
    return value === null || value === undefined ? null : Number(value)
  }
  return {
    snapshot: receipt?.snapshot ?? null,
    taken_at: receipt ? parseSnapshotName(receipt.snapshot) : null,
    imported_at: receipt?.imported_at ?? null,
    sample_rate: receipt?.sample_rate ?? null,
    object_count: numberOf('object_count'),
    total_size_bytes: numberOf('total_size_bytes'),
    noncurrent_object_count: numberOf('noncurrent_object_count'),
    noncurrent_size_bytes: numberOf('noncurrent_size_bytes'),
    new_count: numberOf('new_count'),
    modified_count: numberOf('modified_count'),
    touched_count: numberOf('touched_count'),
    deleted_count: numberOf('deleted_count'),
    row_count: numberOf('row_count'),
    rejected_row_count: numberOf('rejected_row_count'),
    list_requests: numberOf('list_requests'),
    get_requests: numberOf('get_requests'),
    request_cost_usd: receipt ? requestCost(receipt, prices) : null,
    // A sample doesn't say how much there is to list.
    listing_cost_usd: receipt && receipt.sample_rate === null ? listingCost(receipt.row_count, prices).usd : null,
    bytes_read: numberOf('bytes_read'),
    duration_ms: numberOf('duration_ms'),
    peak_memory_bytes: numberOf('peak_memory_bytes'),
  }
}

/** The columns of a receipt that are counts. */
type ReceiptCount = {
  [Name in keyof Receipt]: bigint extends Receipt[Name] ? Name : never
}[keyof Receipt]

/** The most gaps that facts name. */
const MOST_GAPS = 1000

async function collectGaps(
  hasRun: boolean,
  effects: LakeFactsEffects,
): Promise<Pick<LakeFacts, 'gaps' | 'critical_gap_ids' | 'urgent_gaps'>> {
  const table = await effects.catalog.load(GAPS.name)
  // A run that is to be the first makes the table, and commits to it when it has found what is missing.
  if (!hasRun && !(table && currentSnapshot(table.metadata)))
    return { gaps: null, critical_gap_ids: [], urgent_gaps: [] }
  const open = await selectOpenGaps(table)
  const critical = await effects.engine.rows(
    `select gap_id from (${open}) where priority = 'critical' order by gap_id limit ${MOST_GAPS}`,
  )
  return {
    gaps: await countPriorities(open, effects),
    critical_gap_ids: critical.map(({ gap_id }) => String(gap_id)),
    urgent_gaps: await listUrgent(open, effects),
  }
}

async function listUrgent(open: string, { engine }: LakeFactsEffects): Promise<LakeFacts['urgent_gaps']> {
  const urgent: LakeFacts['urgent_gaps'] = []
  for await (const { gap_id, priority, dataset, reason } of listGaps(open, engine))
    if (urgent.push({ gap_id, priority, dataset, reason }) === MOST_GAPS) break
  return urgent
}

/** What the newest run measured, and nothing of earlier ones: what it could not measure isn't known now. */
async function collectRun({ catalog, engine }: LakeEffects): Promise<Pick<LakeFacts, 'metrics' | 'last_run'>> {
  const table = await catalog.load(METRICS.name)
  if (!table) return { metrics: [], last_run: null }
  const rows = await engine.rows(
    `select * from (${await selectLoaded(table, [])}) qualify rank() over (order by run_at desc, run_id desc) = 1
     order by metric, dataset`,
  )
  const metrics = rows.map(({ metric, dataset, value }) => ({
    metric: String(metric),
    dataset: dataset === null || dataset === undefined ? null : String(dataset),
    value: Number(value),
  }))
  const began = metrics.find(({ metric }) => metric === 'reconciliation_last_run')
  return { metrics, last_run: began ? new Date(began.value * 1000) : null }
}

function toChainFacts(chain: Chain, connectors: readonly Connector[]): ChainFacts {
  const { name, type, schedule, is_enabled, due, last, last_success_at, failures } = chain
  return {
    ...{ chain: name, type, is_enabled, last_success_at, failures },
    connector: nameOf(chain.connector, connectors),
    interval_ms: schedule.kind === 'every' ? schedule.every_ms : null,
    due: is_enabled ? due : null,
    last_state: last?.state ?? null,
    last_ended_at: last?.ended_at ?? null,
  }
}

const nameOf = (connector: string | null, connectors: readonly Connector[]): string | null =>
  connectors.find(({ guid }) => guid === connector)?.name ?? connector

const keyOfFailing = ({ chain, connector }: LakeFacts['failing'][number]): string => `${chain} ${connector ?? ''}`

/** The chain where its last link failed, and buckets that it couldn't look at when one last ended well. */
function failingOf(chain: Chain, chains: readonly ChainFacts[]): LakeFacts['failing'] {
  const facts = chains.find(each => each.chain === chain.name)
  if (!chain.is_enabled || !facts) return []
  const { name, type, unseen = [] } = chain
  return [...lastFailure(chain, facts), ...unseen.map(bucket => ({ chain: name, type, ...bucket }))]
}

function lastFailure({ name, failures, failing_since, last }: Chain, facts: ChainFacts): LakeFacts['failing'] {
  if (failures === 0 || last?.state !== 'failed') return []
  const { message, exit_code } = last.error ?? { message: 'failed, and nothing is known of it', exit_code: 1 }
  const { type, connector } = facts
  return [{ chain: name, type, connector, failures, since: failing_since ?? last.ended_at, message, exit_code }]
}
