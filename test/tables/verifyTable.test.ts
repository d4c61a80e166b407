import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import { BATCH_SUMMARY } from '../../src/iceberg/batches.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { Check } from '../../src/snapshot/connectorChecks.js'
import { storeDataFiles } from '../../src/tables/storeDataFiles.js'
import { listTableQueries } from '../../src/tables/tableQueries.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'
import { verifyTable } from '../../src/tables/verifyTable.js'
import { writeDataFiles } from '../../src/tables/writeDataFiles.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const EFFECTS = { now: () => new Date('2026-01-20T00:00:00Z'), sleep: async () => undefined, random: () => 0.5 }

const TEXT = `database: shop
table: sales
columns:
  - { name: id, type: long, required: true, comment: whose }
  - { name: sold, type: timestamp, required: true }
  - { name: year, type: int, from: year(sold) }
partition: [{ column: year, transform: identity }]
properties: { owner: me }
queries: own
`
const declare = (text = TEXT) => parseTableSpec(text, 'sales.yaml', { stage: 'dev', region: '' })

/** Ten rows in each of three years. */
const ROWS = `select i as id, timestamp '2023-06-01' + to_years(i::int % 3) as sold, cast(2023 + i % 3 as int) as year
  from range(30) t(i)`

interface Place {
  readonly folder: string
  readonly store: FolderStore
  readonly catalog: ReturnType<typeof filesCatalog>
}

async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(open.folder, 'a lake '))
  const store = new FolderStore(folder)
  return { folder, store, catalog: filesCatalog(store, EFFECTS) }
}

async function append(
  { catalog }: Place,
  select: string,
  batch?: string,
  alter = (file: DataFile): DataFile => file,
): Promise<void> {
  const table = await load(catalog)
  const folder = await mkdtemp(join(open.folder, 'work '))
  const local = await writeDataFiles(select, {}, table, { folder, targetBytes: 1e8 }, open.engine)
  const add = (await storeDataFiles(local, table)).map(alter)
  const summary: Record<string, string> = batch === undefined ? {} : { [BATCH_SUMMARY]: batch }
  const change = async () => ({ operation: 'append' as const, add, drop: () => false, summary })
  await changeTable(catalog, table.name, change, EFFECTS)
}

async function load(catalog: Place['catalog']): Promise<Table> {
  const table = await catalog.load('shop.sales')
  if (table) return table
  throw new Error('no table')
}

async function openShop(select = ROWS): Promise<Place> {
  const place = await openPlace()
  await place.catalog.create(toTableSpec(declare()))
  await append(place, select, 'first')
  return place
}

async function verify({ catalog, folder }: Place, text = TEXT): Promise<Check[]> {
  const effects = {
    ...{ catalog, engine: open.engine, now: EFFECTS.now, registerOthers: async () => undefined },
    listQueries: (declared: ReturnType<typeof declare>) => listTableQueries([declared], folder),
  }
  const options = { queriesPerMonth: 1000, slowQueryMs: 30_000, prices: DEFAULT_PRICES }
  const checks: Check[] = []
  for await (const check of verifyTable(declare(text), options, effects)) checks.push(check)
  return checks
}

const statuses = (checks: readonly Check[]) => checks.map(({ status, check }) => `${status} ${check}`)
const failures = (checks: readonly Check[]) =>
  checks.filter(({ status }) => status === 'fail').map(({ check, found }) => `${check}: ${found}`)

/** Where the table's data files are, in the order of the years. */
async function dataFiles({ catalog, store }: Place): Promise<string[]> {
  const table = await load(catalog)
  const files = (await planFiles(table, [])).map(({ path }) => store.locate(resolveFile(table, path)))
  return files.sort()
}

test('of a sound table every step is told', async () => {
  const place = await openShop()
  expect(statuses(await verify(place))).toEqual([
    ...['ok database', 'ok table', 'ok columns', 'ok types', 'ok required', 'ok comments', 'ok partition'],
    ...['ok sort order', 'ok properties', 'ok data', 'ok files', 'ok readable', 'ok rows', 'ok filled'],
    ...['warn query', 'ok snapshots', 'ok storage', 'ok file sizes', 'ok cost'],
  ])
})

