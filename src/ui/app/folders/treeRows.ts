import type { Folder } from '../../../api/folders.js'
import { foldersAbove } from './folderPlace.js'

/** What is known of what lies directly in an opened folder: a part of its folders in order, as far as they were read. */
export interface Branch {
  readonly folders: readonly Folder[]
  /** How many there are, read or not. */
  readonly total: number
  /** How many come before the first of these: so many were put away again. */
  readonly before: number
  /** Whether there are more to be read behind these, as they come into view. */
  readonly hasMore: boolean
  /** Whether there are more, but no room for them beside these. */
  readonly isFull: boolean
  readonly error?: unknown
}

export interface FolderTreeRow {
  readonly kind: 'folder'
  readonly folder: Folder
  /** From 1. */
  readonly level: number
  /** Among those in the same folder, from 1. */
  readonly position: number
  readonly setSize: number
  /** None where there is nothing in it to be opened. */
  readonly isOpen?: boolean
}

/** A row that stands for folders: being read, failed, or above, before or behind what is shown. */
export interface OtherTreeRow {
  readonly kind: 'waiting' | 'failed' | 'above' | 'before' | 'behind'
  /** The folder that they lie in. */
  readonly parent: string
  readonly level: number
  /** How many they are; 0 where that isn't known. Of those above, how many levels. */
  readonly count: number
  readonly error?: unknown
}

export type TreeRow = FolderTreeRow | OtherTreeRow

/** What tells a row from others. */
export const treeRowKey = (row: TreeRow): string =>
  row.kind === 'folder' ? `/${row.folder.path}` : `${row.kind}/${row.parent}`

/**
 * The rows of a tree, from the top: each folder, and below it what lies in it where it is opened.
 * @param branches of opened folders by path; one that isn't there is being read
 * @param root the folder that all lie in, which has a row where it is known
 * @param top the folder that the tree begins in: those between the root and what lies in it have no rows
 */
export function planTreeRows(
  root: Folder | undefined,
  branches: ReadonlyMap<string, Branch>,
  opened: ReadonlySet<string>,
  top = '',
): TreeRow[] {
  const rows: TreeRow[] = []
  if (root) rows.push({ kind: 'folder', folder: root, level: 1, position: 1, setSize: 1, isOpen: true })
  const skipped = foldersAbove(top).length
  if (skipped > 0) rows.push({ kind: 'above', parent: top, level: 2, count: skipped })
  addBranch(top, skipped + (root ? 2 : 1))
  return rows

  function addBranch(parent: string, level: number): void {
    const branch = branches.get(parent)
    if (!branch) {
      rows.push({ kind: 'waiting', parent, level, count: 0 })
      return
    }
    const { folders, before, total, hasMore, isFull, error } = branch
    if (before > 0) rows.push({ kind: 'before', parent, level, count: before })
    folders.forEach((folder, i) => {
      const canOpen = folder.folder_count > 0
      const isOpen = canOpen && opened.has(folder.path)
      const position = before + i + 1
      rows.push({ kind: 'folder', folder, level, position, setSize: total, ...(canOpen && { isOpen }) })
      if (isOpen) addBranch(folder.path, level + 1)
    })
    const count = Math.max(0, total - before - folders.length)
    if (error !== undefined) rows.push({ kind: 'failed', parent, level, count, error })
    else if (isFull) rows.push({ kind: 'behind', parent, level, count })
    else if (hasMore) rows.push({ kind: 'waiting', parent, level, count })
  }
}

/** The folders of a search: those found, wherever they lie, none of them to be opened. */
export const planFoundRows = (branch: Branch | undefined): TreeRow[] =>
  planTreeRows(undefined, branch ? new Map([['', branch]]) : new Map(), new Set()).map(row => {
    if (row.kind !== 'folder') return row
    const { isOpen: _, ...found } = row
    return found
  })
