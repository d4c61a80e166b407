import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import type { Catalog, Table } from './catalog.js'
import { mapConcurrently } from './loadManifests.js'
import { tableFolder, tablePrefix } from './location.js'
import { mayRemove, statisticsPaths } from './planExpiry.js'
import { addFile, listReachable, type TableFiles } from './reachableFiles.js'
import { loadExisting, type UpkeepEffects } from './upkeep.js'

export interface OrphanOptions {
  /** How old a file must be: a writer may have staged a younger one. */
  readonly graceMs: number
  /** Nothing is removed. */
  readonly dryRun: boolean
}

/** Files of a table that no snapshot is made of. */
export interface Orphans {
  readonly files: number
  readonly bytes: number
  /** When the oldest of them was written. */
  readonly oldest: Date | null
}

/**
 * Removes the files in a table's folders that none of its snapshots is made of, and that are older than the grace time, both
 * by our clock and beside the newest file of the table: what a killed writer has staged. A table in which nothing has been
 * written since is marked, so that the next time tells the age by the mark; so a clock that jumped removes nothing at once.
 *
 * @throws {NotFoundError} for a table that isn't there
 * @throws {TableFormatError} for a table that can't be read whole: nothing of it is removed
 */
export async function removeOrphans(
  catalog: Catalog,
  tableName: string,
  { graceMs, dryRun }: OrphanOptions,
  effects: UpkeepEffects,
): Promise<Orphans> {
  const { store } = await loadExisting(catalog, tableName)
  const listed = await listRemovable(store, tableName)
  // Loaded after the listing: what was committed in between is known.
  const table = await loadExisting(catalog, tableName)
  // Another program that put the table elsewhere may keep more there.
  if (!mayRemove(table.metadata) || tableFolder(table) !== tablePrefix(tableName)) return describe([])
  const reached = await reachAll(table)
  const orphans = listed.files.filter(({ key }) => !reached.has(key))
  const now = effects.now().getTime()
  const isOld = (by: number) => (object: StoredObject) => by - object.lastModified.getTime() >= graceMs
  const old = orphans.filter(isOld(Math.min(now, listed.newestMs)))
  if (dryRun) return describe(old)
  const removed = await removeUnchanged(table, old, effects)
  if (orphans.filter(isOld(now)).length > old.length) await store.put(markKey(tableName), new Uint8Array())
  return describe(removed)
}

/** Written where a table is otherwise at rest. */
const markKey = (name: string): string => `${tablePrefix(name)}/metadata/orphans-found`

/** Looks at each once more: a writer may have put another one under its name since. @returns those that it removed */
async function removeUnchanged(
  { store }: Table,
  orphans: readonly StoredObject[],
  { signal }: UpkeepEffects,
): Promise<StoredObject[]> {
  const removed = await mapConcurrently(orphans, async orphan => {
    signal.throwIfAborted()
    const there = await store.find(orphan.key)
    if (!there || secondsOf(there) !== secondsOf(orphan)) return undefined
    await store.remove(orphan.key)
    return orphan
  })
  return removed.filter(orphan => orphan !== undefined)
}

/** A store may tell more of a time in a listing than of one object. */
const secondsOf = ({ lastModified }: StoredObject): number => Math.floor(lastModified.getTime() / 1000)

/** What writers make in a table's folders. Metadata files aren't among it, nor is what else somebody put there. */
const REMOVABLE = /^(?:data\/.+\.(?:parquet|orc|avro)|metadata\/[^/]+\.(?:avro|stats|puffin))$/

async function listRemovable(
  store: ObjectStore,
  name: string,
): Promise<{ readonly files: StoredObject[]; readonly newestMs: number }> {
  const prefix = `${tablePrefix(name)}/`
  const files: StoredObject[] = []
  let newestMs = 0
  for await (const object of store.list(prefix)) {
    newestMs = Math.max(newestMs, object.lastModified.getTime())
    if (REMOVABLE.test(object.key.slice(prefix.length))) files.push(object)
  }
  return { files, newestMs }
}

async function reachAll(table: Table): Promise<TableFiles> {
  const { snapshots } = table.metadata
  const files = await listReachable(table, snapshots, 'refused')
  for (const path of statisticsPaths(table.metadata, snapshots)) addFile(files, table, path, 'data', 'refused')
  return files
}

function describe(orphans: readonly StoredObject[]): Orphans {
  const times = orphans.map(({ lastModified }) => lastModified.getTime())
  return {
    files: orphans.length,
    bytes: orphans.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    oldest: times.length > 0 ? new Date(times.reduce((a, b) => Math.min(a, b))) : null,
  }
}
