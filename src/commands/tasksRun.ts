import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compareCodePoints } from '../codePoints.js'
import { InterruptedError, NotFoundError, StocktakeError, UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { findSuggestion } from '../output/suggestion.js'
import { writeText } from '../output/textWriter.js'
import { PRIORITIES } from '../reconcile/expectations.js'
import { runTasks, type TasksRun } from '../reconcile/runTasks.js'
import { prepareCommand } from '../reconcile/taskCommand.js'
import { appendTasks } from '../reconcile/taskHistory.js'
import type { TaskEvent } from '../reconcile/taskRun.js'
import { changeTask, loadTasks, TASK_STATES, type Task } from '../reconcile/taskState.js'
import { restartTask } from '../reconcile/taskSteps.js'
import { formatImportId } from '../snapshot/importId.js'
import { type ExpectationsFile, openExpectations } from './expectationsSession.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { type SnapshotSession, withSnapshots } from './snapshotSession.js'
import { formatTaskEvent, ranLines } from './tasksScreen.js'
import { openVerifier } from './verifyTasks.js'

/** The columns of a list of tasks: the table's, and how the last attempt's output is found. */
const TASK_COLUMNS: readonly Column<Task>[] = [
  { name: 'priority' },
  { name: 'dataset' },
  { name: 'state' },
  { name: 'command', value: ({ command }) => JSON.stringify(command) },
  { name: 'outcome' },
  { name: 'attempts', kind: 'count' },
  { name: 'gaps', kind: 'count', value: ({ gap_ids }) => gap_ids.length },
  { name: 'created_at', title: 'since', kind: 'time' },
  { name: 'started_at', kind: 'time' },
  { name: 'ended_at', kind: 'time' },
  { name: 'exit_code' },
  { name: 'verified_at', kind: 'time' },
  { name: 'output' },
  { name: 'task_id' },
]

/** For people: without what few need. */
const SHOWN = new Set(['priority', 'dataset', 'state', 'command', 'outcome', 'attempts', 'gaps', 'task_id'])

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
    const columns = context.format === 'table' ? TASK_COLUMNS.filter(({ name }) => SHOWN.has(name)) : TASK_COLUMNS
    await context.write(tasks, columns)
  })
}

const isOver = ({ state }: Task): boolean => state === 'done' || state === 'closed'

const byUrgency = (tasks: Task[]): Task[] =>
  tasks.sort(
    (a, b) =>
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      compareCodePoints(a.dataset, b.dataset) ||
      compareCodePoints(a.task_id, b.task_id),
  )

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
  // What was begun is still recorded after a first signal; running commands are told of it.
  const lasting = { ...context, signal: new AbortController().signal }
  await withSnapshots(lasting, async session => {
    await requireTasks(ids, session)
    const verifier = openVerifier(file, session, context)
    const run = await runTasks(optionsOf(ids, concurrency, file), {
      ...documentEffects(context),
      store: session.store,
      environment: context.env,
      verify: tasks => verifier.verify(tasks),
      told: teller(context),
    })
    await appendTasks(run.tasks, `tasks-${formatImportId(context.now(), randomBytes(10))}`, {
      ...session,
      now: context.now,
    })
    await verifier.record()
    context.progress.clear()
    if (context.format === 'table') await writeText(context.stdout, [`${ranLines(run).join('\n')}\n`])
    else await context.write(run.tasks, TASK_COLUMNS)
    requireSuccess(run, context)
  })
}

/** Troubles are told as they come; what goes well, as a count. */
function teller({ log, progress }: Context): (event: TaskEvent) => void {
  let done = 0
  return event => {
    const text = formatTaskEvent(event)
    if (event.kind === 'started' || (event.kind === 'ended' && event.task.state === 'ran')) log.detail(text)
    else if (event.kind !== 'verified') log.notice(text)
    if (event.kind === 'ended') done++
    progress.update({ label: 'tasks', done, unit: 'tasks' })
  }
}

const documentEffects = ({ now, signal }: Context) => ({
  ...{ now, signal, random: Math.random },
  sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
})

const optionsOf = (
  ids: readonly string[],
  concurrency: number | undefined,
  { expectations, path }: ExpectationsFile,
) => ({
  datasets: expectations.datasets,
  folder: dirname(path),
  concurrency: concurrency ?? expectations.tasks.concurrency,
  quarantineAfter: expectations.tasks.quarantineAfter,
  ...(ids.length > 0 && { taskIds: ids }),
})

async function requireTasks(
  ids: readonly string[],
  { store }: Pick<SnapshotSession, 'store'>,
): Promise<Map<string, Task>> {
  const tasks = await loadTasks(store)
  for (const id of ids) {
    if (tasks.has(id)) continue
    const meant = findSuggestion(id, [...tasks.keys()])
    const fix = meant === undefined ? 'stocktake tasks list --all shows them' : `did you mean ${meant}?`
    throw new NotFoundError({ subject: id, got: 'no such task', fix })
  }
  return tasks
}

async function showCommands(ids: readonly string[], file: ExpectationsFile, context: Context): Promise<void> {
  await withLake(context, async session => {
    const all = [...(await requireTasks(ids, session)).values()]
    const queued = byUrgency(
      all.filter(({ task_id, state }) => state === 'queued' && (ids.length === 0 || ids.includes(task_id))),
    )
    if (queued.length === 0) context.log.notice('no tasks are queued')
    const rows = queued.map(task => ({ task, prepared: prepareCommand(task, optionsOf(ids, 1, file), context.env) }))
    await context.write(rows, [
      { name: 'priority', value: ({ task }) => task.priority },
      { name: 'dataset', value: ({ task }) => task.dataset },
      {
        name: 'command',
        value: ({ prepared }) =>
          prepared.kind === 'command' ? JSON.stringify(prepared.command) : `not run: ${prepared.why}`,
      },
      { name: 'gaps', kind: 'count', value: ({ task }) => task.gap_ids.length },
      { name: 'task_id', value: ({ task }) => task.task_id },
    ])
  })
}

function requireSuccess({ tasks, errors }: TasksRun, { signal }: Context): void {
  if (signal.aborted)
    throw new InterruptedError({ subject: 'tasks run', got: 'interrupted', fix: 'run it again to go on' })
  const [error] = errors
  if (error !== undefined) throw error
  const bad = tasks.filter(({ state }) => state === 'failed' || state === 'without_effect' || state === 'quarantined')
  if (bad.length > 0)
    throw new StocktakeError({
      subject: `${bad.length} of ${tasks.length} tasks`,
      got: 'their gaps are still there',
      fix: 'stocktake tasks list',
    })
}

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
          expected: 'a task that failed, had no effect, or is in quarantine',
          got: tasks.get(id)?.state ?? 'none',
        })
      context.log.notice(`queued ${id}`)
    }
  })
}
