import { foldersAbove } from './folderPlace.js'

/** More than a person keeps open; of each a part is in memory. */
export const MOST_OPEN = 100

/** What has to be open for a folder's insides to be seen: those above it and itself, the root first. */
export const pathTo = (path: string): string[] => [...foldersAbove(path), path]

/**
 * The open folders with another one, and those above it. Where that is too many, the ones opened first are closed, but none
 * of these.
 */
export function openAlso(opened: readonly string[], path: string): string[] {
  const wanted = pathTo(path)
  const kept = opened.filter(each => !wanted.includes(each))
  const surplus = kept.length + wanted.length - MOST_OPEN
  return [...wanted.slice(0, 1), ...kept.slice(Math.max(0, surplus)), ...wanted.slice(1)]
}
