import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { rollBack } from '../../src/iceberg/ancestry.js'
import type { PartitionFieldSpec } from '../../src/iceberg/catalog.js'
import { evolveSchema, type SchemaChange } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { environmentFolder, hasEnvironment } from '../oracles/pythonEnvironment.js'
import { expectSameRows, type Filter } from './readEverywhere.js'
import { byIdentity, SalesTable, selectSales } from './salesTable.js'

const servers = { trino: inject('trino') ?? '', spark: inject('spark') ?? '' }
const isComplete = servers.trino !== '' && servers.spark !== '' && hasEnvironment(environmentFolder())

/** As the shop first wanted them, and what became of that. */
const FIRST_CHANGES: readonly SchemaChange[] = [
  { kind: 'add', name: 'tags', type: parseTypeText('list<string>', 'tags'), doc: 'what sellers say' },
  { kind: 'rename', name: 'sold_price', to: 'price' },
  { kind: 'widen', name: 'price', type: 'decimal(18,2)' },
  { kind: 'relax', name: 'tenant_id' },
  { kind: 'drop', name: 'source' },
]
const LATER_CHANGES: readonly SchemaChange[] = [
  { kind: 'add', name: 'source', type: 'string' }, // another column than the one that had this name
  { kind: 'drop', name: 'tags' },
]

const selectTaggedSales = (from: number, count: number): string => `
  select * exclude (sold_price, source), sold_price as price, [product_id, null, ''] as tags
  from (${selectSales(from, count)})`

const selectLaterSales = (from: number, count: number): string => `
  select * exclude (tags), 'later' as source from (${selectTaggedSales(from, count)})`

/** By what is a partition of all files, and of newer ones only; by bounds, of a renamed column too. */
const FILTERS: readonly Filter[] = [
  {
    where: 'year = 2024 and month = 12',
    predicates: [
      { column: 'year', op: '=', value: 2024 },
      { column: 'month', op: '=', value: 12 },
    ],
  },
  { where: "tenant_id = 'tenant-1'", predicates: [{ column: 'tenant_id', op: '=', value: 'tenant-1' }] },
  { where: 'price >= 99999999.99', predicates: [{ column: 'price', op: '>=', value: '99999999.99' }] },
  { where: 'brand is null', predicates: [{ column: 'brand', op: 'is-null' }] },
]

const TRANSFORMED: readonly PartitionFieldSpec[] = [
  { name: 'product_bucket', column: 'product_id', transform: 'bucket[4]' },
  { name: 'brand_start', column: 'brand', transform: 'truncate[7]' },
  { name: 'sold_day', column: 'sold_date', transform: 'day' },
]

const TRANSFORMED_FILTERS: readonly Filter[] = [
  {
    where: "product_id = 'product-with-a-long-name-000307😀'",
    predicates: [{ column: 'product_id', op: '=', value: 'product-with-a-long-name-000307😀' }],
  },
  { where: "brand = 'Brand 3'", predicates: [{ column: 'brand', op: '=', value: 'Brand 3' }] },
  {
    where: "sold_date < timestamp '2024-12-01 00:00:00'",
    predicates: [{ column: 'sold_date', op: '<', value: '2024-12-01T00:00:00' }],
  },
]

