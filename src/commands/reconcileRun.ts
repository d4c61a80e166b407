import { randomBytes } from 'node:crypto'
import { quoteString } from '../engine/sqlText.js'
import { FindingsError, NotFoundError } from '../errors.js'
import { writeText } from '../output/textWriter.js'
import { type Expectations, PRIORITIES, type Priority } from '../reconcile/expectations.js'
import { countPriorities, type GapRow, listGaps, type PriorityCounts } from '../reconcile/openGaps.js'
import { type Reconciled, reconcile } from '../reconcile/reconcile.js'
import { formatImportId } from '../snapshot/importId.js'
import { openExpectations } from './expectationsSession.js'
import { gapColumns } from './gapColumns.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { lookAtBuckets } from './lookAtBucket.js'
import { type PlannedRun, planRun } from './plannedRun.js'
import { reconciledLines } from './reconcileScreen.js'
import { recordRun } from './recordRun.js'
import { type SnapshotSession, withSnapshots } from './snapshotSession.js'

/** What a person asks of `reconcile`. */
export interface ReconcileFlags {
  readonly dryRun?: boolean
  readonly useCache?: boolean
  readonly failOn?: Priority
  readonly dataset?: readonly string[]
}

/**
 * Looks at the buckets, compares them with what should be there, queues tasks, and tells of it.
 * @throws {FindingsError} after it was told, where gaps are open that --fail-on doesn't allow
 * @throws {ReportRefusedError} and others, after it was told, where a bucket couldn't be looked at: its newest snapshot counts
 */
export async function runReconcile(flags: ReconcileFlags, context: Context): Promise<void> {
  const { expectations, gapsPath } = await openExpectations(context)
  const failures =
    flags.useCache || flags.dryRun ? [] : await lookAtBuckets(listConnectors(expectations, flags), context)
  const told = await withModels(flags, context, session =>
    reconcile(expectations, optionsOf(flags, context), { ...session, now: context.now }, async run => {
      const planned = await planRun(run, expectations, flags, session, context)
      if (!flags.dryRun) await recordRun(planned, gapsPath, session, context)
      const asked = await pickAsked(planned, flags.dataset, session)
      await tell(asked, expectations, flags.dryRun ? undefined : shownPlace(gapsPath, context.cwd), session, context)
      return { counts: asked.counts, coverage: run.coverage }
    }),
  )
  const [failure] = failures
  if (failure) throw failure
  requireFew(told, flags.failOn)
}

/** Of the datasets that were asked for. */
const listConnectors = ({ datasets }: Expectations, { dataset: wanted }: ReconcileFlags): ReadonlySet<string> =>
  new Set(datasets.filter(({ name }) => wanted?.includes(name) ?? true).map(({ connector }) => connector))

const optionsOf = ({ dataset, dryRun = false }: ReconcileFlags, { now }: Context) => ({
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
  { dryRun }: ReconcileFlags,
  context: Context,
  act: (session: LakeSession) => Promise<T>,
): Promise<T> => {
  if (!dryRun) return withSnapshots(context, (session: SnapshotSession) => act(session))
  return withLake(context, async session => {
    const { useModelDialect } = await import('../models/duckdbDialect.js')
    await useModelDialect(session.engine)
    return act(session)
  })
}

const MOST_SHOWN = 10

async function tell(
  { run, counts, plan, tasks }: PlannedRun,
  { datasets }: Expectations,
  gapsPath: string | undefined,
  { engine }: LakeSession,
  context: Context,
): Promise<void> {
  context.progress.clear()
  const { open, resolved, coverage } = run
  if (context.format !== 'table') return context.write(listGaps(open, engine), gapColumns(context.format))
  const urgent: GapRow[] = []
  for await (const gap of listGaps(open, engine)) {
    urgent.push(gap)
    if (urgent.length === MOST_SHOWN) break
  }
  const [gone] = await engine.rows(`select count(*) as n from (${resolved})`)
  const resolvedCount = Number(gone?.n)
  const waitingCount = [...plan.waiting.values()].reduce((sum, n) => sum + n, 0)
  const width = context.stdout.isTTY ? context.stdout.columns : undefined
  const found = { datasets, coverage, counts, urgent, resolvedCount, tasks, waitingCount }
  const lines = reconciledLines({ ...found, gapsPath, width })
  await writeText(context.stdout, [`${lines.join('\n')}\n`])
}

function requireFew(
  { counts, coverage }: Pick<Reconciled, 'coverage'> & { counts: PriorityCounts },
  failOn?: Priority,
) {
  if (failOn === undefined) return
  const unseen = coverage.filter(({ looked_at }) => looked_at === null).map(({ dataset }) => dataset)
  if (unseen.length > 0)
    throw new NotFoundError({
      subject: `--fail-on ${failOn}`,
      got: `nobody has looked at the bucket of ${unseen.join(', ')} yet`,
      fix: 'run it without --use-cache and --dry-run',
    })
  const listed = PRIORITIES.slice(0, PRIORITIES.indexOf(failOn) + 1).filter(priority => counts[priority] > 0)
  if (listed.length === 0) return
  throw new FindingsError({
    subject: `--fail-on ${failOn}`,
    got: listed.map(priority => `${counts[priority]} ${priority}`).join(', '),
    fix: 'see stocktake gaps',
  })
}
