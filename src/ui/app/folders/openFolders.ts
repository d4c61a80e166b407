import { foldersAbove } from './folderPlace.js'

/** More than a person keeps open; of each a part is in memory. */
export const MOST_OPEN = 100

/** So many levels above a folder are opened for it: keys have room for 1,023 of them, each of which would be read. */
export const MOST_ABOVE = 30

/** The folder that a tree begins in when the page is about another one: the root, unless that one lies too deep. */
export const treeTop = (path: string): string => foldersAbove(path).at(-MOST_ABOVE) ?? ''

/** What has to be open for a folder's insides to be seen: the root first, then from the tree's top down to itself. */
export const pathTo = (path: string): string[] => [...new Set(['', ...foldersAbove(path).slice(-MOST_ABOVE), path])]

/**
 * The open folders with another one, and the way to it, which is longer where a person opened it level by level. Where that
 * is too many, the ones opened first are closed, but none of these.
 */
export function openAlso(opened: readonly string[], path: string): string[] {
  const above = new Set(foldersAbove(path))
  const wanted = [...new Set(['', ...opened.filter(each => above.has(each)), ...pathTo(path)])]
  const isWanted = new Set(wanted)
  const kept = opened.filter(each => !isWanted.has(each))
  const surplus = kept.length + wanted.length - MOST_OPEN
  return [...wanted.slice(0, 1), ...kept.slice(Math.max(0, surplus)), ...wanted.slice(1)]
}
