import { UsageError } from '../errors.js'
import { changeTask } from '../reconcile/taskState.js'
import { restartTask } from '../reconcile/taskSteps.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { documentEffects, requireTasks } from './tasksOfLake.js'

/** Queues tasks again. @throws {UsageError} where one can't be */
export async function retryTasks(ids: readonly string[], context: Context): Promise<void> {
  await withLake(context, async session => {
    const tasks = await requireTasks(ids, session)
    for (const id of ids) {
      const { isChanged } = await changeTask(
        session.store,
        id,
        current => restartTask(current, context.now()),
        documentEffects(context),
      )
      if (!isChanged)
        throw new UsageError({
          subject: id,
          expected: 'a task that waits, failed, had no effect, or is in quarantine',
          got: tasks.get(id)?.state ?? 'none',
        })
      context.log.notice(`queued ${id}`)
    }
  })
}
