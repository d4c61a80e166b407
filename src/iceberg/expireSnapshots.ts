import type { StoredObject } from '../lake/objectStore.js'
import type { Catalog, Table } from './catalog.js'
import { commitStaged } from './commit.js'
import { mapConcurrently } from './loadManifests.js'
import type { Snapshot } from './metadata.js'
import { listOldMetadata } from './oldMetadata.js'
import { type ExpiryOptions, planExpiry, statisticsPaths } from './planExpiry.js'
import { addFile, addLive, listManifests, type TableFiles } from './reachableFiles.js'
import { loadExisting, removeAll, type UpkeepEffects } from './upkeep.js'

export interface ExpireOptions extends ExpiryOptions {
  /** Nothing is written or removed; the counts are those of what would be. */
  readonly dryRun: boolean
  /** What ages are told by; now unless given. What is committed is of now in any case. */
  readonly at?: Date
}

export interface Expired {
  readonly expired: number
  readonly removedFiles: number
  readonly removedBytes: number
}

/**
 * Takes a table's old snapshots out of its metadata, in one commit, and then removes the files that no other snapshot is
 * made of, and metadata files that are too old to matter. A crash leaves files that nobody names, which
 * {@link removeOrphans} finds.
 *
 * @throws {NotFoundError} for a table that isn't there
 * @throws {CommitConflictError} after too many lost races; nothing has changed then
 * @throws {TableFormatError} for a table that can't be read whole: nothing of it is removed
 * @see https://iceberg.apache.org/spec/#snapshot-retention-policy
 */
export async function expireSnapshots(
  catalog: Catalog,
  tableName: string,
  options: ExpireOptions,
  effects: UpkeepEffects,
): Promise<Expired> {
  const at = options.at ?? effects.now()
  let going: Going = { expired: 0, files: new Map() }
  const plan = async (table: Table) => {
    const expiry = planExpiry(table.metadata, options, at)
    going = { expired: expiry.expired.length, files: await listGoing(table, expiry.kept, expiry.expired) }
    if (expiry.expired.length === 0) return undefined
    const updated = Math.max(effects.now().getTime(), table.metadata['last-updated-ms'])
    return { metadata: { ...expiry.metadata, 'last-updated-ms': updated }, paths: [] }
  }
  if (options.dryRun) {
    const table = await loadExisting(catalog, tableName)
    await plan(table)
    const found = await findOld(table, [...going.files.keys()], options.graceMs, at)
    return sumUp(going, [...found, ...(await listOldMetadata(table))])
  }
  const table = await commitStaged(catalog, tableName, plan, effects)
  const found = await findOld(table, [...going.files.keys()], options.graceMs, await storeNow(table, at))
  const old = await listOldMetadata(table)
  await removeAll(table, found, effects)
  for (const object of old) await removeAll(table, [object], effects) // one after the other
  return sumUp(going, [...found, ...old])
}

/** What a commit takes out of a table. */
interface Going {
  readonly expired: number
  readonly files: TableFiles
}

/** The files that only snapshots which go are made of. */
async function listGoing(table: Table, kept: readonly Snapshot[], gone: readonly Snapshot[]): Promise<TableFiles> {
  if (gone.length === 0) return new Map()
  const staying = await listManifests(table, kept, 'refused')
  const going = await listManifests(table, gone, 'left out')
  await addLive(
    going.files,
    table,
    [...going.paths].filter(path => !staying.paths.has(path)),
    'left out',
  )
  const isData = [...going.files.values()].includes('data')
  if (isData) await addLive(staying.files, table, [...staying.paths], 'refused')
  addStatistics(table, kept, gone, { staying: staying.files, going: going.files })
  return new Map([...going.files].filter(([key]) => !staying.files.has(key)))
}

function addStatistics(
  table: Table,
  kept: readonly Snapshot[],
  gone: readonly Snapshot[],
  { staying, going }: { readonly staying: TableFiles; readonly going: TableFiles },
): void {
  for (const path of statisticsPaths(table.metadata, kept)) addFile(staying, table, path, 'data', 'refused')
  for (const path of statisticsPaths(table.metadata, gone)) addFile(going, table, path, 'data', 'left out')
}

/** Of the files those that are there, and older than the grace time: a young one may be staged by someone. */
async function findOld(table: Table, keys: readonly string[], graceMs: number, now: Date): Promise<StoredObject[]> {
  const found = await mapConcurrently(keys, key => table.store.find(key))
  return found
    .filter(object => object !== undefined)
    .filter(({ lastModified }) => now.getTime() - lastModified.getTime() >= graceMs)
}

/** The store's own clock, by what was just written there, where it is behind: ages are told by it. */
async function storeNow(table: Table, at: Date): Promise<Date> {
  const written = await table.store.find(table.metadataKey)
  return new Date(Math.min(at.getTime(), written?.lastModified.getTime() ?? 0))
}

const sumUp = ({ expired }: Going, removed: readonly StoredObject[]): Expired => ({
  expired,
  removedFiles: removed.length,
  removedBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
})
