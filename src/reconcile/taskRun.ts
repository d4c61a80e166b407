import { randomUUID } from 'node:crypto'
import type { DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { describeProcess, type ProcessFacts } from '../lake/processFacts.js'
import type { TaskDataset } from './planTasks.js'
import { LEASE_TIMES, type LeaseTimes } from './taskLease.js'
import { changeTask, type Task } from './taskState.js'

export interface RunTasksOptions {
  readonly datasets: readonly TaskDataset[]
  /** The folder of data_inventory.yaml: where commands run unless their template says otherwise. */
  readonly folder: string
  readonly concurrency: number
  readonly quarantineAfter: number
  /** Only these; all that wait where it is absent. */
  readonly taskIds?: readonly string[]
  readonly lease?: LeaseTimes
  /** How long a command has between SIGTERM and SIGKILL. */
  readonly graceMs?: number
}

export interface RunTasksEffects extends DocumentEffects {
  /** The lake's. It must go on to work when the signal is raised: what was begun is still to be recorded. */
  readonly store: ObjectStore
  /** Variables that may be passed on: those of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Looks at the bucket, near these tasks' gaps only. @returns the ids of the gaps that are there */
  readonly verify: (tasks: readonly Task[]) => Promise<ReadonlySet<string>>
  readonly told: (event: TaskEvent) => void
}

/** What a person is told while tasks run. */
export type TaskEvent =
  /** Tasks of which it isn't known what came of them, or that have ended, are looked at. */
  | { readonly kind: 'verifying'; readonly tasks: readonly Task[] }
  | { readonly kind: 'verified'; readonly task: Task }
  | { readonly kind: 'started'; readonly task: Task }
  /** A try that failed and is followed by another, after so long. */
  | { readonly kind: 'retry'; readonly task: Task; readonly outcome: string; readonly waitMs: number }
  | { readonly kind: 'ended'; readonly task: Task }
  /** Not run, and as it was. */
  | { readonly kind: 'left'; readonly task: Task; readonly why: string }
  /** What became of the task couldn't be recorded; or its output couldn't be kept. */
  | { readonly kind: 'error'; readonly task: Task; readonly error: unknown }

/** One run, and what it has done so far. */
export interface Run {
  readonly owner: string
  readonly runner: ProcessFacts
  readonly lease: LeaseTimes
  readonly options: RunTasksOptions
  readonly effects: RunTasksEffects
  /** For what is recorded: a raised signal doesn't keep it from being so. */
  readonly lasting: DocumentEffects
  readonly changed: Map<string, Task>
  /** What it had to leave as it is, and why. */
  readonly left: { readonly task: Task; readonly why: string }[]
  readonly errors: unknown[]
}

export async function beginRun(options: RunTasksOptions, effects: RunTasksEffects): Promise<Run> {
  return {
    owner: randomUUID(),
    runner: await describeProcess(process.pid),
    lease: options.lease ?? LEASE_TIMES,
    options,
    effects,
    lasting: { ...effects, signal: new AbortController().signal },
    changed: new Map(),
    left: [],
    errors: [],
  }
}

/** Changes a task and remembers it. @returns the task, if this changed it */
export async function changeInRun(
  { effects, lasting, changed }: Run,
  { task_id }: Task,
  plan: (current: Task) => Task | undefined,
): Promise<Task | undefined> {
  const step = (current: Task | undefined) => current && plan(current)
  const { current, isChanged } = await changeTask(effects.store, task_id, step, lasting)
  if (!isChanged || !current) return undefined
  changed.set(task_id, current)
  return current
}

/** Tells that a task stays as it is. */
export function leave(task: Task, why: string, { effects, left }: Run): void {
  left.push({ task, why })
  effects.told({ kind: 'left', task, why })
}

/** What goes wrong with one task is told, and doesn't stop the others. */
export async function guard<T>({ effects, errors }: Run, task: Task, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    errors.push(error)
    effects.told({ kind: 'error', task, error })
    return undefined
  }
}
