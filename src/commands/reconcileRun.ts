import type { RemoteKind } from '../engine/remoteEngine.js'
import { FindingsError, NotFoundError } from '../errors.js'
import { writeText } from '../output/textWriter.js'
import { type Expectations, PRIORITIES, type Priority } from '../reconcile/expectations.js'
import { type GapRow, listGaps } from '../reconcile/openGaps.js'
import type { AskObjects } from '../reconcile/publishedObjects.js'
import { type EngineArgs, remoteKind } from './engineFlag.js'
import { openExpectations } from './expectationsSession.js'
import { gapColumns } from './gapColumns.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import type { LakeSession } from './lakeSession.js'
import type { PlannedRun } from './plannedRun.js'
import { publishAfter } from './publishAfter.js'
import { type LakeReconciled, type ReconcileOptions, reconcileLake } from './reconcileLake.js'
import { reconciledLines } from './reconcileScreen.js'

/** What a person asks of `reconcile`. */
export interface ReconcileFlags extends ReconcileOptions, EngineArgs {
  readonly failOn?: Priority
}

/**
 * Looks at the buckets, compares them with what should be there, queues tasks, and tells of it.
 * @throws {FindingsError} after it was told, where gaps are open that --fail-on doesn't allow
 * @throws {ReportRefusedError} and others, after it was told, where a bucket couldn't be looked at: its newest snapshot counts
 */
export async function runReconcile(flags: ReconcileFlags, context: Context): Promise<void> {
  const file = await openExpectations(context)
  const shownPath = flags.dryRun ? undefined : shownPlace(file.gapsPath, context.cwd)
  const act = (askObjects?: AskObjects) =>
    reconcileLake(
      flags,
      file,
      context,
      (run, session) => tell(run, file.expectations, shownPath, session, context),
      askObjects,
    )
  const kind = remoteKind(flags)
  const reconciled = kind === undefined ? await act() : await withPublished(flags, kind, context, act)
  if (!flags.dryRun) await publishAfter(context)
  const [failure] = reconciled.failures
  if (failure) throw failure.error
  requireFew(reconciled, flags.failOn)
}

/** Another engine says what is there. */
async function withPublished<T>(
  flags: ReconcileFlags,
  kind: RemoteKind,
  context: Context,
  act: (askObjects: AskObjects) => Promise<T>,
): Promise<T> {
  const [{ withRemote }, { askPublishedObjects }] = await Promise.all([
    import('./remoteSession.js'),
    import('../reconcile/publishedObjects.js'),
  ])
  return withRemote(flags, kind, context, ({ ask }) => act(askPublishedObjects(ask)))
}

const MOST_SHOWN = 10

async function tell(
  { run, counts, plan, tasks }: PlannedRun,
  { datasets, streams }: Expectations,
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
  const found = { datasets, streams, coverage, counts, urgent, resolvedCount, tasks, waitingCount }
  const lines = reconciledLines({ ...found, gapsPath, width })
  await writeText(context.stdout, [`${lines.join('\n')}\n`])
}

function requireFew({ counts, coverage }: LakeReconciled, failOn?: Priority): void {
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
