import type { FoldersQuery } from '../../../api/folders.js'

export type FolderSort = FoldersQuery['sort']
/** What a tile's colour says. */
export type MapColor = 'change' | 'age'

/** What of the folders page is worth a link to a colleague: the parameters of its URL. */
export interface FolderPlace {
  /** The only one, or the first, unless given. */
  readonly connector?: string
  /** The newest snapshot unless given. */
  readonly at?: string
  /** The folder that the map shows, with its slash; empty for the root. */
  readonly path: string
  readonly search: string
  readonly sort: FolderSort
  readonly color: MapColor
}

/** Moves to another place of the page: as a step that Back undoes, or not. */
export type GoTo = (changes: Partial<FolderPlace>, how: 'push' | 'replace') => void

const SORTS: readonly FolderSort[] = ['bytes', 'objects', 'modified', 'path', 'size_change', 'new', 'deleted']

/** Inverse of {@link formatFolderPlace}; what a URL has no business with is as if it weren't there. */
export function parseFolderPlace(params: Readonly<Record<string, string>>): FolderPlace {
  const { connector, at, path = '', search = '', sort, color } = params
  return {
    ...(connector && { connector }),
    ...(at && { at }),
    path: path === '' || path.endsWith('/') ? path : `${path}/`,
    search,
    sort: SORTS.find(each => each === sort) ?? 'bytes',
    color: color === 'age' ? 'age' : 'change',
  }
}

/** The parameters, without those that say what holds anyway. */
export function formatFolderPlace(place: FolderPlace): Record<string, string> {
  const { connector, at, path, search, sort, color } = place
  return {
    ...(connector && { connector }),
    ...(at && { at }),
    ...(path !== '' && { path }),
    ...(search !== '' && { search }),
    ...(sort !== 'bytes' && { sort }),
    ...(color !== 'change' && { color }),
  }
}

/** The folders that a folder lies in, the root first; not itself. `a/b/` lies in the root and in `a/`. */
export function foldersAbove(path: string): string[] {
  const above = path === '' ? [] : ['']
  for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1))
    above.push(path.slice(0, at + 1))
  return above
}

/** The folder directly above; of the root there is none. */
export const parentOf = (path: string): string | undefined =>
  path === '' ? undefined : path.slice(0, path.slice(0, -1).lastIndexOf('/') + 1)

/** A folder's last name, with its slash. */
export const lastName = (path: string): string => path.slice(parentOf(path)?.length ?? 0)
