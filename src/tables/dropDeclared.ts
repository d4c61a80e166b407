import { ConflictError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { tableFolder } from '../iceberg/location.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { parseMetadataVersion } from '../iceberg/metadataFiles.js'
import type { ObjectStore } from '../lake/objectStore.js'

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
  const dropped = table ?? (await catalog.findDropped(name))
  if (!dropped) return undefined
  const isOfFiles = parseMetadataVersion(dropped.metadataKey) !== undefined
  let [files, bytes] = [0, 0]
  for await (const { key, sizeBytes } of store.list(`${tableFolder(dropped)}/`)) {
    if (!table && key === dropped.metadataKey && isOfFiles) continue // stays, so that no late writer brings the table back
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

function rowsOf({ metadata }: Table): number | null {
  const snapshot = currentSnapshot(metadata)
  const text = snapshot ? snapshot.summary['total-records'] : '0'
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}