test('what it says of the rows is what is there', async () => {
  const checks = await verify(await openShop())
  const found = (name: string) => checks.find(({ check }) => check === name)?.found
  expect(found('data')).toMatch(/^30 rows in 3 files, [\d.]+ k?B$/)
  expect(found('rows')).toBe('DuckDB counts 30, as the manifests do')
  expect(found('filled')).toBe('year = year(sold) in all rows')
  expect(found('snapshots')).toBe('1 snapshot, 1 batch')
  expect(found('cost')).toBe(
    '<0.01 USD a month in S3 Standard, Glue and Athena: storage <0.01 USD, catalog 0 USD, queries not counted; by the prices of us-east-1 on 2026-11-21',
  )
})

test('a query of one’s own answers; a file that is none is told', async () => {
  const place = await openShop()
  const folder = join(place.folder, 'own')
  await place.store.put('own/by_year.sql', Buffer.from('select year, count(*) as n from sales group by year'))
  await writeFile(join(folder, 'zzz.sql'), '-- defaults: $x 1\nselect 1')
  const query = (await verify(place)).filter(({ check }) => check === 'query')
  expect(query.map(({ status, found }) => `${status} ${found}`)).toEqual([
    expect.stringMatching(/^warn .*zzz\.sql/),
    'ok by_year: 3 rows in 0 ms',
  ])
})

describe('without', () => {
  test('any table of its database', async () => {
    expect(failures(await verify(await openPlace()))).toEqual([
      'database: shop: no tables in this lake',
      'table: shop.sales: none in this lake',
    ])
  })

  test('rows', async () => {
    const place = await openPlace()
    await place.catalog.create(toTableSpec(declare()))
    const checks = await verify(place)
    expect(failures(checks)).toEqual([])
    expect(statuses(checks).slice(-5)).toEqual([
      ...['warn data', 'ok snapshots', 'ok storage', 'ok file sizes', 'ok cost'],
    ])
  })

  test('the rows that it had', async () => {
    const place = await openShop()
    const change = async () => ({ operation: 'delete' as const, add: [], drop: () => true })
    await changeTable(place.catalog, 'shop.sales', change, EFFECTS)
    const checks = await verify(place)
    expect(failures(checks)).toEqual(['data: no rows any more'])
    expect(checks.find(({ check }) => check === 'data')?.fix).toBe(
      'stocktake tables history sales shows what took them; or stocktake tables insert sales FILE',
    )
  })

  test('metadata that can be read', async () => {
    const place = await openShop()
    await place.store.put('tables/shop.sales/metadata/v3.metadata.json', Buffer.from('{"format-version": 2'))
    expect(failures(await verify(place))).toEqual([expect.stringMatching(/^table: .*v3\.metadata\.json/)])
  })

  test('a manifest', async () => {
    const place = await openShop()
    for await (const { key } of place.store.list('tables/shop.sales/metadata/'))
      if (/\.avro$/.test(key) && !/snap-/.test(key)) await place.store.remove(key)
    expect(failures(await verify(place))).toEqual([expect.stringMatching(/^data: .*\.avro/)])
  })
})

describe('otherwise than declared', () => {
  test.each<[what: string, from: string, to: string, told: string]>([
    ['a column is missing', 'partition:', '  - { name: note, type: string }\npartition:', 'fail columns'],
    ['a column is another type', 'type: long', 'type: string', 'fail types'],
    ['a column may be NULL', 'type: int,', 'type: int, required: true,', 'fail required'],
    ['a comment', 'whose', 'its', 'warn comments'],
    ['the partition', 'transform: identity', "transform: 'bucket[4]', name: b", 'fail partition'],
    ['the order', 'properties:', 'sort: [{ column: id }]\nproperties:', 'fail sort order'],
    ['a property', 'owner: me', 'owner: you', 'warn properties'],
  ])('%s', async (_, from, to, told) => {
    const checks = await verify(await openShop(), TEXT.replace(from, to))
    expect(statuses(checks)).toContain(told)
    expect(statuses(checks).filter(status => !status.startsWith('ok') && status !== 'warn query')).toEqual([told])
    expect(checks.find(({ status, check }) => `${status} ${check}` === told)?.fix).toMatch(/tables|declare/)
  })
})

