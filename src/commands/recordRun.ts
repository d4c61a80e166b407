import { writeGapsFile } from '../reconcile/gapsFile.js'
import { appendMetrics, findLastRun, type Metric, measureRun } from '../reconcile/metrics.js'
import type { PriorityCounts } from '../reconcile/openGaps.js'
import type { Reconciled } from '../reconcile/reconcile.js'
import type { Task } from '../reconcile/taskState.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'

/** A run, and what became of its tasks. */
export interface RecordedRun {
  readonly run: Omit<Reconciled, 'resolved'>
  readonly counts: PriorityCounts
  /** All of the lake. */
  readonly tasks: readonly Task[]
}

/** Puts a run's metrics into the lake, and writes inventory/gaps.json anew. @returns the metrics */
export async function recordRun(
  { run, counts, tasks }: RecordedRun,
  gapsPath: string,
  { engine, catalog }: LakeSession,
  { now }: Pick<Context, 'now'>,
): Promise<Metric[]> {
  const effects = { engine, catalog, now }
  const metrics = measureRun(run, counts, tasks, await findLastRun(effects))
  await appendMetrics(metrics, run, effects)
  await writeGapsFile(gapsPath, run, counts, tasks, engine)
  return metrics
}
