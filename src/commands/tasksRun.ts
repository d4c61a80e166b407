import { InterruptedError, StocktakeError, UsageError } from '../errors.js'
import { writeText } from '../output/textWriter.js'
import type { TasksRun } from '../reconcile/runTasks.js'
import { prepareCommand } from '../reconcile/taskCommand.js'
import { byUrgency } from '../reconcile/taskOrder.js'
import { type ExpectationsFile, openExpectations } from './expectationsSession.js'
import type { Context } from './globals.js'
import { openLakeStore, withLake } from './lakeSession.js'
import { runLakeTasks, runOptions } from './runLakeTasks.js'
import { commandText, taskColumns } from './taskColumns.js'
import { requireTasks } from './tasksOfLake.js'
import { ranLines } from './tasksScreen.js'

interface RunFlags {
  readonly ids?: readonly string[]
  readonly dryRun?: boolean
  readonly concurrency?: number
}

/**
 * Runs the tasks that are queued, looks at the bucket, and tells what became of them.
 * @throws {StocktakeError} after it was told, where some failed, had no effect, or couldn't be verified
 */
export async function runQueued({ ids = [], dryRun, concurrency }: RunFlags, context: Context): Promise<void> {
  const file = await openExpectations(context)
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1))
    throw new UsageError({ subject: '--concurrency', expected: 'a whole number from 1', got: String(concurrency) })
  if (dryRun) return showCommands(ids, file, context)
  await openLakeStore(context) // it makes none
  const { run } = await runLakeTasks({ ids, concurrency }, file, context)
  context.progress.clear()
  if (context.format === 'table') await writeText(context.stdout, [`${ranLines(run).join('\n')}\n`])
  else await context.write(run.tasks, taskColumns(context.format))
  requireSuccess(run, context)
}

async function showCommands(ids: readonly string[], file: ExpectationsFile, context: Context): Promise<void> {
  await withLake(context, async session => {
    const all = [...(await requireTasks(ids, session)).values()]
    const queued = byUrgency(
      all.filter(({ task_id, state }) => state === 'queued' && (ids.length === 0 || ids.includes(task_id))),
    )
    if (queued.length === 0) context.log.notice('no tasks are queued')
    const rows = queued.map(task => ({
      task,
      prepared: prepareCommand(task, runOptions({ ids, concurrency: 1 }, file), context.env),
    }))
    await context.write(rows, [
      { name: 'priority', value: ({ task }) => task.priority },
      { name: 'dataset', value: ({ task }) => task.dataset },
      {
        name: 'command',
        value: ({ prepared }) =>
          prepared.kind === 'command' ? commandText(prepared.command, context.format) : `not run: ${prepared.why}`,
      },
      { name: 'gaps', kind: 'count', value: ({ task }) => task.gap_ids.length },
      { name: 'task_id', title: 'task id', value: ({ task }) => task.task_id },
    ])
  })
}

function requireSuccess({ tasks, left, errors }: TasksRun, { signal }: Context): void {
  if (signal.aborted)
    throw new InterruptedError({ subject: 'tasks run', got: 'interrupted', fix: 'run it again to go on' })
  const [error] = errors
  if (error !== undefined) throw error
  const waiting = left.filter(({ task }) => task.state === 'queued').length
  const open = tasks.filter(({ state }) => state !== 'done' && state !== 'closed').length + waiting
  if (open > 0)
    throw new StocktakeError({
      subject: `${open} of ${tasks.length + left.length} tasks`,
      got: 'their gaps are still there',
      fix: 'stocktake tasks list',
    })
}
