import { runTask, type TaskEnd } from './runTask.js'
import type { PreparedCommand } from './taskCommand.js'
import { isOwn, keepLease, type LeaseKeeper, makeLease } from './taskLease.js'
import { changeInRun, guard, leave, type Run } from './taskRun.js'
import { outputKey, type Task } from './taskState.js'
import { beginTry, endTask, takeTask } from './taskSteps.js'

/** A task whose command was tried, and how it stands. */
export interface EndedTask {
  readonly task: Task
  /** Whether its command began at all. */
  readonly isStarted: boolean
}

type Prepared = Extract<PreparedCommand, { kind: 'command' }>

/**
 * Takes a task, runs its command until that ends well, has failed too often, or the signal is raised, and records how it
 * ended. The lease is renewed meanwhile.
 * @returns nothing where the task wasn't to be had, or was lost to another runner
 */
export async function tryTask(waiting: Task, prepared: Prepared, run: Run): Promise<EndedTask | undefined> {
  const { effects, lasting, owner, lease: times, options } = run
  const lease = makeLease(owner, run.runner, effects.now(), times)
  const task = await changeInRun(run, waiting, current =>
    takeTask(current, { command: prepared.command, lease, now: effects.now() }),
  )
  if (!task) return undefined // another runner's by now, or closed
  effects.told({ kind: 'started', task })
  const keeper = keepLease(effects.store, task, lease, times, lasting)
  const tries = await tryCommand(task, prepared, keeper, run).finally(() => keeper.stop())
  const ended = await changeInRun(run, task, current =>
    isOwn(current, owner) ? endTask(current, toRunEnd(tries, effects.now()), options.quarantineAfter) : undefined,
  )
  if (!ended) {
    leave(task, 'this run was silent for so long that another took it over', run)
    return undefined
  }
  effects.told({ kind: 'ended', task: ended })
  return { task: ended, isStarted: tries.isStarted }
}

/** How the tries of one run ended: as the last did. */
interface Tries {
  readonly end: TaskEnd
  readonly output: string | null
  /** Whether any of them began. */
  readonly isStarted: boolean
}

const toRunEnd = ({ end: { kind, outcome, exitCode }, output }: Tries, endedAt: Date) => ({
  kind,
  outcome,
  exitCode,
  output,
  endedAt,
})

async function tryCommand(first: Task, prepared: Prepared, keeper: LeaseKeeper, run: Run): Promise<Tries> {
  const { effects, options } = run
  const graceMs = options.graceMs ?? GRACE_MS
  const signal = AbortSignal.any([effects.signal, keeper.lost])
  const started = (pid: number) => keeper.watch(pid, new Date(effects.now().getTime() + prepared.timeoutMs + graceMs))
  let isStarted = false
  for (let task = first, failures = 1; ; failures++) {
    const end = await runTask({ ...prepared, graceMs }, { signal, started })
    isStarted ||= end.isStarted
    const tries = { end, output: await keepOutputOf(task, end, run), isStarted }
    if (end.kind !== 'failed' || !end.isTransient || failures > prepared.retries) return tries
    const waitMs = retryWaitMs(failures, effects.random)
    effects.told({ kind: 'retry', task, outcome: end.outcome, waitMs })
    await effects.sleep(waitMs, signal).catch(() => undefined)
    const next = signal.aborted ? undefined : await beginNext(task, run)
    if (!next) return { ...tries, end: { ...end, kind: 'stopped', outcome: `stopped after ${end.outcome}` } }
    task = next
  }
}

const GRACE_MS = 5_000

/** One to two halves of a bound that doubles from a second to a minute. */
const retryWaitMs = (failures: number, random: () => number): number =>
  (0.5 + random() / 2) * Math.min(60_000, 1_000 * 2 ** (failures - 1))

/** @returns the task with one more attempt; nothing where it was lost */
const beginNext = (task: Task, run: Run): Promise<Task | undefined> =>
  changeInRun(run, task, current =>
    isOwn(current, run.owner) ? beginTry(current, { now: run.effects.now() }) : undefined,
  )

/** Outputs of a task that are kept: those of its last attempts. */
const KEPT_OUTPUTS = 5

/** @returns the output's key; NULL for a command that never began, and where it can't be kept */
async function keepOutputOf({ task_id, attempts, ...task }: Task, end: TaskEnd, run: Run): Promise<string | null> {
  if (!end.isStarted) return null
  const { store } = run.effects
  const key = outputKey(task_id, attempts)
  const kept = await guard(run, { task_id, attempts, ...task }, async () => {
    await store.put(key, end.output)
    if (attempts > KEPT_OUTPUTS) await store.remove(outputKey(task_id, attempts - KEPT_OUTPUTS))
    return key
  })
  return kept ?? null
}
