import { z } from 'zod'
import { KEPT_MS } from '../lake/documentNumbers.js'
import {
  changeDocument,
  type DocumentChange,
  type DocumentEffects,
  type DocumentPlace,
  loadDocuments,
} from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { processFacts } from '../lake/processFacts.js'
import { PRIORITIES } from './expectations.js'

/**
 * What a task can be:
 * - `queued`: waits for a runner
 * - `running`: a runner has it, for as long as its lease holds; after that it may have run, and is verified first
 * - `ran`: its command ended well; whether its gaps are gone is not known yet
 * - `done`: its gaps are gone, as a look at the bucket showed
 * - `failed`: its command failed, as often as one run tries it
 * - `without_effect`: its command ended well, and its gaps are still there
 * - `quarantined`: failed, without effect or back again too often; only a person sends it on
 * - `closed`: no gap asks for it any more: they went without it, or its dataset's template is another
 * - `refused`: a value of its gaps can't be an argument of its command
 */
export const TASK_STATES = [
  'queued',
  'running',
  'ran',
  'done',
  'failed',
  'without_effect',
  'quarantined',
  'closed',
  'refused',
] as const
export type TaskState = (typeof TASK_STATES)[number]

const time = z.iso.datetime().transform(text => new Date(text))

const lease = z.object({
  /** Random, of one run. */
  owner: z.string().min(1),
  until: time,
  runner: processFacts,
  /** The command's process, where it has been at work for a moment, and when its time is over. */
  command: processFacts.extend({ until: time }).optional(),
})
export type TaskLease = z.output<typeof lease>

/** The document of a task. */
export const taskSchema = z.object({
  task_id: z.string().regex(/^task_[0-9a-f]{26}$/),
  connector: z.string(),
  dataset: z.string(),
  /** What its placeholders stand for. */
  values: z.record(z.string(), z.string()),
  gap_ids: z.array(z.string()),
  /** Where its gaps are. */
  key_prefixes: z.array(z.string()),
  /** The most urgent of its gaps'. */
  priority: z.enum(PRIORITIES),
  /** The program and its arguments; empty where they are refused. */
  command: z.array(z.string()),
  /** As the template has it. */
  cwd: z.string().nullable(),
  /** Names of variables that the template passes on or sets; never what they hold. */
  env_names: z.array(z.string()),
  state: z.enum(TASK_STATES),
  /** How it came to that, in words. */
  outcome: z.string().nullable(),
  /** How often its command was started, ever. */
  attempts: z.int().nonnegative(),
  /** Runs that failed or had no effect, and returns of its gaps, since it was last given a new start. */
  tries: z.int().nonnegative(),
  /** Its command may have done its work: its gaps are looked for before it runs again. */
  verify_first: z.boolean(),
  created_at: time,
  /** The reconciliation that last decided about it. */
  planned_at: time,
  /** Of the last attempt. */
  started_at: time.nullable(),
  ended_at: time.nullable(),
  /** NULL also where a signal ended it. */
  exit_code: z.int().nullable(),
  /** When its gaps were last looked for after it ran. */
  verified_at: time.nullable(),
  /** Gaps that were gone after it ran, and when that was seen: of the last week, those that aren't back. */
  mended: z.record(z.string(), time).default({}),
  /** Key of the last attempt's output in the lake. */
  output: z.string().nullable(),
  lease: lease.optional(),
})
export type Task = z.output<typeof taskSchema>

/** Gaps of one task: more than a document, or a row of its history, should have to hold wait for their turn. */
export const MOST_GAPS = 1_000

/** Where the documents of tasks lie in a lake. */
export const TASKS_FOLDER = 'state/tasks'

/** Key of what an attempt of a task wrote. */
export const outputKey = (taskId: string, attempt: number): string => `state/task_output/${taskId}/${attempt}.txt`

/** All tasks of a lake, open and not, by their ids. */
export async function loadTasks(store: ObjectStore): Promise<Map<string, Task>> {
  const tasks = new Map<string, Task>()
  for await (const { name, value } of loadDocuments({ store, folder: TASKS_FOLDER, schema: taskSchema }))
    tasks.set(name, value)
  return tasks
}

/** Changes one task, unless `plan` gives nothing: {@link changeDocument}. */
export const changeTask = (
  store: ObjectStore,
  taskId: string,
  plan: (current: Task | undefined) => Task | undefined | Promise<Task | undefined>,
  effects: DocumentEffects,
): Promise<DocumentChange<Task>> => changeDocument(taskPlace(store, taskId), plan, effects)

/** Where the document of a task is. */
export const taskPlace = (store: ObjectStore, taskId: string): DocumentPlace<Task> => ({
  store,
  folder: `${TASKS_FOLDER}/${taskId}`,
  schema: taskSchema,
  keptMs: KEPT_MS, // so that a writer finds out that its base was retired
})
