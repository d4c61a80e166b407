import { UsageError } from '../errors.js'
import { byUrgency } from '../reconcile/taskOrder.js'
import { loadTasks, TASK_STATES, type Task } from '../reconcile/taskState.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { SHOWN_TASK_COLUMNS, TASK_COLUMNS } from './taskColumns.js'

interface ListFlags {
  readonly state?: string
  readonly dataset?: string
  readonly all?: boolean
}

/** Writes the tasks of the lake. @throws {UsageError} for a state that there isn't */
export async function listTasks({ state, dataset, all }: ListFlags, context: Context): Promise<void> {
  const isWanted = (task: Task): boolean =>
    (dataset === undefined || task.dataset === dataset) &&
    (state === undefined ? all === true || !isOver(task) : task.state === state)
  if (state !== undefined && !TASK_STATES.some(each => each === state))
    throw new UsageError({ subject: '--state', expected: `one of ${TASK_STATES.join(', ')}`, got: state })
  await withLake(context, async ({ store }) => {
    const tasks = byUrgency([...(await loadTasks(store)).values()].filter(isWanted))
    if (tasks.length === 0) context.log.notice('no tasks: stocktake reconcile makes them')
    const columns =
      context.format === 'table' ? TASK_COLUMNS.filter(({ name }) => SHOWN_TASK_COLUMNS.has(name)) : TASK_COLUMNS
    await context.write(tasks, columns)
  })
}

const isOver = ({ state }: Task): boolean => state === 'done' || state === 'closed'
