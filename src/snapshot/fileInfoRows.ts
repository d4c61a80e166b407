import { quoteString, quoteTimestamp } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { filterFiles, planFiles } from '../iceberg/plan.js'
import type { Collection } from '../lake/lakeCollections.js'
import { type CurrentSource, startsWithAny } from './currentSources.js'
import { locateFiles } from './dataFiles.js'
import { type FolderOf, pickSources, type SourcesOf } from './folderSources.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'

/** The files of `objects` that some snapshots are made of, by import. */
export type SourceFiles = ReadonlyMap<string, readonly DataFile[]>

/** One plan for many folders. */
export async function planSources(objects: Table, sources: readonly CurrentSource[]): Promise<SourceFiles> {
  const values = [...new Set(sources.map(({ receipt }) => receipt.import_id))]
  const files = new Map<string, DataFile[]>()
  if (values.length === 0) return files
  for (const file of await planFiles(objects, [{ column: 'import_id', op: 'in', values }])) {
    const id = String(file.partition.import_id)
    const others = files.get(id)
    if (others) others.push(file)
    else files.set(id, [file])
  }
  return files
}

/** What one snapshot says of a folder. */
export interface FolderSelect {
  readonly receipt: Receipt
  /** All versions and delete markers in the folder, but for the keys that a newer one says; by the columns of `objects`. */
  readonly select: string
}

/**
 * What `objects_current` holds of a folder, a SELECT for each of its sources. They read no file that has none of its keys.
 * @param sources of {@link fileInfoSources}
 */
export const selectFolder = (
  { folder }: FolderOf,
  sources: readonly CurrentSource[],
  objects: Table,
  files: SourceFiles,
): FolderSelect[] =>
  sources.map(({ receipt, except }) => {
    const planned = files.get(receipt.import_id) ?? []
    const held = filterFiles(objects, planned, [{ column: 'key', op: 'starts-with', value: folder }])
    const scan = selectFiles(currentSchema(objects.metadata), locateFiles(objects, held))
    return { receipt, select: `select * from (${scan}) where ${keysOf(folder, except)}` }
  })

/** The condition that keys of a folder meet, but for those that a newer source says. */
export function keysOf(folder: string, except: readonly string[]): string {
  const end = textAfterPrefix(folder)
  const conditions = [
    ...(folder === '' ? [] : [`key >= ${quoteString(folder)}`]),
    ...(end === undefined ? [] : [`key < ${quoteString(end)}`]),
    ...(except.length === 0 ? [] : [`not (${startsWithAny(except)})`]),
  ]
  return conditions.length === 0 ? 'true' : conditions.join(' and ')
}

/** {@link selectFolder} as one SELECT with the columns of the view `objects_current`. */
export function selectFolderCurrent(selects: readonly FolderSelect[], objects: Table): string {
  const parts = selects.map(
    ({ receipt: { sample_rate }, select }) =>
      `select *, cast(${sample_rate} as double) as sample_rate from (${select})`,
  )
  const none = `select *, cast(null as double) as sample_rate from (${selectFiles(currentSchema(objects.metadata), [])})`
  return parts.length === 0 ? none : parts.join(' union all ')
}

/** {@link selectFolder} as one SELECT with the columns of the view `file_info`, but for the collection. */
export const selectFileInfo = (selects: readonly FolderSelect[]): string =>
  selects.length === 0 ? NO_FILE_INFO : selects.map(fileInfoOf).join(' union all ')

const fileInfoOf = ({ receipt: { source, snapshot }, select }: FolderSelect): string =>
  `select key, size, last_modified_date as last_modified, e_tag as etag, storage_class, checksum_algorithm, ${quoteString(source)} as source, ${quoteTimestamp(parseSnapshotName(snapshot))} as updated_at
  from (${select}) where is_latest and not is_delete_marker`

const FILE_INFO_TYPES = {
  key: 'varchar',
  size: 'bigint',
  last_modified: 'timestamp',
  etag: 'varchar',
  storage_class: 'varchar',
  checksum_algorithm: 'varchar',
  source: 'varchar',
  updated_at: 'timestamp',
} as const

const NO_FILE_INFO = `select ${Object.entries(FILE_INFO_TYPES)
  .map(([name, type]) => `cast(null as ${type}) as ${name}`)
  .join(', ')} where false`

/** The view `collections`, of what the lake's document has. */
export function selectCollections(collections: readonly Collection[]): string {
  const rows = collections.map(
    ({ collection, name, connector, folder, created_at }) =>
      `(${[collection, name, connector, folder].map(quoteString).join(', ')}, ${quoteTimestamp(created_at)})`,
  )
  return rows.length === 0
    ? "select '' as collection, '' as name, '' as connector, '' as folder, cast(null as timestamp) as created_at where false"
    : `select * from (values ${rows.join(', ')}) as listed (collection, name, connector, folder, created_at)`
}

/**
 * The view `file_info`: each collection in a SELECT of its own, so that of one nothing is read but the files of its folder.
 * @param objects `undefined` where there is no such table
 */
export async function selectAllFileInfo(
  collections: readonly Collection[],
  sources: SourcesOf,
  objects: Table | undefined,
): Promise<string> {
  const shown = objects ? collections.map(collection => ({ collection, own: pickSources(collection, sources) })) : []
  const read = shown.filter(({ own }) => own.length > 0)
  if (!objects || read.length === 0) return `select '' as collection, * from (${NO_FILE_INFO})`
  const files = await planSources(
    objects,
    read.flatMap(({ own }) => own),
  )
  return read
    .map(({ collection, own }) => {
      const rows = selectFileInfo(selectFolder(collection, own, objects, files))
      return `select ${quoteString(collection.collection)} as collection, * from (${rows})`
    })
    .join(' union all ')
}
