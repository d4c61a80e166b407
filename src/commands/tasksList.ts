import { UsageError } from '../errors.js'
import { byUrgency } from '../reconcile/taskOrder.js'
import { loadTasks, TASK_STATES, type Task } from '../reconcile/taskState.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { taskColumns } from './taskColumns.js'

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
    if (tasks.length === 0)
      context.log.notice('no such tasks; stocktake reconcile makes them, --all shows those that are over')
    await context.write(tasks, taskColumns(context.format))
  })
}

const isOver = ({ state }: Task): boolean => state === 'done' || state === 'closed'
