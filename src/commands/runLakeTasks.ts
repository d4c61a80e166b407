import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import type { AuditOutcome } from '../lake/audit.js'
import { runTasks, type TasksRun } from '../reconcile/runTasks.js'
import { appendTasks } from '../reconcile/taskHistory.js'
import type { RunTasksOptions, TaskEvent } from '../reconcile/taskRun.js'
import { loadTasks, type Task, type TaskState } from '../reconcile/taskState.js'
import { formatImportId } from '../snapshot/importId.js'
import { recordDeed } from './audited.js'
import type { ExpectationsFile } from './expectationsSession.js'
import type { Context } from './globals.js'
import { type SnapshotContext, withSnapshots } from './snapshotSession.js'
import { documentEffects, requireTasks } from './tasksOfLake.js'
import { formatTaskEvent } from './tasksScreen.js'
import { openVerifier, type Verified } from './verifyTasks.js'

/** Which tasks are run, and how. */
export interface TasksWanted {
  /** All that are queued where there are none. */
  readonly ids: readonly string[]
  /** As data_inventory.yaml says unless given. */
  readonly concurrency?: number | undefined
}

/** What a run did, and how things are then. */
export interface LakeTasksRun {
  readonly run: TasksRun
  /** `undefined` where there was nothing to look at. */
  readonly verified: Verified | undefined
}

/**
 * Runs the tasks that are queued, the most urgent first, looks at the bucket, and records what became of them. It doesn't
 * reject when the signal is raised: their commands are ended then, and they wait again.
 * @throws {NotFoundError} where one of those that are named isn't there
 */
export async function runLakeTasks(
  wanted: TasksWanted,
  file: ExpectationsFile,
  context: SnapshotContext & Pick<Context, 'env'>,
): Promise<LakeTasksRun> {
  // What was begun is still recorded after a first signal; running commands are told of it.
  const lasting = { ...context, signal: new AbortController().signal }
  return withSnapshots(lasting, async session => {
    if (wanted.ids.length > 0) await requireTasks(wanted.ids, session)
    const verifier = openVerifier(file, session, context)
    const tell = teller(context)
    const recorded: Promise<void>[] = []
    const run = await runTasks(runOptions(wanted, file), {
      ...documentEffects(context),
      store: session.store,
      environment: context.env,
      verify: tasks => verifier.verify(tasks),
      told: event => {
        tell(event)
        if (event.kind === 'ended') recorded.push(recordTask(event.task, context))
      },
    })
    await Promise.all(recorded)
    const tasks = [...(await loadTasks(session.store)).values()]
    const id = `tasks-${formatImportId(context.now(), randomBytes(10))}`
    await appendTasks(tasks, id, { ...session, now: context.now })
    return { run, verified: await verifier.record(tasks) }
  })
}

/** That its command was run; whether it helped, a look at the bucket tells later. */
const recordTask = (task: Task, context: SnapshotContext): Promise<void> =>
  recordDeed(
    {
      action: 'task run',
      subject: task.task_id,
      objects: task.gap_ids.length,
      outcome: TASK_OUTCOMES[task.state] ?? 'failed',
      detail: { dataset: task.dataset, attempts: task.attempts, exit_code: task.exit_code },
    },
    context,
  )

/** A task that waits again was interrupted. */
const TASK_OUTCOMES: Readonly<Partial<Record<TaskState, AuditOutcome>>> = {
  ran: 'done',
  done: 'done',
  queued: 'interrupted',
  refused: 'refused',
}

/** How tasks are run by what data_inventory.yaml says. */
export const runOptions = (
  { ids, concurrency }: TasksWanted,
  { expectations, path }: ExpectationsFile,
): RunTasksOptions => ({
  datasets: expectations.datasets,
  folder: dirname(path),
  concurrency: concurrency ?? expectations.tasks.concurrency,
  quarantineAfter: expectations.tasks.quarantineAfter,
  ...(ids.length > 0 && { taskIds: ids }),
})

/** Troubles are told as they come; what goes well, as a count. */
function teller({ log, progress }: Pick<Context, 'log' | 'progress'>): (event: TaskEvent) => void {
  let done = 0
  return event => {
    const text = formatTaskEvent(event)
    if (event.kind === 'started' || (event.kind === 'ended' && event.task.state === 'ran')) log.detail(text)
    else if (event.kind !== 'verified') log.notice(text)
    if (event.kind === 'ended') done++
    progress.update({ label: 'tasks', done, unit: 'tasks' })
  }
}
