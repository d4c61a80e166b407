import { randomUUID } from 'node:crypto'
import { ConflictError } from '../errors.js'
import type { Glue, GlueTable } from '../lake/glue.js'
import { GlueNotFoundError } from '../lake/glueErrors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type Catalog, CommitConflictError, type Table, type TableSpec } from './catalog.js'
import type { CommitEffects } from './commit.js'
import { dropTable, isDropped } from './dropTable.js'
import { commitToGlue, conflict } from './glueCommit.js'
import { isDroppedEntry, isIcebergEntry, toGlueEntry } from './glueEntry.js'
import {
  findLeftBehind,
  type GluePlace,
  gluePlaceOf,
  isGlueName,
  loadGlueTable,
  metadataKeyOf,
  namesDatabase,
  requireNoStray,
} from './glueTable.js'
import { findKey, recordedPath, tableFolder, tableLocation, tablePrefix } from './location.js'
import { formatMetadata } from './metadata.js'
import { numberedMetadataName } from './metadataFiles.js'
import { makeMetadata } from './newMetadata.js'

export interface GlueCatalogOptions {
  /** Where the tables of the lake are that name no database of their own. */
  readonly database: string
}

/**
 * The catalog of a lake that shares its tables with other writers: the metadata file that Glue names is what a table is.
 * Names are those of Glue: `objects_v1` is a table of the lake's database, `shop.sales` the table `sales` of `shop`. A table
 * that isn't in the lake's store, or isn't Iceberg's, is refused.
 */
export function glueCatalog(
  store: ObjectStore,
  glue: Glue,
  { database }: GlueCatalogOptions,
  effects: CommitEffects,
): Catalog {
  const entries = new WeakMap<Table, GlueTable>()
  const placeOf = (name: string): GluePlace => gluePlaceOf(name, database)
  let isThere = false

  /** The table, also one that was dropped and is there still. */
  const find = async (name: string): Promise<Table | undefined> => {
    const loaded = await loadGlueTable(name, placeOf(name), store, glue)
    if (loaded) entries.set(loaded.table, loaded.entry)
    return loaded?.table
  }

  /** The entry that a table was loaded by; of one that was loaded otherwise the one there is, if it names the same file. */
  const entryOf = async (table: Table): Promise<GlueTable> => {
    const place = placeOf(table.name)
    const entry = entries.get(table) ?? (await glue.findTable(place.database, place.table))
    if (entry && metadataKeyOf(entry, store) === table.metadataKey) return entry
    throw conflict(table)
  }

  const requireDatabaseOf = async (name: string): Promise<void> => {
    if (!isThere && !namesDatabase(name)) await requireDatabase(glue, database)
    isThere ||= !namesDatabase(name)
  }

  const catalog: Catalog = {
    async load(name) {
      const table = await find(name)
      if (table) return isDropped(table.metadata) ? undefined : table
      await requireDatabaseOf(name)
      return undefined
    },

    async create(spec) {
      const existing = await find(spec.name)
      if (existing && !isDropped(existing.metadata)) return existing
      if (existing) await forget(existing, placeOf(spec.name), glue)
      else await requireDatabaseOf(spec.name)
      const key = await putFirst(spec, placeOf(spec.name), { store, glue, now: effects.now() })
      const table = await catalog.load(spec.name) // ours, or that of a writer who was first
      if (table && !namesFile(table, key)) await store.remove(key)
      if (table) return table
      throw new CommitConflictError({
        subject: `table ${spec.name}`,
        expected: 'to be there when created',
        got: 'none',
      })
    },

    async commit(base, next) {
      return commitToGlue({ table: base, entry: await entryOf(base) }, next, placeOf(base.name), glue)
    },

    async findDropped(name) {
      const table = await find(name)
      if (table) return isDropped(table.metadata) ? table : undefined
      return findLeftBehind(name, store)
    },

    async *list() {
      await requireDatabaseOf('')
      yield* listTables(store, glue, database)
    },

    async drop(table) {
      requireOwnFolder(table)
      const last = await dropTable(catalog, table, effects)
      if (!last) return
      await forget(last, placeOf(table.name), glue)
      await store.remove(last.metadataKey) // Glue refuses late writers, so that it needn't stay
    },
  }
  return catalog
}

