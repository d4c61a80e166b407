import { ConflictError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { tableLocation, tablePrefix } from '../iceberg/location.js'
import { currentSnapshot, parseMetadata } from '../iceberg/metadata.js'
import { findNewest } from '../iceberg/metadataFiles.js'
import { type ObjectStore, readText } from '../lake/objectStore.js'

/** What goes when a table is dropped. */
export interface Dropping {
  readonly table: Table
  /** Whether the table is gone already, by a drop that was stopped: only what that left goes. */
  readonly isRest: boolean
  /** In its present state; `null` where nobody counted them. */
  readonly rows: number | null
  /** Everything in its folder. */
  readonly files: number
  readonly bytes: number
}

/** @returns `undefined` where there is neither a table nor what a stopped drop has left of one */
export async function planDrop(name: string, catalog: Catalog, store: ObjectStore): Promise<Dropping | undefined> {
  const table = await catalog.load(name)
  const dropped = table ?? (await loadDropped(name, store))
  if (!dropped) return undefined
  let [files, bytes] = [0, 0]
  for await (const { key, sizeBytes } of store.list(`${tablePrefix(name)}/`)) {
    if (!table && key === dropped.metadataKey) continue // stays, so that no late writer brings the table back
    files++
    bytes += sizeBytes
  }
  if (!table && files === 0) return undefined
  return { table: dropped, isRest: !table, rows: table ? rowsOf(table) : null, files, bytes }
}

/**
 * Drops what was planned, for good.
 * @throws {ConflictError} where somebody has changed the table since; it stays
 */
export async function dropPlanned({ table, isRest }: Dropping, catalog: Catalog): Promise<void> {
  const now = await catalog.load(table.name)
  if (!isRest && now?.metadataKey !== table.metadataKey)
    throw new ConflictError({
      subject: `table ${table.name}`,
      expected: 'the one that was looked at',
      got: now ? 'one that somebody changed since' : 'none: somebody dropped it',
      fix: 'run it again',
    })
  await catalog.drop(table)
}

/** The last metadata of a table that is no more. */
async function loadDropped(name: string, store: ObjectStore): Promise<Table | undefined> {
  const newest = await findNewest(store, name)
  if (!newest) return undefined
  const { key, version } = newest
  const metadata = parseMetadata(await readText(store, key), `${store.url}/${key}`)
  return { name, store, location: tableLocation(store, name), metadata, metadataKey: key, version }
}

function rowsOf({ metadata }: Table): number | null {
  const snapshot = currentSnapshot(metadata)
  const text = snapshot ? snapshot.summary['total-records'] : '0'
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}
