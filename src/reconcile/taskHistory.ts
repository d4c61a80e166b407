import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { selectTable } from '../snapshot/lakeTables.js'
import { TASKS } from '../snapshot/tables.js'
import { type AppendEffects, appendRows } from './appendRows.js'
import { selectModel } from './reconcileModel.js'
import { type StagedColumns, stageRows } from './stagedRows.js'
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
  const folder = await mkdtemp(join(effects.engine.tempFolder, 'tasks-'))
  try {
    const rows = await stageRows(told.map(toRow), COLUMNS, { folder, name: 'tasks', engine: effects.engine })
    const stored = await selectTable(effects.catalog, TASKS, [])
    await appendRows(TASKS, selectModel('untold_tasks', {}, { ended_tasks: rows, told_tasks: stored }), id, effects)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const COLUMNS = {
  task_id: 'VARCHAR',
  gap_ids: 'VARCHAR',
  dataset: 'VARCHAR',
  priority: 'VARCHAR',
  command: 'VARCHAR',
  state: 'VARCHAR',
  attempts: 'BIGINT',
  created_at: 'TIMESTAMP',
  started_at: 'TIMESTAMP',
  ended_at: 'TIMESTAMP',
  exit_code: 'BIGINT',
  verified_at: 'TIMESTAMP',
  outcome: 'VARCHAR',
} as const satisfies StagedColumns

const toRow = (task: Task) => ({
  ...Object.fromEntries(Object.keys(COLUMNS).map(name => [name, task[name as keyof typeof COLUMNS]])),
  gap_ids: JSON.stringify(task.gap_ids.slice(0, MOST_GAPS)), // documents of before there was a limit have more
  command: JSON.stringify(task.command),
})
