import { createHash } from 'node:crypto'
import type { Connector } from '../config/connector.js'
import type { Engine } from '../engine/engine.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { listDocuments } from '../lake/documents.js'
import { loadLakeConnectors, mergeConnectors } from '../lake/lakeConnectors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type Receipt, readReceipts } from '../snapshot/receipts.js'
import { IMPORT_TABLES, RECONCILE_TABLES, SNAPSHOTS } from '../snapshot/tables.js'
import type { LakeMoment } from './lakeReader.js'

/** A lake as it was looked at, with what the next look can go on from. */
export interface LookedLake {
  readonly moment: LakeMoment
  /** By name; those that aren't there are left out. */
  readonly tables: ReadonlyMap<string, Table>
  /** The names and numbers of the documents, as text. */
  readonly connectorNumbers: string
}

export interface LookEffects {
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly engine: Engine
  /** The connectors that the file declares. */
  readonly declared: readonly Connector[]
}

/**
 * Looks at a lake: its tables, receipts, connectors, and which collections there are. What hasn't changed since is the same
 * as it was, down to the objects in memory.
 * @param last what the look before found
 */
export async function lookAtLake(last: LookedLake | undefined, effects: LookEffects): Promise<LookedLake> {
  const { store, declared } = effects
  const [tables, connectorNumbers, collectionNumbers] = await Promise.all([
    loadTables(last, effects.catalog),
    listNumbers(store, 'state/connectors'),
    listNumbers(store, 'state/collections'),
  ])
  const version = makeVersion([...[...tables.values()].map(tableText), connectorNumbers, collectionNumbers])
  if (last?.moment.version === version) return last
  const connectors =
    last?.connectorNumbers === connectorNumbers
      ? last.moment.connectors
      : mergeConnectors(declared, (await loadLakeConnectors(store)).connectors)
  const receipts = await loadReceipts(tables.get(SNAPSHOTS.name), last, effects.engine)
  return { moment: { version, receipts, connectors }, tables, connectorNumbers }
}

/** They hold what the receipts vouch for: see `loadVouchedLake`. */
async function loadTables(last: LookedLake | undefined, catalog: Catalog): Promise<ReadonlyMap<string, Table>> {
  for (;;) {
    const before = await catalog.load(SNAPSHOTS.name)
    const specs = [...IMPORT_TABLES, ...RECONCILE_TABLES]
    const loaded = await Promise.all(specs.map(({ name }) => catalog.load(name)))
    const after = await catalog.load(SNAPSHOTS.name)
    if (after?.metadataKey !== before?.metadataKey) continue
    const found = [...loaded, after].filter(table => table !== undefined)
    return new Map(found.map(table => [table.name, sameTable(last?.tables.get(table.name), table)]))
  }
}

const sameTable = (last: Table | undefined, table: Table): Table =>
  last && tableText(last) === tableText(table) ? last : table

const tableText = ({ name, metadataKey, metadata }: Table): string =>
  JSON.stringify([name, metadataKey, metadata['table-uuid'], metadata['last-updated-ms']])

async function listNumbers(store: ObjectStore, folder: string): Promise<string> {
  const found: unknown[] = []
  for await (const { name, numbers } of listDocuments(store, folder)) found.push([name, numbers.at(-1)?.number])
  return JSON.stringify(found)
}

async function loadReceipts(
  table: Table | undefined,
  last: LookedLake | undefined,
  engine: Engine,
): Promise<readonly Receipt[]> {
  if (!table) return []
  return last && last.tables.get(SNAPSHOTS.name) === table
    ? last.moment.receipts
    : readReceipts(table, engine, undefined)
}

function makeVersion(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('base64url').slice(0, 22)
}
