import { fileURLToPath } from 'node:url'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { FileOutsideTableError } from './errors.js'

type Placed = Pick<Table, 'store' | 'location' | 'metadata'>

/** Where a table of the lake is: `tables/<name>` under the store. */
export function tableLocation(store: ObjectStore, name: string): string {
  return `${literalUrl(store.url)}/${tablePrefix(name)}`
}

/** The keys of a table of the lake start with this and a slash. */
export const tablePrefix = (name: string): string => `tables/${name}`

/** The lake itself, as its tables' paths begin. */
export const lakeLocation = (store: ObjectStore): string => literalUrl(store.url)

/** A property of a table, of Iceberg's own: where its data files are. */
export const DATA_PATH_PROPERTY = 'write.data.path'

/** Where data files may be that aren't in their table's folder. */
const PROCESSED = 'processed/'

/**
 * The folder of a table's data files where that isn't the table's own: one of `processed/` that its property names.
 * `undefined` for other tables, and for a property that names any other place, which is nobody's of ours.
 */
export function dataFolder(table: Placed): string | undefined {
  const path = table.metadata.properties[DATA_PATH_PROPERTY]
  const root = path === undefined ? undefined : recordedRoot(table)
  if (path === undefined || root === undefined) return undefined
  const folder = [root, table.store.url, literalUrl(table.store.url)]
    .map(each => below(normalizeUrl(each), normalizeUrl(path).replace(/\/$/, '')))
    .find(found => found !== undefined)
  return folder?.startsWith(PROCESSED) ? folder : undefined
}

/** The lake as it was when the table was made: its location without the folder that the table has in the lake. */
function recordedRoot(table: Placed): string | undefined {
  const end = `/${tableFolder(table)}`
  return table.metadata.location.endsWith(end) ? table.metadata.location.slice(0, -end.length) : undefined
}

/** What comes after a folder's URL; `undefined` for a path that isn't in it. */
function below(folder: string, path: string): string | undefined {
  const rest = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
  return rest?.split('/').includes('..') ? undefined : rest
}

/**
 * The key in the table's store of a file that its metadata or a manifest names, wherever the table is now: a lake may
 * be moved or copied, and the paths in it still start with the location where it was.
 * @throws {FileOutsideTableError} for a path outside the location that the metadata records, and the {@link dataFolder}
 */
export function resolveFile(table: Placed, path: string): string {
  const here = tableFolder(table)
  const prefixes = [table.metadata.location, table.location, `${table.store.url}/${here}`]
  const normal = normalizeUrl(path)
  for (const prefix of prefixes) {
    const rest = below(normalizeUrl(prefix), normal)
    if (rest !== undefined) return here === '' ? rest : `${here}/${rest}`
  }
  const data = dataFolder(table)
  if (data !== undefined) {
    const roots = [recordedRoot(table) ?? '', lakeLocation(table.store), table.store.url]
    for (const root of roots) {
      const rest = below(normalizeUrl(`${root}/${data}`), normal)
      if (rest !== undefined) return `${data}/${rest}`
    }
  }
  throw new FileOutsideTableError({ subject: path, expected: `a file of the table under ${table.metadata.location}` })
}

/**
 * The path that the table's files call a key of its store by: under the location that its metadata records, or beside it
 * where its data files have a folder of their own.
 */
export function recordedPath(table: Placed, key: string): string {
  const data = dataFolder(table)
  if (data !== undefined && key.startsWith(`${data}/`)) return `${recordedRoot(table)}/${key}`
  return `${table.metadata.location}${key.slice(tableFolder(table).length)}`
}

/** The keys of the table's files in its store start with this and a slash. @throws {FileOutsideTableError} */
export function tableFolder(table: Pick<Placed, 'store' | 'location'>): string {
  const key = findKey(table.store, table.location)
  if (key !== undefined) return key
  throw new FileOutsideTableError({ subject: table.location, expected: `a table under ${literalUrl(table.store.url)}` })
}

/** Where all files of a table are: its folder, and that of its data files where it has one. @throws {FileOutsideTableError} */
export function tableFolders(table: Placed): readonly string[] {
  const data = dataFolder(table)
  return data === undefined ? [tableFolder(table)] : [tableFolder(table), data]
}

/** The key in a store of what a URL names, in any engine's spelling; `undefined` where it isn't in the store. */
export function findKey(store: ObjectStore, url: string): string | undefined {
  const root = normalizeUrl(literalUrl(store.url))
  const place = normalizeUrl(url)
  return place.startsWith(`${root}/`) && !place.split('/').includes('..') ? place.slice(root.length + 1) : undefined
}

/** Iceberg takes URLs as they are: a reader given `%20` looks for a folder with a percent sign. */
function literalUrl(url: string): string {
  return url.startsWith('file:') ? `file://${fileURLToPath(url)}` : url
}

/** The spellings that engines use for one place: `file:/a`, `/a`; `s3a://`, `s3n://`. */
function normalizeUrl(url: string): string {
  if (url.startsWith('/')) return `file://${url}`
  return url.replace(/^file:\/(?!\/)/, 'file:///').replace(/^s3[an]:/, 's3:')
}
