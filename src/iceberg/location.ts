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

/**
 * The key in the table's store of a file that its metadata or a manifest names, wherever the table is now: a lake may
 * be moved or copied, and the paths in it still start with the location where it was.
 * @throws {FileOutsideTableError} for a path outside the location that the metadata records
 */
export function resolveFile(table: Placed, path: string): string {
  const here = tableFolder(table)
  const prefixes = [table.metadata.location, table.location, `${table.store.url}/${here}`]
  const normal = normalizeUrl(path)
  for (const prefix of prefixes.map(normalizeUrl)) {
    if (!normal.startsWith(`${prefix}/`)) continue
    const rest = normal.slice(prefix.length + 1)
    if (!rest.split('/').includes('..')) return here === '' ? rest : `${here}/${rest}`
  }
  throw new FileOutsideTableError({ subject: path, expected: `a file of the table under ${table.metadata.location}` })
}

/** The path that the table's files call a key of its store by: under the location that its metadata records. */
export function recordedPath(table: Placed, key: string): string {
  return `${table.metadata.location}${key.slice(tableFolder(table).length)}`
}

/** The keys of the table's files in its store start with this and a slash. @throws {FileOutsideTableError} */
export function tableFolder(table: Pick<Placed, 'store' | 'location'>): string {
  const key = findKey(table.store, table.location)
  if (key !== undefined) return key
  throw new FileOutsideTableError({ subject: table.location, expected: `a table under ${literalUrl(table.store.url)}` })
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
