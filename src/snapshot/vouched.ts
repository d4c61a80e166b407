import { selectFiles } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import type { Table, TableSpec } from '../iceberg/catalog.js'
import type { Predicate } from '../iceberg/plan.js'
import { holdsImport, ofImport } from './dataFiles.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'
import { IMPORT_TABLES, SNAPSHOTS } from './tables.js'

// An import that takes the place of another commits its rows, then its receipt, and only then drops the other's rows. Who
// read the old receipt and then the tables would find nothing, and take it for an empty snapshot. Here the tables are as
// they were at a moment when they held the rows; their files stay for those who still read them.

/** The lake at one moment. */
export interface VouchedLake {
  readonly receipts: readonly Receipt[]
  /** By name; those that aren't there are left out. */
  readonly tables: Tables
}

export type Tables = ReadonlyMap<string, Table>

/**
 * All receipts, and all tables of imports, which hold what the receipts vouch for.
 * @param others tables that are wanted, too, as they are by then
 */
export async function loadVouchedLake(effects: LakeEffects, others: readonly TableSpec[] = []): Promise<VouchedLake> {
  for (;;) {
    const before = await effects.catalog.load(SNAPSHOTS.name)
    const receipts = await listReceipts(effects)
    const tables = await loadTables([...IMPORT_TABLES, SNAPSHOTS, ...others], effects)
    if (tables.get(SNAPSHOTS.name)?.metadataKey === before?.metadataKey) return { receipts, tables }
  }
}

/**
 * Some tables, which hold what the receipts of some snapshots vouch for.
 * @param wanted receipts as they were read a while ago
 * @returns the receipts as they are now if one has been replaced, in the same order
 * @throws {NotFoundError} for a snapshot that has been removed
 */
export const loadVouched = (
  wanted: readonly Receipt[],
  specs: readonly TableSpec[],
  effects: LakeEffects,
): Promise<VouchedLake> => loadFound(wanted, () => findAgain(wanted, effects), specs, effects)

/** As {@link loadVouched}, of one snapshot and one table; `undefined` where there is no such table. */
export async function loadVouchedTable(
  wanted: Receipt,
  spec: TableSpec,
  effects: LakeEffects,
): Promise<{ readonly receipt: Receipt; readonly table: Table | undefined }> {
  const { receipts, tables } = await loadVouched([wanted], [spec], effects)
  return { receipt: receipts[0] ?? wanted, table: tables.get(spec.name) }
}

/** As {@link loadVouched}, where `find` says which receipts are wanted when they have to be looked for again. */
export async function loadFound(
  wanted: readonly Receipt[],
  find: () => Promise<readonly Receipt[]>,
  specs: readonly TableSpec[],
  effects: LakeEffects,
): Promise<VouchedLake> {
  for (let receipts = wanted; ; ) {
    const tables = await loadTables(specs, effects)
    if (await holdAll(tables, specs, receipts)) return { receipts, tables }
    const found = await find() // one that made no rows of a table looks the same as one that was dropped
    if (idsOf(found) === idsOf(receipts)) return { receipts, tables }
    receipts = found
  }
}

/** A SELECT of an import's rows, and perhaps others of its files; predicates leave out files. */
export const selectVouched = async (
  tables: Tables,
  spec: TableSpec,
  receipt: Receipt,
  predicates: readonly Predicate[] = [],
): Promise<string> => {
  const table = tables.get(spec.name)
  return table ? selectLoaded(table, [...ofImport(receipt), ...predicates]) : selectFiles(spec.schema, [])
}

async function loadTables(specs: readonly TableSpec[], { catalog }: LakeEffects): Promise<Tables> {
  const tables = new Map<string, Table>()
  for (const { name } of specs) {
    const table = await catalog.load(name)
    if (table) tables.set(name, table)
  }
  return tables
}

async function holdAll(tables: Tables, specs: readonly TableSpec[], receipts: readonly Receipt[]): Promise<boolean> {
  for (const { name } of specs) {
    const table = tables.get(name)
    for (const receipt of receipts) if (!table || !(await holdsImport(table, receipt))) return false
  }
  return true
}

async function findAgain(wanted: readonly Receipt[], effects: LakeEffects): Promise<Receipt[]> {
  const current = await listReceipts(effects)
  return wanted.map(receipt => {
    const found = current.find(each => nameOf(each) === nameOf(receipt))
    if (found) return found
    throw new NotFoundError({ subject: `${receipt.connector} ${receipt.snapshot}`, got: 'removed a moment ago' })
  })
}

const nameOf = ({ connector, snapshot, scope }: Receipt): string => JSON.stringify([connector, snapshot, scope])

const idsOf = (receipts: readonly Receipt[]): string => receipts.map(({ import_id }) => import_id).join()
