import { compareCodePoints } from '../codePoints.js'
import { inParallel } from '../lake/inParallel.js'
import { findTemplate, noTemplate, prepareCommand } from './taskCommand.js'
import { isHeld } from './taskLease.js'
import { byUrgency } from './taskOrder.js'
import { beginRun, changeInRun, guard, leave, type Run, type RunTasksEffects, type RunTasksOptions } from './taskRun.js'
import { loadTasks, type Task } from './taskState.js'
import { isDoubtful, settleTask } from './taskSteps.js'
import { type EndedTask, tryTask } from './taskTries.js'

/** What a run did. */
export interface TasksRun {
  /** The tasks that it changed, as they are now, by id. */
  readonly tasks: readonly Task[]
  /** Tasks that this run had to leave as they are, and why. */
  readonly left: readonly { readonly task: Task; readonly why: string }[]
  /** What kept tasks from being recorded, or all from being verified; the first is the one to tell. */
  readonly errors: readonly unknown[]
}

/**
 * Runs the tasks that wait, the most urgent first, and looks whether their gaps are gone.
 *
 * First what nobody knows the end of is verified: tasks of runners that died, that were stopped, or whose gaps were never
 * looked for. A task that fails never stops the others. When the signal is raised, commands are ended, and their tasks
 * go back into the queue; it doesn't reject then.
 */
export async function runTasks(options: RunTasksOptions, effects: RunTasksEffects): Promise<TasksRun> {
  const run = await beginRun(options, effects)
  const all = [...(await loadTasks(effects.store)).values()].filter(
    ({ task_id }) => options.taskIds?.includes(task_id) ?? true,
  )
  const waiting = all.filter(({ state, verify_first }) => state === 'queued' && !verify_first)
  const doubtful = await findDoubtful(all, run)
  for (const task of await verifyTasks(doubtful, run)) if (task.state === 'queued') waiting.push(task)

  const ended: EndedTask[] = []
  await inParallel(byUrgency(waiting), options.concurrency, async task => {
    if (effects.signal.aborted) return
    const end = await guard(run, task, () => runTaskOrLeave(task, run))
    if (end) ended.push(end)
  })
  const mayHaveHelped = ended.filter(({ isStarted }) => isStarted).map(({ task }) => task) // those that failed, too
  await verifyTasks(mayHaveHelped, run)
  return {
    tasks: [...run.changed.values()].sort((a, b) => compareCodePoints(a.task_id, b.task_id)),
    left: run.left,
    errors: run.errors,
  }
}

/** Tasks of which nobody knows what came of them, and which no runner has. */
async function findDoubtful(tasks: readonly Task[], run: Run): Promise<Task[]> {
  const doubtful: Task[] = []
  for (const task of tasks.filter(isDoubtful)) {
    // A dataset that nobody expects anything of any more has no gaps: that would look as if they were mended.
    if (!findTemplate(task, run.options.datasets)) leave(task, noTemplate(task), run)
    else if (await isHeld(task, run.effects.now())) leave(task, 'another run has it', run)
    else doubtful.push(task)
  }
  return doubtful
}

/**
 * Looks whether the gaps of tasks are gone, and records it. Where the look fails, they stay as they are, for the next run.
 * @returns those that this changed, as they are now
 */
async function verifyTasks(tasks: readonly Task[], run: Run): Promise<Task[]> {
  const { effects, options, errors } = run
  if (tasks.length === 0 || effects.signal.aborted) return []
  effects.told({ kind: 'verifying', tasks })
  const openGaps = await effects.verify(tasks).catch((error: unknown) => {
    errors.push(error)
    return undefined
  })
  if (!openGaps) return []
  const verifiedAt = effects.now()
  const settled: Task[] = []
  await inParallel(tasks, RECORD_WIDTH, async seen => {
    const task = await guard(run, seen, () =>
      changeInRun(run, seen, current => settleTask(current, { seen, openGaps, verifiedAt }, options.quarantineAfter)),
    )
    if (!task) return
    settled.push(task)
    effects.told({ kind: 'verified', task })
  })
  return settled
}

const RECORD_WIDTH = 8

/** @returns the task as it ended; nothing where it wasn't this run's to end */
async function runTaskOrLeave(task: Task, run: Run): Promise<EndedTask | undefined> {
  const prepared = prepareCommand(task, run.options, run.effects.environment)
  if (prepared.kind === 'command') return tryTask(task, prepared, run)
  leave(task, prepared.why, run)
  return undefined
}
