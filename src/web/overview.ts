import type { Overview } from '../api/overview.js'
import { connectorGuid } from '../config/connector.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { listChains } from '../jobs/chains.js'
import { findDaemon } from '../jobs/daemonLease.js'
import { listCollections } from '../lake/lakeCollections.js'
import { loadLakeConnectors } from '../lake/lakeConnectors.js'
import { countPriorities, type PriorityCounts, selectOpenGaps } from '../reconcile/openGaps.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { listingCost, requestCost } from '../snapshot/listingCost.js'
import type { Receipt } from '../snapshot/receipts.js'
import { GAPS, METRICS } from '../snapshot/tables.js'
import type { Answer } from './answer.js'
import type { Deeds } from './deeds.js'
import { countJobs } from './jobCounts.js'
import { createLakeJobs } from './lakeJobs.js'
import type { LakeMoment } from './lakeReader.js'
import { listAttention } from './overviewAttention.js'
import { shareRecent } from './shareRecent.js'
import { toShownSnapshot } from './shownSnapshot.js'
import type { WebWorld } from './webWorld.js'

/** What tells the overview, to many who ask. */
export function createOverview(world: WebWorld, deeds: Deeds): () => Promise<Answer<Overview>> {
  const jobs = createLakeJobs(world.store)
  const gapsAt = keepByVersion((effects: LakeEffects) => countGaps(effects), world)
  return shareRecent(
    async () => {
      const now = world.now()
      const moment = await world.reader.look()
      const [gaps, listed, chains, daemon, collections, { mistakes }] = await Promise.all([
        gapsAt(moment),
        jobs.list(),
        listChains(world.store, () => {}),
        findDaemon(world.store, now),
        listCollections(world.store),
        loadLakeConnectors(world.store),
      ])
      const latest = latestReceipts(moment.receipts)
      const connectors = toConnectors(moment, latest, world, now)
      const counted = await countJobs(listed, now)
      const facts = {
        settings: moment.connectors,
        latest,
        gaps,
        chains,
        mistakes,
        jobs: counted,
        daemon,
        runsJobs: world.runsJobs,
      }
      return {
        ...{ lake: world.place, version: world.version, now, connectors, gaps },
        collection_count: collections.length,
        jobs: { running: counted.running, waiting: counted.waiting, failed: counted.failed.length },
        daemon: { seen_at: daemon.seenAt, is_running: daemon.isRunning },
        attention: listAttention(facts, now),
      }
    },
    deeds,
    world,
  )
}

/** Has what needs the engine be done once for each state of the lake. */
function keepByVersion<T>(act: (effects: LakeEffects) => Promise<T>, { reader }: WebWorld) {
  let kept: { readonly version: string; readonly value: T } | undefined
  return async ({ version }: LakeMoment): Promise<T> => {
    if (kept?.version !== version) kept = { version, value: await reader.read(act) }
    return kept.value
  }
}

/** Open gaps by priority; NULL where nothing was ever reconciled. */
async function countGaps(effects: LakeEffects): Promise<PriorityCounts | null> {
  const [gaps, metrics] = [await effects.catalog.load(GAPS.name), await effects.catalog.load(METRICS.name)]
  const isRun = [gaps, metrics].some(table => table && currentSnapshot(table.metadata))
  return isRun ? countPriorities(await selectOpenGaps(gaps), effects) : null
}

/** Those that are configured, and those that the lake has snapshots of, by name. */
function toConnectors(
  moment: LakeMoment,
  latest: readonly Receipt[],
  { prices }: WebWorld,
  now: Date,
): Answer<Overview>['connectors'] {
  const receipts = new Map(latest.map(receipt => [receipt.connector, receipt]))
  const settings = new Map(moment.connectors.map(connector => [connector.name, connector]))
  return [...new Set([...settings.keys(), ...receipts.keys()])].sort().map(name => {
    const receipt = receipts.get(name)
    return {
      ...{ guid: connectorGuid(name), name },
      latest: receipt ? toShownSnapshot(receipt, settings.get(name), now) : null,
      object_count: receipt?.object_count ?? null,
      total_size_bytes: receipt?.total_size_bytes ?? null,
      noncurrent_size_bytes: receipt?.noncurrent_size_bytes ?? null,
      new_count: receipt?.new_count ?? null,
      modified_count: receipt?.modified_count ?? null,
      deleted_count: receipt?.deleted_count ?? null,
      // A sample doesn't say how much there is to list.
      listing_cost_usd: receipt && receipt.sample_rate === null ? listingCost(receipt.row_count, prices).usd : null,
      request_cost_usd: receipt ? requestCost(receipt, prices) : null,
    }
  })
}