/** Without it no table is found, and the lake would look empty. @throws {GlueNotFoundError} */
async function requireDatabase(glue: Glue, database: string): Promise<void> {
  if (await glue.findDatabase(database)) return
  throw new GlueNotFoundError({
    subject: `${glue.place}, database ${database}`,
    got: 'no such database',
    fix: 'check catalog.database and catalog.region; `stocktake init` creates it',
  })
}

/** Takes a table that was dropped out of Glue, unless there is another of its name by now. */
async function forget(dropped: Table, { database, table }: GluePlace, glue: Glue): Promise<void> {
  await glue.deleteTable(database, table, entry => metadataKeyOf(entry, dropped.store) === dropped.metadataKey)
}

interface Making {
  readonly store: ObjectStore
  readonly glue: Glue
  readonly now: Date
}

/**
 * Puts the first metadata file of a table, and has Glue name it unless there is a table by now.
 * @returns the file's key, whether it counts or not
 */
async function putFirst(spec: TableSpec, place: GluePlace, { store, glue, now }: Making): Promise<string> {
  await requireNoStray(spec.name, place, store, glue)
  const location = tableLocation(store, spec.name)
  const metadata = makeMetadata(location, spec, now)
  const metadataKey = `${tablePrefix(spec.name)}/metadata/${numberedMetadataName(0, randomUUID())}`
  const metadataLocation = recordedPath({ store, location, metadata }, metadataKey)
  await store.putIfAbsent(metadataKey, Buffer.from(formatMetadata(metadata)))
  const create = () => glue.createTable(place.database, toGlueEntry(metadata, { name: place.table, metadataLocation }))
  try {
    await create()
  } catch (error) {
    // A table's own database is made with its first table, the lake's by `init`.
    if (!(error instanceof GlueNotFoundError && namesDatabase(spec.name))) throw error
    await glue.createDatabase({ Name: place.database })
    await create()
  }
  return metadataKey
}

/** Whether a metadata file is, or was, one of the table. */
const namesFile = ({ store, metadata, metadataKey }: Table, key: string): boolean =>
  metadataKey === key || metadata['metadata-log'].some(entry => findKey(store, entry['metadata-file']) === key)

/** A table that another program put elsewhere may have a folder in which there is more. @throws {ConflictError} */
function requireOwnFolder(table: Table): void {
  if (tableFolder(table) === tablePrefix(table.name)) return
  throw new ConflictError({
    subject: `table ${table.name}`,
    expected: `one in ${tableLocation(table.store, table.name)}`,
    got: `one in ${table.location}`,
    fix: 'drop it with the program that made it',
  })
}

/** The tables of the lake's database whose files are in the lake, and those that name another and have a folder there. */
async function* listTables(store: ObjectStore, glue: Glue, database: string): AsyncIterable<string> {
  const names: string[] = []
  for await (const entry of glue.listTables(database)) {
    const longName = `${database}.${entry.name}`
    if (isHere(entry, store)) names.push(isIn(entry, longName, store) ? longName : entry.name)
  }
  for await (const folder of store.listFolders(tablePrefix(''))) {
    const name = folder.slice(tablePrefix('').length, -1)
    if (!namesDatabase(name) || name.startsWith(`${database}.`) || !isGlueName(name)) continue
    const place = gluePlaceOf(name, database)
    const entry = await glue.findTable(place.database, place.table)
    if (entry && isHere(entry, store)) names.push(name)
  }
  yield* names.sort()
}

/** Whether an entry is a table of Iceberg in the store, which wasn't dropped. */
const isHere = (entry: GlueTable, store: ObjectStore): boolean =>
  isIcebergEntry(entry) && !isDroppedEntry(entry) && metadataKeyOf(entry, store) !== undefined

const isIn = (entry: GlueTable, name: string, store: ObjectStore): boolean =>
  metadataKeyOf(entry, store)?.startsWith(`${tablePrefix(name)}/`) === true
