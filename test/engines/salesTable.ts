import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Catalog, PartitionFieldSpec, Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { planFiles } from '../../src/iceberg/plan.js'
import type { Operation } from '../../src/iceberg/snapshot.js'
import type { UpkeepEffects } from '../../src/iceberg/upkeep.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { packageFolder } from '../../src/packageFolder.js'
import { compactTable } from '../../src/tables/compactTable.js'
import { storeDataFiles } from '../../src/tables/storeDataFiles.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'
import { writeDataFiles } from '../../src/tables/writeDataFiles.js'

/**
 * Sales, the i-th for each i from a number on: in three partitions, the ends of a month and of a year between them, with NULLs,
 * empty lists and NULLs in lists, texts that differ only past a bound's length, and the least and greatest prices.
 */
export const selectSales = (from: number, count: number): string => `
  select 'product-with-a-long-name-' || lpad(i::varchar, 6, '0') || '😀' as product_id,
    'tenant-' || (i % 3) as tenant_id,
    ['shoes', 'bags', 'coats', null][i % 4 + 1] as category,
    case when i % 5 > 0 then 'Brand ' || (i % 7) end as brand,
    ['new', 'used', ''][i % 3 + 1] as condition,
    case i % 11 when 0 then -99999999.99 when 1 then 99999999.99 when 2 then 0 else i * 1.25 end::decimal(10,2) as sold_price,
    timestamp '2024-11-30 23:59:59.999998' + to_microseconds(i) + to_days((i % 4 * 11)::int) as sold_date,
    'Q4' as season,
    case when i % 2 = 0 then 'images/été ' || i || '.jpg' end as image_s3_key,
    case i % 6 when 0 then null when 1 then [] when 2 then [0.1, null, -0.5]
      else list_transform(range(4), x -> (x + i) / 7.0)::double[] end::double[] as embedding,
    null::varchar as description,
    'api' as source,
    year(sold_date)::int as year, month(sold_date)::int as month
  from range(${from}, ${from + count}) t(i)`

/** Partition fields that are columns as they are. */
export const byIdentity = (...columns: readonly string[]): PartitionFieldSpec[] =>
  columns.map(column => ({ name: column, column, transform: 'identity' }))

/** A lake in a temporary folder with the table of sales that is shipped, and what happens to such a table. */
export class SalesTable {
  readonly name: string
  readonly store: FolderStore
  readonly catalog: Catalog
  readonly engine: DuckDB
  readonly effects: UpkeepEffects = { now: () => new Date(), signal: new AbortController().signal }
  readonly #parent: string

  static async create(): Promise<SalesTable> {
    const file = join(packageFolder(), 'config', 'tables', 'sales_history.yaml')
    const values = { stage: 'test', region: '' }
    const spec = toTableSpec(parseTableSpec(await readFile(file, 'utf8'), file, values))
    const parent = await mkdtemp(join(tmpdir(), 'stocktake '))
    const tempFolder = join(parent, 'spill')
    const engine = await openDuckDB({ memoryBytes: 500_000_000, threads: 2, tempFolder })
    const sales = new SalesTable(spec.name, parent, engine)
    await sales.catalog.create(spec)
    return sales
  }

  private constructor(name: string, parent: string, engine: DuckDB) {
    this.name = name
    this.#parent = parent
    this.engine = engine
    this.store = new FolderStore(join(parent, 'a lake'))
    this.catalog = filesCatalog(this.store, this.effects)
  }

  async close(): Promise<void> {
    this.engine.close()
    await rm(this.#parent, { recursive: true })
  }

  /** The folder that Hadoop's catalog would call its warehouse. */
  get tablesFolder(): string {
    return this.store.locate('tables')
  }

  async load(): Promise<Table> {
    const table = await this.catalog.load(this.name)
    if (!table) throw new Error(`${this.name}: no such table`)
    return table
  }

  /** Adds the rows of a SELECT that has the table's columns, as a snapshot. */
  async insert(select: string): Promise<Table> {
    const add = await this.#writeFiles(await this.load(), select)
    return this.#change('append', add, () => false)
  }

  /** Puts small files together, by the partitions of now. */
  async compact(): Promise<Table> {
    const options = { dryRun: false, smallBytes: 16_000_000, least: 2 }
    await compactTable(this.name, options, { ...this.effects, catalog: this.catalog, engine: this.engine })
    return this.load()
  }

  /** Removes the files whose partition has a value. */
  dropFiles(field: string, value: string): Promise<Table> {
    return this.#change('delete', [], ({ partition }) => partition[field] === value)
  }

  /** How many files the table is made of. */
  async countFiles(): Promise<number> {
    return (await planFiles(await this.load(), [])).length
  }

  evolve(change: (metadata: TableMetadata, now: Date) => TableMetadata): Promise<Table> {
    return changeMetadata(this.catalog, this.name, ({ metadata }) => change(metadata, new Date()), this.effects)
  }

  /** Takes metadata that an engine with another catalog has written for the table's next state. */
  async adopt(metadataFile: string): Promise<Table> {
    const { version } = await this.load()
    const folder = `tables/${this.name}/metadata`
    const bytes = await this.store.read(`${folder}/${metadataFile}`)
    if (!(await this.store.putIfAbsent(`${folder}/v${version + 1}.metadata.json`, bytes)))
      throw new Error('not the next')
    return this.load()
  }

  #change(operation: Operation, add: readonly DataFile[], drop: (file: DataFile) => boolean): Promise<Table> {
    return changeTable(this.catalog, this.name, async () => ({ operation, add, drop }), this.effects)
  }

  async #writeFiles(table: Table, select: string): Promise<DataFile[]> {
    const folder = join(this.#parent, 'written')
    await mkdir(folder, { recursive: true })
    const files = await writeDataFiles(select, {}, table, { folder, targetBytes: 100_000_000 }, this.engine)
    return storeDataFiles(files, table)
  }
}
