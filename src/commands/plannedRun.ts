import type { Expectations } from '../reconcile/expectations.js'
import { countPriorities, listGaps, type PriorityCounts } from '../reconcile/openGaps.js'
import { commitTaskPlan, planTasks, type TaskDataset, type TaskPlan } from '../reconcile/planTasks.js'
import type { Reconciled } from '../reconcile/reconcile.js'
import { appendTasks } from '../reconcile/taskHistory.js'
import { loadTasks, type Task } from '../reconcile/taskState.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'
import { documentEffects } from './tasksOfLake.js'

/** A run whose gaps are known, and what is to be done about them. */
export interface PlannedRun {
  readonly run: Reconciled
  readonly counts: PriorityCounts
  readonly plan: TaskPlan
  /** All of the lake, as they are or would be after the plan. */
  readonly tasks: readonly Task[]
}

/**
 * Decides which tasks a run's gaps ask for, and unless it is dry, queues and closes them: those of the datasets that were
 * asked for; where that is all, also of those that are expected no more.
 */
export async function planRun(
  run: Reconciled,
  { datasets, tasks: settings }: Expectations,
  { dataset: wanted, dryRun }: { readonly dataset?: readonly string[]; readonly dryRun?: boolean },
  { store, engine, catalog }: LakeSession,
  context: Pick<Context, 'now' | 'signal'>,
): Promise<PlannedRun> {
  const before = await loadTasks(store)
  if (!dryRun) await appendTasks([...before.values()], `${run.runId}-before`, { catalog, engine, now: context.now })
  const concerned = wanted
    ? datasets.filter(({ name }) => wanted.includes(name))
    : [...datasets, ...undeclared(before.values(), datasets)]
  const { runAt } = run
  const plan = await planTasks(listGaps(run.open, engine), before, {
    ...{ datasets: concerned, runAt, quarantineAfter: settings.quarantineAfter },
  })
  const after = new Map(before)
  for (const { task_id, after: task } of plan.changes) after.set(task_id, task)
  if (!dryRun) {
    const changed = await commitTaskPlan(plan, store, documentEffects(context))
    for (const task of changed) after.set(task.task_id, task)
    await appendTasks(changed, `${run.runId}-planned`, { catalog, engine, now: context.now })
  }
  return { run, counts: await countPriorities(run.open, { engine }), plan, tasks: [...after.values()] }
}

/** Datasets that data_inventory.yaml has no more, and that have tasks: these have nothing to mend. */
function undeclared(tasks: Iterable<Task>, datasets: readonly TaskDataset[]): TaskDataset[] {
  const ids = new Set(datasets.map(idOf))
  const found = new Map<string, TaskDataset>()
  for (const { dataset: name, connector } of tasks)
    if (!ids.has(idOf({ name, connector }))) found.set(idOf({ name, connector }), { name, connector })
  return [...found.values()]
}

const idOf = ({ name, connector }: TaskDataset): string => JSON.stringify([connector, name])