test("another engine's column that no file can declare is no fault", async () => {
  const place = await openShop()
  const type = parseTypeText('struct<a: int, b: list<string>>', 'meta')
  await rewrite(place, metadata => evolveSchema(metadata, [{ kind: 'add', name: 'meta', type }], EFFECTS.now()))
  const checks = await verify(place)
  expect(failures(checks)).toEqual([])
  expect(checks.find(({ check }) => check === 'columns')).toEqual({
    ...{ status: 'warn', check: 'columns' },
    found: 'column meta: declared none, found struct<a: int, b: list<string>>',
    fix: 'it stays for whoever fills it; or stocktake tables evolve sales --drop meta',
  })
})

describe('damage is found', () => {
  test('a file that is gone', async () => {
    const place = await openShop()
    const [first = ''] = await dataFiles(place)
    await rm(first)
    expect(failures(await verify(place))).toEqual([
      expect.stringMatching(/^files: 1 of 3 files: .*year=2023.* is gone$/),
    ])
  })

  test('a file that was cut', async () => {
    const place = await openShop()
    const [, second = ''] = await dataFiles(place)
    await truncate(second, 100)
    expect(failures(await verify(place))).toEqual([
      expect.stringMatching(/^files: 1 of 3 files: .*year=2024.* has 100 bytes instead of \d+$/),
    ])
  })

  test('a file of the right size that is no Parquet', async () => {
    const place = await openShop()
    const [, , third = ''] = await dataFiles(place)
    const bytes = await place.store.read(third.slice(place.folder.length + 1))
    await writeFile(third, Buffer.alloc(bytes.length, 'x'))
    expect(failures(await verify(place))).toEqual([
      expect.stringMatching(/^readable: 1 of 3 files: .*year=2025.* can't be read/),
    ])
  })

  test('a file of other rows than its manifest counts', async () => {
    const place = await openPlace()
    await place.catalog.create(toTableSpec(declare()))
    await append(place, ROWS, undefined, file => ({ ...file, recordCount: file.recordCount + 1 }))
    expect(failures(await verify(place))).toEqual([
      expect.stringMatching(/^readable: 3 of 3 files: .* has 10 rows, not 11;/),
    ])
  })

  test('a column that is filled wrongly', async () => {
    const place = await openShop(ROWS.replace('2023 + i % 3', '2023 + i % 3 + (i = 4)::int'))
    expect(failures(await verify(place))).toEqual(["filled: year = year(sold) doesn't hold in 1 row"])
  })

  test('sums that are not those of the manifests', async () => {
    const place = await openShop()
    await rewrite(place, metadata => ({
      ...metadata,
      snapshots: metadata.snapshots.map(each => ({ ...each, summary: { ...each.summary, 'total-records': '29' } })),
    }))
    expect(failures(await verify(place))).toEqual(['snapshots: 1 snapshot, 1 batch: total-records is 29, counted 30'])
  })

  test('a batch that is in it twice', async () => {
    const place = await openShop()
    await append(place, ROWS, 'first')
    expect(failures(await verify(place))).toEqual(['snapshots: 2 snapshots, 1 batch: batch first was inserted twice'])
  })

  test('an earlier state without its list of manifests', async () => {
    const place = await openShop()
    const [snapshot] = (await load(place.catalog)).metadata.snapshots
    await append(place, ROWS, 'second')
    await place.store.remove(`tables/shop.sales/metadata/${snapshot?.['manifest-list'].replace(/.*\//, '')}`)
    expect(failures(await verify(place))).toEqual([
      `snapshots: 2 snapshots, 2 batches: the manifest list of ${snapshot?.['snapshot-id']} is gone`,
    ])
  })
})

async function rewrite({ catalog }: Place, change: (metadata: TableMetadata) => TableMetadata): Promise<void> {
  const table = await load(catalog)
  await catalog.commit(table, change(table.metadata))
}

test('many small files of a partition are told', async () => {
  const place = await openShop()
  for (let i = 0; i < 11; i++) await append(place, ROWS)
  const checks = await verify(place)
  expect(failures(checks)).toEqual([])
  expect(checks.find(({ check }) => check === 'file sizes')).toMatchObject({
    ...{ status: 'warn', found: expect.stringMatching(/, 12 in a partition/), fix: 'stocktake maintain merges them' },
  })
})
