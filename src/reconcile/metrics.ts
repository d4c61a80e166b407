import { selectTable } from '../snapshot/lakeTables.js'
import { METRICS } from '../snapshot/tables.js'
import { type AppendEffects, appendMade } from './appendRows.js'
import { type PriorityCounts, sumPriorities } from './openGaps.js'
import type { Reconciled } from './reconcile.js'
import type { Task, TaskState } from './taskState.js'

/** A row of the table `metrics`, but for its run. */
export interface Metric {
  readonly metric: string
  /** NULL for all. */
  readonly dataset: string | null
  readonly value: number
}

/**
 * What a run measured. What isn't known has no row: the coverage of a dataset that was only sampled, and the success of tasks
 * where none has ended.
 * @param tasks all of the lake
 * @param since when the run before was; tasks that ended later count for the success
 */
export function measureRun(
  { clock, coverage }: Pick<Reconciled, 'clock' | 'coverage'>,
  gaps: PriorityCounts,
  tasks: Iterable<Task>,
  since: Date | undefined,
): Metric[] {
  const all = [...tasks]
  const ended = all.filter(({ state, ended_at }) => isEnded(state) && ended_at && (!since || ended_at > since))
  const done = ended.filter(({ state }) => state === 'done').length
  const total = sumPriorities(gaps)
  const metric = (name: string, value: number, dataset: string | null = null): Metric => ({
    metric: `reconciliation_${name}`,
    dataset,
    value,
  })
  return [
    metric('last_run', clock.getTime() / 1000),
    metric('total_gaps', total),
    metric('critical_gaps', gaps.critical),
    metric('task_queue_size', all.filter(({ state }) => state === 'queued' || state === 'running').length),
    ...coverage.flatMap(({ dataset, share }) => (share === null ? [] : [metric('coverage', share, dataset)])),
    ...(ended.length === 0 ? [] : [metric('success_rate', done / ended.length)]),
  ]
}

const isEnded = (state: TaskState): boolean =>
  state === 'done' || state === 'failed' || state === 'without_effect' || state === 'quarantined'

/** Puts a run's metrics into their table. */
export const appendMetrics = (
  metrics: readonly Metric[],
  { runId, runAt }: Pick<Reconciled, 'runId' | 'runAt'>,
  effects: AppendEffects,
): Promise<void> =>
  appendMade(
    METRICS,
    metrics.map(metric => ({ run_id: runId, run_at: runAt, ...metric })),
    runId,
    effects,
  )

/** When the newest run was; `undefined` before the first. */
export async function findLastRun({
  catalog,
  engine,
}: Pick<AppendEffects, 'catalog' | 'engine'>): Promise<Date | undefined> {
  const metrics = await selectTable(catalog, METRICS, [])
  const [row] = await engine.rows(`select max(run_at) as run_at from (${metrics})`)
  return row?.run_at instanceof Date ? row.run_at : undefined
}
