import type { DocumentEffects } from '../lake/documents.js'
import { isAhead } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { describeProcess, judgeProcess, type ProcessFacts } from '../lake/processFacts.js'
import { changeTask, type Task, type TaskLease } from './taskState.js'

/** How long a runner may be silent, and how often it speaks. */
export interface LeaseTimes {
  /** After this long without a word its tasks are anybody's. Clocks of runners may differ by less than that. */
  readonly heldMs: number
  readonly renewMs: number
}

export const LEASE_TIMES: LeaseTimes = { heldMs: 5 * 60_000, renewMs: 60_000 }

/** A lease that ends later than that was made by a clock that was wrong. */
const LONGEST_MS = 7 * 86_400_000

/**
 * Whether a runner still has the task. One that is certainly dead has not, unless the command that it started still runs
 * and has time left.
 */
export async function isHeld({ lease }: Task, now: Date): Promise<boolean> {
  if (!lease) return false
  const { command, runner, until } = lease
  if (command && isAhead(command.until, now, LONGEST_MS) && (await judgeProcess(command)) === 'alive') return true
  return isAhead(until, now, LONGEST_MS) && (await judgeProcess(runner)) !== 'dead'
}

/** A lease of a run that begins now. */
export const makeLease = (owner: string, runner: ProcessFacts, now: Date, { heldMs }: LeaseTimes): TaskLease => ({
  owner,
  until: new Date(now.getTime() + heldMs),
  runner,
})

/** Whether the task is in the hands of that run. */
export const isOwn = (task: Task | undefined, owner: string): task is Task =>
  task?.state === 'running' && task.lease?.owner === owner

/** What keeps a task's lease up. */
export interface LeaseKeeper {
  /** Raised when another has taken the task, or when nobody could be told for so long that another may. */
  readonly lost: AbortSignal
  /** The process that does the work now, and when its time is over. */
  watch(pid: number, until: Date): void
  /** Ends the renewing; the last is over by then. */
  stop(): Promise<void>
}

/** Renews the lease of a running task until it is told to stop. */
export function keepLease(
  store: ObjectStore,
  { task_id }: Pick<Task, 'task_id'>,
  lease: TaskLease,
  times: LeaseTimes,
  effects: DocumentEffects,
): LeaseKeeper {
  const stopped = new AbortController()
  const lost = new AbortController()
  let command: Promise<ProcessFacts & { until: Date }> | undefined
  let told: typeof command
  let woken = new AbortController()
  let until = lease.until

  const renew = async (): Promise<void> => {
    told = command
    const now = effects.now()
    const next = { ...lease, until: new Date(now.getTime() + times.heldMs), ...(command && { command: await command }) }
    try {
      const { isChanged } = await changeTask(
        store,
        task_id,
        task => (isOwn(task, lease.owner) ? { ...task, lease: next } : undefined),
        effects,
      )
      if (!isChanged) lost.abort()
      until = next.until
    } catch {
      if (effects.now() > until) lost.abort() // until then the next renewal makes up for it
    }
  }

  const beat = async (): Promise<void> => {
    while (!lost.signal.aborted) {
      woken = new AbortController()
      // Soon for a new command: so that its process is known if this one is killed.
      const waitMs = told === command ? times.renewMs : Math.min(FIRST_MS, times.renewMs)
      await effects.sleep(waitMs, AbortSignal.any([stopped.signal, woken.signal])).catch(() => undefined)
      if (stopped.signal.aborted) return
      if (!woken.signal.aborted) await renew()
    }
  }
  const beating = beat()

  return {
    lost: lost.signal,
    watch(pid, until) {
      command = describeProcess(pid).then(facts => ({ ...facts, until }))
      woken.abort()
    },
    async stop() {
      stopped.abort()
      await beating
    },
  }
}

const FIRST_MS = 250
