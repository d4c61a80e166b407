import { ConflictError, UsageError } from '../errors.js'
import type { Glue, GlueTable } from '../lake/glue.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { isDropped } from './dropTable.js'
import { FileOutsideTableError, UnsupportedTableError } from './errors.js'
import { AUTHORITY, isIcebergEntry, METADATA_LOCATION } from './glueEntry.js'
import { loadMetadata } from './loadMetadata.js'
import { findKey, tableLocation, tablePrefix } from './location.js'
import type { TableMetadata } from './metadata.js'
import { parseMetadataNumber } from './metadataFiles.js'

/** Where a table of the lake is in Glue. */
export interface GluePlace {
  readonly database: string
  readonly table: string
}

/**
 * `objects_v1` is a table of the lake's database, `shop.sales` the table `sales` of the database `shop`.
 * @throws {UsageError} for a name that Glue can't have
 */
export function gluePlaceOf(name: string, lakeDatabase: string): GluePlace {
  const [, database = lakeDatabase, table] = GLUE_NAME.exec(name) ?? []
  if (table !== undefined) return { database, table }
  throw new UsageError({
    subject: 'table name',
    expected: 'lower-case letters, digits, _ and -, perhaps after a database and a dot',
    got: JSON.stringify(name),
    fix: 'Glue knows no other',
  })
}

/** Whether Glue can have a table of that name. */
export const isGlueName = (name: string): boolean => GLUE_NAME.test(name)

const GLUE_NAME = /^(?:([a-z0-9_][a-z0-9_-]*)\.)?([a-z0-9_][a-z0-9_-]*)$/

/** Whether a name has a database of its own. */
export const namesDatabase = (name: string): boolean => name.includes('.')

/** A table with what Glue has of it, by which it can be committed to. */
export interface LoadedTable {
  readonly entry: GlueTable
  readonly table: Table
}

/**
 * The table as Glue has it now, also one that was dropped and is there still; `undefined` where there is none.
 * @throws {UnsupportedTableError} for one that isn't Iceberg's, or only follows another catalog
 * @throws {FileOutsideTableError} for one that isn't in the store
 */
export async function loadGlueTable(
  name: string,
  place: GluePlace,
  store: ObjectStore,
  glue: Glue,
): Promise<LoadedTable | undefined> {
  for (let last: string | undefined; ; ) {
    const entry = await glue.findTable(place.database, place.table)
    if (!entry) return undefined
    try {
      return { entry, table: await readTable(name, entry, store) }
    } catch (error) {
      // Dropped since Glue named the file, or committed to so often that it is gone: then Glue says otherwise now.
      const now = entry.parameters[METADATA_LOCATION]
      if (!(error instanceof ObjectNotFoundError) || now === last) throw error
      last = now
    }
  }
}

/** The key of the metadata file that an entry names; `undefined` where it names none in the store. */
export function metadataKeyOf({ parameters }: GlueTable, store: ObjectStore): string | undefined {
  const url = parameters[METADATA_LOCATION]
  return url === undefined ? undefined : findKey(store, url)
}

async function readTable(name: string, entry: GlueTable, store: ObjectStore): Promise<Table> {
  const subject = `table ${entry.database}.${entry.name} in Glue`
  if (!isIcebergEntry(entry))
    throw new UnsupportedTableError({ subject, expected: 'a table of Iceberg', got: entry.tableType || 'another' })
  if (entry.parameters[AUTHORITY] === 'files')
    throw new UnsupportedTableError({
      subject,
      expected: 'a table whose catalog Glue is',
      got: 'one that was published, and follows the files of another lake',
      fix: 'set catalog.database to another',
    })
  const key = metadataKeyOf(entry, store)
  if (key === undefined) throw outside(subject, entry.parameters[METADATA_LOCATION], store)
  const metadata = await loadMetadata(store, key)
  const folder = findKey(store, metadata.location)
  if (folder === undefined || !key.startsWith(`${folder}/`)) throw outside(subject, metadata.location, store)
  const location = `${store.url}/${folder}`
  return { name, store, location, metadata, metadataKey: key, version: parseMetadataNumber(key) ?? 0 }
}

const outside = (subject: string, got: string | undefined, { url }: ObjectStore) =>
  new FileOutsideTableError({
    subject,
    expected: `one with all its files in ${url}`,
    got: got ?? 'one without metadata',
    fix: 'check lake, and catalog.database: another lake may have that one',
  })

/** Files of a table that Glue doesn't know, where it should. */
export class UnknownTableError extends ConflictError {}

/**
 * Refuses to make a table where one is already that Glue doesn't name: it may be in the catalog of another region or
 * account, and two would be two truths.
 * @throws {UnknownTableError}
 */
export async function requireNoStray(
  name: string,
  { database, table }: GluePlace,
  store: ObjectStore,
  glue: Glue,
): Promise<void> {
  const newest = await findNewestState(name, store)
  if (!newest || isDropped(newest.metadata)) return
  if (newest.number === 0 && newest.metadata.snapshots.length === 0) return // put by one who was killed before asking Glue
  if (await glue.findTable(database, table)) return // made a moment ago
  throw new UnknownTableError({
    subject: `table ${name}`,
    expected: `none that ${glue.place} doesn't know`,
    got: `the files of one, ${store.url}/${newest.key}`,
    fix: 'check catalog.database, catalog.region and the account; or register that file as the table there',
  })
}

/** The last state of a table that was dropped, and of which Glue knows nothing any more. */
export async function findLeftBehind(name: string, store: ObjectStore): Promise<Table | undefined> {
  const newest = await findNewestState(name, store)
  if (!newest || !isDropped(newest.metadata)) return undefined
  const { metadata, key, number } = newest
  return { name, store, location: tableLocation(store, name), metadata, metadataKey: key, version: number }
}

interface State {
  readonly key: string
  readonly number: number
  readonly metadata: TableMetadata
}

/** What the metadata file of the highest number says; the youngest, where a writer came second. */
async function findNewestState(name: string, store: ObjectStore): Promise<State | undefined> {
  let newest: { readonly key: string; readonly number: number; readonly ms: number } | undefined
  for await (const { key, lastModified } of store.list(`${tablePrefix(name)}/metadata/`)) {
    const found = { key, number: parseMetadataNumber(key) ?? -1, ms: lastModified.getTime() }
    const most = newest ?? { number: -1, ms: 0 }
    if (found.number > most.number || (found.number === most.number && found.ms > most.ms)) newest = found
  }
  if (!newest || newest.number < 0) return undefined
  return { ...newest, metadata: await loadMetadata(store, newest.key) }
}
