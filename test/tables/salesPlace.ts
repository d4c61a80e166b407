import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalog, Table } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { selectTableRows } from '../../src/tables/selectTableRows.js'
import { storeDataFiles } from '../../src/tables/storeDataFiles.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'
import { writeDataFiles } from '../../src/tables/writeDataFiles.js'
import type { TestEngine } from '../engine/engines.js'

/** The file that declares the table of these tests. */
export const SALES_YAML = `
database: shop_{stage}
table: sales
comment: what was sold
columns:
  - { name: id, type: long, required: true }
  - { name: tenant_id, type: string, required: true, comment: whose sale it is }
  - { name: price, type: 'decimal(8,2)', min: '0.00' }
  - { name: sold, type: timestamp, required: true }
  - { name: vector, type: list<double>, length: 3 }
  - { name: note, type: string }
  - { name: year, type: int, required: true, from: year(sold) }
partition:
  - { column: year }
sort:
  - { column: sold }
properties: { write.parquet.compression-codec: snappy }
`

export const SALES = parseTableSpec(SALES_YAML, 'config/tables/sales.yaml', { stage: 'dev', region: '' })

/** Rows with ids from a number on: of 2025 and 2026 in turn, of three tenants, every seventh without a price. */
export const salesFrom = (from: number, count: number): string => `
  select i as id, 'tenant-' || i % 3 as tenant_id, if(i % 7 = 0, null, (i / 4)::decimal(8,2)) as price,
    make_timestamp(2025 + i % 2, 3, 1 + i % 28, 1, 2, 3.5) as sold, [i, -0.5, null]::double[] as vector,
    if(i % 5 = 0, null, 'note ' || i) as note, 2025 + i % 2 as year
  from range(${from}, ${from + count}) t(i)`

export interface SalesEffects {
  readonly now: () => Date
  readonly sleep: (ms: number) => Promise<void>
}

export const EFFECTS: SalesEffects = { now: () => new Date(), sleep: async () => undefined }

export const createSales = (store: ObjectStore, effects: SalesEffects = EFFECTS): Promise<Table> =>
  filesCatalog(store, effects).create(toTableSpec(SALES))

/** Appends the rows of a query as files of the table as it is now, in one snapshot. */
export async function appendRows(
  catalog: Catalog,
  select: string,
  { engine }: Pick<TestEngine, 'engine'>,
  { effects = EFFECTS, batch }: { effects?: SalesEffects; batch?: string } = {},
): Promise<Table> {
  const table = await loadSales(catalog)
  const folder = await mkdtemp(join(engine.tempFolder, 'rows-'))
  const made = await writeDataFiles(select, {}, table, { folder, targetBytes: 50_000_000 }, engine)
  const add = await storeDataFiles(made, table)
  const summary: Record<string, string> = batch === undefined ? {} : { 'stocktake.batch': batch }
  const plan = async () => ({ operation: 'append' as const, add, drop: () => false, summary })
  return changeTable(catalog, SALES.table, plan, effects)
}

export async function loadSales(catalog: Catalog): Promise<Table> {
  const table = await catalog.load(SALES.table)
  if (!table) throw new Error('no table')
  return table
}

/** Every row of the table as text, in an order of its own; of a snapshot if one is given. */
export async function listRows(table: Table, { engine }: Pick<TestEngine, 'engine'>, snapshotId?: bigint) {
  const { select } = await selectTableRows(table, snapshotId === undefined ? {} : { snapshotId })
  const rows = await engine.rows(`select cast(t as varchar) as line from (${select}) t order by line`)
  return rows.map(({ line }) => String(line))
}
