import { parentOf } from './folderPlace.js'
import type { TreeRow } from './treeRows.js'

/** What a key asks of a tree. */
export type TreeStep =
  | { readonly act: 'move'; readonly to: number }
  | { readonly act: 'open' | 'close' | 'select' | 'go'; readonly at: number }

export interface PressedKey {
  readonly key: string
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

/**
 * What a key means where row `at` is the active one: arrows as in any tree (right opens, then goes in; left closes, then goes
 * out), j and k as down and up, Home and End, Page Up and Page Down, space to mark, Enter to go there.
 * @param pageRows how many rows are seen at once
 * @returns nothing for a key that is none of the tree's
 */
export function planTreeStep(
  pressed: PressedKey,
  rows: readonly TreeRow[],
  at: number,
  pageRows: number,
): TreeStep | undefined {
  if (pressed.altKey || pressed.ctrlKey || pressed.metaKey || rows.length === 0) return undefined
  const to = (index: number): TreeStep => ({ act: 'move', to: Math.min(Math.max(index, 0), rows.length - 1) })
  const row = rows[at]
  switch (pressed.key) {
    case 'ArrowDown':
    case 'j':
      return to(at + 1)
    case 'ArrowUp':
    case 'k':
      return to(at - 1)
    case 'Home':
      return to(0)
    case 'End':
      return to(rows.length - 1)
    case 'PageDown':
      return to(at + pageRows)
    case 'PageUp':
      return to(at - pageRows)
    case 'Enter':
      return { act: 'go', at }
    case ' ':
      return { act: 'select', at }
    case 'ArrowRight':
      return row?.kind !== 'folder' || row.isOpen === undefined
        ? undefined
        : row.isOpen
          ? to(at + 1)
          : { act: 'open', at }
    case 'ArrowLeft':
      if (row?.kind === 'folder' && row.isOpen && row.folder.path !== '') return { act: 'close', at }
      return row ? to(indexOfParent(rows, row, at)) : undefined
    default:
      return undefined
  }
}

/** Where the folder is that a row's lies in; the row's own place where it has none. */
function indexOfParent(rows: readonly TreeRow[], row: TreeRow, at: number): number {
  const parent = row.kind === 'folder' ? parentOf(row.folder.path) : row.parent
  for (let i = at - 1; i >= 0; i--) {
    const each = rows[i]
    if (each?.kind === 'folder' && each.folder.path === parent) return i
    if (each?.kind === 'above' && each.parent === parent) return i
  }
  return at
}
