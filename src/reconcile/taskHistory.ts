import { selectTable } from '../snapshot/lakeTables.js'
import { TASKS } from '../snapshot/tables.js'
import { type AppendEffects, appendMade } from './appendRows.js'
import { selectModel } from './reconcileModel.js'
import { MOST_GAPS, type Task, type TaskState } from './taskState.js'

/** States in which something came to its end. */
const TOLD: ReadonlySet<TaskState> = new Set(['done', 'failed', 'without_effect', 'quarantined', 'closed', 'refused'])

/**
 * Puts what became of tasks into the table `tasks`: of those that ended or were closed a row each, unless it is there. What
 * a killed run didn't come to is made up for by the next.
 * @param id of the run, of which no other has rows
 */
export async function appendTasks(tasks: readonly Task[], id: string, effects: AppendEffects): Promise<void> {
  const told = tasks.filter(({ state }) => TOLD.has(state))
  if (told.length === 0) return
  const told_tasks = await selectTable(effects.catalog, TASKS, [])
  await appendMade(TASKS, told.map(toRow), id, effects, ended_tasks =>
    selectModel('untold_tasks', {}, { ended_tasks, told_tasks }),
  )
}

const toRow = ({ task_id, gap_ids, dataset, priority, command, state, attempts, ...task }: Task) => ({
  ...{ task_id, dataset, priority, state, attempts },
  gap_ids: JSON.stringify(gap_ids.slice(0, MOST_GAPS)), // documents of before there was a limit have more
  command: JSON.stringify(command),
  created_at: task.created_at,
  started_at: task.started_at,
  ended_at: task.ended_at,
  exit_code: task.exit_code,
  verified_at: task.verified_at,
  outcome: task.outcome,
})