describe.skipIf(!isComplete)('Stocktake, DuckDB, pyiceberg, Trino and Spark see the same rows', () => {
  let sales: SalesTable
  let rows: readonly string[]
  beforeAll(async () => {
    sales = await SalesTable.create()
  })
  afterAll(() => sales.close())

  const readAll = async (filter?: Filter) => (await expectSameRows(sales, servers, filter ? { filter } : {})).rows

  test('of a table without a snapshot', async () => {
    expect(await readAll()).toEqual([])
  })

  test('once it is loaded', async () => {
    await sales.insert(selectSales(0, 100))
    expect(await readAll()).toHaveLength(100)
  })

  test('after another insert', async () => {
    await sales.insert(selectSales(100, 20))
    expect(await readAll()).toHaveLength(120)
  })

  test('after columns were added, renamed, widened and dropped', async () => {
    await sales.evolve((metadata, now) => evolveSchema(metadata, FIRST_CHANGES, now))
    expect(await readAll()).toHaveLength(120)
    await sales.insert(selectTaggedSales(120, 20))
    const { columns } = await expectSameRows(sales, servers)
    expect(columns).toEqual(expect.arrayContaining(['price decimal(18,2)', 'tags list<string>']))
  })

  test("after a column of a dropped one's name was added", async () => {
    await sales.evolve((metadata, now) => evolveSchema(metadata, LATER_CHANGES, now))
    await sales.insert(selectLaterSales(140, 10))
    rows = await readAll()
    expect(rows).toHaveLength(150)
    expect(rows.filter(row => row.endsWith(',"later"]'))).toHaveLength(10)
    expect(rows.filter(row => row.endsWith(',null]'))).toHaveLength(140)
  })

  test('after partitions were evolved', async () => {
    await sales.evolve((metadata, now) => evolveSpec(metadata, byIdentity('tenant_id', 'year', 'month'), now))
    await sales.insert(selectLaterSales(150, 30))
    expect(await readAll()).toHaveLength(180)
  })

  test.each(FILTERS)('where $where', async filter => {
    const found = await readAll(filter)
    expect(found.length).toBeGreaterThan(0)
    expect(found.length).toBeLessThan(180)
  })

  test('as of the first snapshot, with the columns of then', async () => {
    const [first] = (await sales.load()).metadata.snapshots
    const options = { readers: ['pyiceberg', 'Trino', 'Spark'], snapshotId: first?.['snapshot-id'] ?? 0n } as const
    const { columns, rows } = await expectSameRows(sales, servers, options)
    expect(columns).toContain('sold_price decimal(10,2)')
    expect(rows).toHaveLength(100)
  })

  // Spark can't read older snapshots from here on, of tables of its own either: it takes the partition's value for an int.
  test('after a column that partitions by was widened', async () => {
    await sales.evolve((metadata, now) => evolveSchema(metadata, [{ kind: 'widen', name: 'year', type: 'long' }], now))
    await sales.insert(selectLaterSales(180, 5))
    const { columns, rows } = await expectSameRows(sales, servers)
    expect(columns).toContain('year long')
    expect(rows).toHaveLength(185)
  })

  test('after a rollback, and an insert after that', async () => {
    const before = (await sales.load()).metadata.snapshots.at(-3)
    await sales.evolve((metadata, now) => rollBack(metadata, before?.['snapshot-id'] ?? 0n, now))
    expect(await readAll()).toEqual(rows)
    await sales.insert(selectLaterSales(200, 10))
    rows = await readAll()
    expect(rows).toHaveLength(160)
  })

  test('after manifests were merged', async () => {
    const options = { least: 2, dryRun: false }
    const { before, after } = await rewriteManifests(sales.catalog, sales.name, options, sales.effects)
    expect(after).toBeLessThan(before)
    expect(await readAll()).toEqual(rows)
  })

  test('after old snapshots expired, and the files that only they had are gone', async () => {
    const options = { keep: 1, graceMs: -1, dryRun: false }
    const { removedFiles } = await expireSnapshots(sales.catalog, sales.name, options, sales.effects)
    expect(removedFiles).toBeGreaterThan(0)
    expect((await sales.load()).metadata.snapshots).toHaveLength(1)
    expect(await readAll()).toEqual(rows)
  })

  test('after files were compacted', async () => {
    const before = await sales.countFiles()
    await sales.compact()
    expect(await sales.countFiles()).toBeLessThan(before)
    expect(await readAll()).toEqual(rows)
  })

  test('after files of a partition were dropped', async () => {
    await sales.dropFiles('tenant_id', 'tenant-1')
    expect(await readAll()).toEqual(rows.filter(row => !row.includes('"tenant-1"')))
  })

  test('after an insert by partitions of other transforms', async () => {
    await sales.evolve((metadata, now) => evolveSpec(metadata, TRANSFORMED, now))
    const before = await sales.countFiles()
    await sales.insert(selectLaterSales(300, 30))
    expect(await sales.countFiles()).toBeGreaterThan(before + 20)
    rows = await readAll()
  })

  test.each(TRANSFORMED_FILTERS)('where $where', async filter => {
    const found = await readAll(filter)
    expect(found.length).toBeGreaterThan(0)
    expect(found.length).toBeLessThan(rows.length)
  })
})
