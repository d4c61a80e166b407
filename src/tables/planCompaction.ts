import type { DataFile } from '../iceberg/dataFile.js'
import { typedFields } from '../iceberg/manifest.js'
import type { TableMetadata } from '../iceberg/metadata.js'
import { partitionKey } from '../iceberg/partitionSpec.js'

export interface CompactLimits {
  /** Larger files stay as they are. */
  readonly smallBytes: number
  /** So many small ones must lie together. */
  readonly least: number
}

/** Small files of a table that lie together. */
export interface SmallFiles {
  readonly files: readonly DataFile[]
  /** Whether they are of one partition of the present spec; if not, of an earlier spec, and of any of its partitions. */
  readonly isCurrent: boolean
}

/** What files of a table are like. */
export interface FileMeasure {
  /** So many rows one file has at most. */
  readonly mostRows: number
  /** So many rows are written anew at once. */
  readonly rowsAtOnce: number
}

/**
 * The small files of a table that may be written anew: of each partition of the present spec, where it has enough of them;
 * and of all earlier specs together.
 * @param measure without it, what is small is told by bytes alone: more files than there are
 */
export function findSmallFiles(
  metadata: TableMetadata,
  files: readonly DataFile[],
  { smallBytes, least }: CompactLimits,
  measure?: FileMeasure,
): SmallFiles[] {
  const enough = Math.max(2, least)
  // A file with more rows than half of what one may have would be no larger afterwards.
  const mostRows = measure === undefined ? Number.POSITIVE_INFINITY : measure.mostRows / 2
  const groups = new Map<string, { files: DataFile[]; isCurrent: boolean }>()
  for (const file of files) {
    if (file.fileSizeBytes >= smallBytes || file.recordCount > mostRows) continue
    const isCurrent = file.specId === metadata['default-spec-id']
    const key = isCurrent ? keyOf(metadata, file) : 'earlier'
    const group = groups.get(key) ?? { files: [], isCurrent }
    group.files.push(file)
    groups.set(key, group)
  }
  return [...groups.values()].filter(group => group.files.length >= enough).map(group => sorted(metadata, group))
}

/** What is written anew at once: files that follow each other, and no more rows than fit; at least two. */
export function splitSmallFiles({ files, isCurrent }: SmallFiles, { rowsAtOnce }: FileMeasure): SmallFiles[] {
  const parts: DataFile[][] = []
  let rows = Number.POSITIVE_INFINITY
  for (const file of files) {
    if (rows + file.recordCount > rowsAtOnce) {
      parts.push([])
      rows = 0
    }
    parts.at(-1)?.push(file)
    rows += file.recordCount
  }
  return parts.filter(({ length }) => length > 1).map(part => ({ files: part, isCurrent }))
}

/** Files of one earlier partition are likely to share the partitions of the present spec. */
function sorted(metadata: TableMetadata, { files, isCurrent }: SmallFiles): SmallFiles {
  if (isCurrent) return { files, isCurrent }
  const keyed = files.map(file => ({ file, key: keyOf(metadata, file) }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { files: keyed.map(({ file }) => file), isCurrent }
}

const keyOf = (metadata: TableMetadata, { specId, partition }: DataFile): string =>
  `${specId} ${partitionKey(typedFields(metadata, specId), partition)}`
