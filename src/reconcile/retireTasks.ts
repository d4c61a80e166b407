import { loadDocument } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import {
  addSwept,
  isOlder,
  listDocumentNumbers,
  removeAscending,
  type SweepOptions,
  type Swept,
  sweepObjects,
} from '../lake/sweepState.js'
import { outputKey, TASKS_FOLDER, type TaskState, taskPlace } from './taskState.js'

/** A task that is over, and that nobody has changed for so long, is retired. Gaps that come back later begin anew (RETURN_MS). */
export const RETIRED_AFTER_MS = 14 * 86_400_000

/** What was retired, or would be. */
export interface RetiredTasks extends Swept {
  /** How many of {@link Swept.count} objects are documents' last numbers: tasks. */
  readonly tasks: number
}

/**
 * Removes the documents of tasks that are done or closed, and what their commands wrote, two weeks after the last change. What
 * became of them is in the table `tasks`.
 *
 * The numbers go in ascending order, and whoever changes a task looks for its base again after that: of a change that comes
 * meanwhile, either it counts and stays, or its writer learns that there is no such task any more.
 */
export async function retireTasks(store: ObjectStore, options: SweepOptions): Promise<RetiredTasks> {
  const parts: Swept[] = []
  let tasks = 0
  for await (const { folder, numbers } of listDocumentNumbers(store, TASKS_FOLDER)) {
    const newest = numbers.at(-1)
    if (!newest || !isOlder(newest, RETIRED_AFTER_MS, options)) continue
    const taskId = folder.slice(TASKS_FOLDER.length + 1)
    const task = await loadDocument(taskPlace(store, taskId))
    if (!task || !OVER.has(task.state)) continue
    tasks++
    const outputs = outputKey(taskId, 0).replace(/[^/]*$/, '')
    parts.push(await sweepObjects(store, outputs, { ...options, olderThanMs: RETIRED_AFTER_MS }))
    parts.push(await removeAscending({ store }, numbers, options))
  }
  return { ...addSwept(parts), tasks }
}

const OVER: ReadonlySet<TaskState> = new Set(['done', 'closed'])
