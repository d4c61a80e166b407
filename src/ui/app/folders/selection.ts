import type { Folder } from '../../../api/folders.js'
import { foldersAbove } from './folderPlace.js'

/** Folders that a person has marked, by path, in the order of marking. */
export type Selection = ReadonlyMap<string, Folder>

/** As many as can become collections at once. */
export const MOST_SELECTED = 1000

export interface SelectionTotals {
  readonly folderCount: number
  /** Of those that lie in no other one of them: what lies in two is counted once. */
  readonly objectCount: number
  readonly sizeBytes: number
  /** How many of them lie in another one. */
  readonly nestedCount: number
}

/** With the folder marked, or not marked where it was; as it is where there is no room for another. */
export function toggleSelected(selection: Selection, folder: Folder): Selection {
  const next = new Map(selection)
  if (!next.delete(folder.path) && next.size < MOST_SELECTED) next.set(folder.path, folder)
  return next
}

export function sumSelection(selection: Selection): SelectionTotals {
  const outer = [...selection.values()].filter(({ path }) => !foldersAbove(path).some(each => selection.has(each)))
  return {
    folderCount: selection.size,
    objectCount: outer.reduce((sum, folder) => sum + folder.object_count, 0),
    sizeBytes: outer.reduce((sum, folder) => sum + folder.total_size_bytes, 0),
    nestedCount: selection.size - outer.length,
  }
}

/** A folder that is gone has no files to make a collection of. */
export const canSelect = ({ change }: Folder): boolean => change !== 'deleted'
