import { type Names, PLAIN_NAMES } from '../../snapshot/redaction.js'

/** A row of the model `treemap`. */
export interface MapRow {
  readonly path: string
  readonly parent: string | null
  readonly part: 'folder' | 'direct' | 'others'
  readonly folder_count: bigint | null
  readonly object_count: bigint
  readonly total_size_bytes: bigint
  readonly last_modified: Date | null
}

/** A part of the map, with those it is parted into. */
export interface FolderNode {
  /** Of a folder its own name, without what is above it; empty for the others, and for the root. */
  readonly name: string
  readonly part: MapRow['part']
  /** Of `others`, how many folders they are. */
  readonly folderCount: bigint
  readonly objectCount: bigint
  readonly sizeBytes: bigint
  /** When the newest of its objects was written; `undefined` where that isn't known. */
  readonly lastModified?: Date
  /** None, or all that is in the folder: its own folders, the largest first, then `direct` and `others`. */
  readonly children: readonly FolderNode[]
}

/**
 * The rows as a tree.
 * @param rows a folder before those in it, as the model gives them
 * @returns the root; `undefined` without rows
 */
export function buildFolderTree(
  rows: readonly MapRow[],
  connector: string,
  names: Names = PLAIN_NAMES,
): FolderNode | undefined {
  const inside = new Map<string | null, MapRow[]>()
  for (const row of rows) {
    const place = row.part === 'folder' ? row.parent : row.path
    const others = inside.get(place)
    if (others) others.push(row)
    else inside.set(place, [row])
  }
  const toNode = (row: MapRow): FolderNode => ({
    name: row.part === 'folder' && row.path !== '' ? names.folder(connector, row.path) : '',
    part: row.part,
    folderCount: row.folder_count ?? 0n,
    objectCount: row.object_count,
    sizeBytes: row.total_size_bytes,
    ...(row.last_modified && { lastModified: row.last_modified }),
    children: row.part === 'folder' ? (inside.get(row.path) ?? []).map(toNode).sort(compareNodes) : [],
  })
  const [root] = inside.get(null) ?? []
  return root && toNode(root)
}

const PARTS: readonly MapRow['part'][] = ['folder', 'direct', 'others']

/** Of one size, by what is shown: the order of names would tell of those that are redacted. */
const compareNodes = (a: FolderNode, b: FolderNode): number =>
  PARTS.indexOf(a.part) - PARTS.indexOf(b.part) ||
  Number(b.sizeBytes - a.sizeBytes) ||
  Number(b.objectCount - a.objectCount) ||
  (a.name < b.name ? -1 : 1)
