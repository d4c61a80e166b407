import { UsageError } from '../errors.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { type Catalog, CommitConflictError, type Table } from './catalog.js'
import type { CommitEffects } from './commit.js'
import { dropTable, isDropped } from './dropTable.js'
import { TableFormatError, UnsupportedTableError } from './errors.js'
import { loadMetadata } from './loadMetadata.js'
import { tableLocation, tablePrefix } from './location.js'
import { formatMetadata } from './metadata.js'
import { findNewest, type MetadataFile, metadataKey } from './metadataFiles.js'
import { makeMetadata } from './newMetadata.js'
import { withMetadataLog } from './snapshot.js'

/** A table loaded longer ago isn't committed to: `maintain` may have removed the number that comes after it. */
export const MAX_BASE_AGE_MS = 3_600_000

/**
 * The catalog that needs nothing but the store: tables under `tables/<name>/`, whose metadata is the highest
 * `metadata/vN.metadata.json`. A commit creates the next number, which succeeds for one writer only. `version-hint.text`
 * is written for other readers and never read.
 */
export function filesCatalog(store: ObjectStore, effects: CommitEffects): Catalog {
  const loadedMs = new WeakMap<Table, number>()

  const keep = (table: Table): Table => {
    loadedMs.set(table, effects.now().getTime())
    return table
  }

  /** The table, also one that was dropped. */
  const find = async (name: string): Promise<Table | undefined> => {
    const newest = await findNewest(store, requireName(name))
    return newest && keep(await readTable(store, name, newest))
  }

  const catalog: Catalog = {
    async load(name) {
      const table = await find(name)
      return table && isDropped(table.metadata) ? undefined : table
    },

    async create(spec) {
      const existing = await find(spec.name)
      if (existing && !isDropped(existing.metadata)) return existing
      const metadata = makeMetadata(tableLocation(store, requireName(spec.name)), spec, effects.now())
      const bytes = Buffer.from(formatMetadata(metadata))
      const version = (existing?.version ?? 0) + 1
      const created = await store.putIfAbsent(metadataKey(spec.name, version), bytes)
      if (created) await writeHint(store, spec.name, version)
      const table = await catalog.load(spec.name) // ours, or that of a writer who was first
      if (table) return table
      throw new TableFormatError({ subject: `table ${spec.name}`, expected: 'to be there when created', got: 'none' })
    },

    async commit(base, next) {
      const ageMs = effects.now().getTime() - (loadedMs.get(base) ?? effects.now().getTime())
      if (ageMs > MAX_BASE_AGE_MS) throw conflict(base, `a table loaded ${Math.round(ageMs / 60_000)} minutes ago`)
      const metadata = withMetadataLog(base, next)
      const version = base.version + 1
      const key = metadataKey(base.name, version)
      await putOrConflict(base, key, Buffer.from(formatMetadata(metadata)))
      await writeHint(store, base.name, version)
      return keep({ ...base, metadata, metadataKey: key, version })
    },

    async findDropped(name) {
      const table = await find(name)
      return table && isDropped(table.metadata) ? table : undefined
    },

    list: () => listTables(store),
    async drop(table) {
      await dropTable(catalog, table, effects)
    },
  }
  return catalog
}

async function* listTables(store: ObjectStore): AsyncIterable<string> {
  for await (const folder of store.listFolders(tablePrefix(''))) {
    const name = folder.slice(tablePrefix('').length, -1)
    const newest = TABLE_NAME.test(name) ? await findNewest(store, name) : undefined
    if (newest && !(await wasDropped(store, name, newest))) yield name
  }
}

/** A table that can't be read is there all the same. */
async function wasDropped(store: ObjectStore, name: string, newest: MetadataFile): Promise<boolean> {
  try {
    return isDropped((await readTable(store, name, newest)).metadata)
  } catch (error) {
    if (error instanceof TableFormatError || error instanceof UnsupportedTableError) return false
    if (error instanceof ObjectNotFoundError) return true // a moment ago
    throw error
  }
}

async function readTable(store: ObjectStore, name: string, { key, version }: MetadataFile): Promise<Table> {
  const metadata = await loadMetadata(store, key)
  return { name, store, location: tableLocation(store, name), metadata, metadataKey: key, version }
}

/**
 * Creates a metadata file, or finds that another is there. Where the answer is a conflict or got lost, what is there
 * decides: these very bytes (no two commits have the same, as snapshot ids are random) mean that the commit is ours.
 */
async function putOrConflict(base: Table, key: string, bytes: Uint8Array): Promise<void> {
  const created = await base.store.putIfAbsent(key, bytes).catch(error => ({ error }))
  if (created === true) return
  const found = await readBack(base.store, key, created)
  if (found && Buffer.compare(found, bytes) === 0) return
  if (found || created === false) throw conflict(base, 'another writer committed first', created)
  throw created.error // nobody's commit is there, but ours may still be on its way
}

async function readBack(
  store: ObjectStore,
  key: string,
  answer: false | { error: unknown },
): Promise<Uint8Array | undefined> {
  try {
    return await store.read(key)
  } catch (error) {
    if (answer !== false) return undefined // the first error says more
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

/**
 * For readers that go by it. A missing or late hint must not fail a commit that is made. A writer that was overtaken before
 * its hint would set it back, and so looks once more: the last to write has seen the newest.
 */
async function writeHint(store: ObjectStore, name: string, version: number): Promise<void> {
  const key = `${tablePrefix(name)}/metadata/version-hint.text`
  try {
    for (let hint = version, newest = version; ; hint = newest) {
      await store.put(key, Buffer.from(String(hint))) // no newline: DuckDB takes the text as it is
      if (!(await store.find(metadataKey(name, hint + 1)))) return
      newest = hint + 1
    }
  } catch {
    return
  }
}

const TABLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

function requireName(name: string): string {
  if (TABLE_NAME.test(name)) return name
  throw new UsageError({ subject: 'table name', expected: 'letters, digits, _, - and dots', got: JSON.stringify(name) })
}

function conflict(base: Table, got: string, answer?: false | { error: unknown }): CommitConflictError {
  const expected = `version ${base.version} to be the newest`
  const cause = answer === undefined || answer === false ? undefined : answer.error
  return new CommitConflictError({ subject: `table ${base.name}`, expected, got, fix: 'run it again', cause })
}
