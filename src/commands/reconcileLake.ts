import { randomBytes } from 'node:crypto'
import { quoteString } from '../engine/sqlText.js'
import type { Expectations } from '../reconcile/expectations.js'
import type { CoverageRow } from '../reconcile/findGaps.js'
import type { Metric } from '../reconcile/metrics.js'
import { countPriorities, type PriorityCounts } from '../reconcile/openGaps.js'
import type { AskObjects } from '../reconcile/publishedObjects.js'
import { reconcile } from '../reconcile/reconcile.js'
import type { LoadStream } from '../reconcile/streamGaps.js'
import { formatImportId } from '../snapshot/importId.js'
import { loadStreamStatus } from '../streams/streamStatus.js'
import { audited } from './audited.js'
import type { ExpectationsFile } from './expectationsSession.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { type LookFailure, lookAtBuckets } from './lookAtBucket.js'
import { type PlannedRun, planRun } from './plannedRun.js'
import { recordRun } from './recordRun.js'
import { type SnapshotContext, withSnapshots } from './snapshotSession.js'
import { chooseStream } from './streamsOfConfig.js'

/** What is reconciled, and how. */
export interface ReconcileOptions {
  /** Nothing is written; with the newest snapshots. */
  readonly dryRun?: boolean
  /** With the newest snapshots. */
  readonly useCache?: boolean
  /** Names; all unless given. */
  readonly dataset?: readonly string[]
}

/** What came of a reconciliation. */
export interface LakeReconciled {
  readonly runId: string
  /** Open gaps of the datasets that were asked for. */
  readonly counts: PriorityCounts
  readonly coverage: readonly CoverageRow[]
  /** None of a dry run. */
  readonly metrics: readonly Metric[]
  /** Buckets that couldn't be looked at: their newest snapshots count. */
  readonly failures: readonly LookFailure[]
}

/**
 * Looks at the buckets, compares them with what should be there, and queues tasks.
 * @param tell gets the run with the gaps of the datasets that were asked for, while they can be read
 * @param askObjects asks another engine what is there; DuckDB reads the lake's own files unless given
 */
export function reconcileLake(
  options: ReconcileOptions,
  file: ExpectationsFile,
  context: SnapshotContext,
  tell: TellRun,
  askObjects?: AskObjects,
): Promise<LakeReconciled> {
  const act = () => reconcileFile(options, file, context, tell, askObjects)
  if (options.dryRun) return act()
  const subject = options.dataset?.join(', ') ?? 'all datasets'
  return audited({ action: 'reconcile', subject }, context, act, ({ runId, counts }) => ({
    objects: Object.values(counts).reduce((sum, n) => sum + n, 0),
    detail: { run_id: runId, ...counts },
  }))
}

/** Gets the run with the gaps of the datasets that were asked for, while they can be read. */
type TellRun = (run: PlannedRun, session: LakeSession) => Promise<void>

async function reconcileFile(
  options: ReconcileOptions,
  { expectations, gapsPath }: ExpectationsFile,
  context: SnapshotContext,
  tell: TellRun,
  askObjects: AskObjects | undefined,
): Promise<LakeReconciled> {
  const failures =
    options.useCache || options.dryRun ? [] : await lookAtBuckets(listConnectors(expectations, options), context)
  return withModels(options, context, session =>
    reconcile(
      expectations,
      optionsOf(options, context),
      { ...session, now: context.now, loadStream: streamLoader(session, context), ...(askObjects && { askObjects }) },
      async run => {
        const planned = await planRun(run, expectations, options, session, context)
        const metrics = options.dryRun ? [] : await recordRun(planned, gapsPath, session, context)
        const asked = await pickAsked(planned, options.dataset, session)
        await tell(asked, session)
        return { runId: run.runId, counts: asked.counts, coverage: run.coverage, metrics, failures }
      },
    ),
  )
}

const streamLoader =
  ({ store, catalog }: LakeSession, context: Pick<Context, 'config' | 'now'>): LoadStream =>
  name =>
    loadStreamStatus(chooseStream(name, context), { store, catalog, now: context.now })

/** Of the datasets that were asked for. */
const listConnectors = ({ datasets }: Expectations, { dataset: wanted }: ReconcileOptions): ReadonlySet<string> =>
  new Set(datasets.filter(({ name }) => wanted?.includes(name) ?? true).map(({ connector }) => connector))

const optionsOf = ({ dataset, dryRun = false }: ReconcileOptions, { now }: Pick<Context, 'now'>) => ({
  runId: formatImportId(now(), randomBytes(10)),
  runAt: now(),
  isDryRun: dryRun,
  ...(dataset && { datasets: dataset }),
})

/** The gaps of the datasets that were asked for. */
async function pickAsked(
  planned: PlannedRun,
  datasets: readonly string[] | undefined,
  { engine }: LakeSession,
): Promise<PlannedRun> {
  if (!datasets) return planned
  const open = `select * from (${planned.run.open}) where dataset in (${datasets.map(quoteString).join(', ')})`
  const tasks = planned.tasks.filter(({ dataset }) => datasets.includes(dataset))
  return { ...planned, run: { ...planned.run, open }, tasks, counts: await countPriorities(open, { engine }) }
}

/** A dry run makes no lake. */
const withModels = <T>(
  { dryRun }: ReconcileOptions,
  context: SnapshotContext,
  act: (session: LakeSession) => Promise<T>,
): Promise<T> => {
  if (!dryRun) return withSnapshots(context, act)
  return withLake(context, async session => {
    const { useModelDialect } = await import('../models/duckdbDialect.js')
    await useModelDialect(session.engine)
    return act(session)
  })
}
