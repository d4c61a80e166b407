import { randomBytes } from 'node:crypto'
import { getConnector } from '../config/connector.js'
import type { Metric } from '../reconcile/metrics.js'
import { countPriorities, listGaps, type PriorityCounts, selectOpenGaps } from '../reconcile/openGaps.js'
import { planScans } from '../reconcile/planScans.js'
import { type Reconciled, reconcile } from '../reconcile/reconcile.js'
import type { Task } from '../reconcile/taskState.js'
import { formatImportId } from '../snapshot/importId.js'
import { GAPS } from '../snapshot/tables.js'
import { withConnectorTurn } from './connectorTurn.js'
import type { ExpectationsFile } from './expectationsSession.js'
import { recordRun } from './recordRun.js'
import { listInto } from './scanRun.js'
import type { SnapshotContext, SnapshotSession } from './snapshotSession.js'

/** Tells whether the gaps of tasks are there still. */
export interface Verifier {
  /** Lists the prefixes that the gaps lie in, and no others, and compares their datasets with what is expected. */
  verify(tasks: readonly Task[]): Promise<ReadonlySet<string>>
  /**
   * Puts the last comparison's metrics into the lake, and writes inventory/gaps.json anew, of all tasks when they have settled.
   * @returns what it recorded; nothing where nothing was compared
   */
  record(tasks: readonly Task[]): Promise<Verified | undefined>
}

/** How things are after tasks were verified. */
export interface Verified {
  /** Of all datasets. */
  readonly counts: PriorityCounts
  /** Those of single datasets are of the tasks' alone. */
  readonly metrics: readonly Metric[]
}

export function openVerifier(
  { expectations, gapsPath }: ExpectationsFile,
  session: SnapshotSession,
  context: SnapshotContext,
): Verifier {
  let last: Pick<Reconciled, 'runId' | 'runAt' | 'clock' | 'coverage'> | undefined
  const verify = async (tasks: readonly Task[]): Promise<ReadonlySet<string>> => {
    const known = new Set(expectations.datasets.map(({ name }) => name))
    for (const { connector, prefix } of planScans(tasks)) {
      context.signal.throwIfAborted()
      const found = getConnector(context.config.connectors, connector)
      await withConnectorTurn(found, 'scan', context, async context => {
        const effects = { ...session.effects, signal: context.signal } // the session's is never raised
        for await (const _ of listInto(found, { scope: prefix, rate: 1 }, { ...session, effects }, context));
      })
    }
    const datasets = [...new Set(tasks.map(({ dataset }) => dataset))].filter(name => known.has(name))
    const runAt = context.now()
    const options = { runId: formatImportId(runAt, randomBytes(10)), runAt, datasets, isDryRun: false }
    const effects = { ...session, now: context.now }
    return reconcile(expectations, options, effects, async run => {
      last = run
      const wanted = new Set(tasks.flatMap(({ gap_ids }) => gap_ids))
      const open = new Set<string>()
      for await (const { gap_id } of listGaps(run.open, session.engine)) if (wanted.has(gap_id)) open.add(gap_id)
      return open
    })
  }
  return {
    verify,
    async record(tasks) {
      if (!last) return undefined
      const open = await selectOpenGaps(await session.catalog.load(GAPS.name))
      const counts = await countPriorities(open, session)
      return { counts, metrics: await recordRun({ run: { ...last, open }, counts, tasks }, gapsPath, session, context) }
    },
  }
}
