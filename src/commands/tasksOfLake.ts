import { NotFoundError } from '../errors.js'
import type { DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { findSuggestion } from '../output/suggestion.js'
import { loadTasks, type Task } from '../reconcile/taskState.js'
import type { Context } from './globals.js'
import { waitEffects } from './waitEffects.js'

/** All tasks of a lake by their ids. @throws {NotFoundError} where one of those that are named isn't there */
export async function requireTasks(
  ids: readonly string[],
  { store }: { readonly store: ObjectStore },
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

/** What changing a task needs of a command. */
export const documentEffects = ({ now, signal }: Pick<Context, 'now' | 'signal'>): DocumentEffects => ({
  ...waitEffects(signal),
  now,
})
