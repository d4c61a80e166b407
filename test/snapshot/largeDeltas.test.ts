import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BENCH_BUCKET, BENCH_REPORT, makeBenchReport } from '../../bench/benchReport.js'
import { parseConnector } from '../../src/config/connector.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { withDelta } from '../../src/snapshot/comparedObjects.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { CHANGES } from '../../src/snapshot/tables.js'
import { closeTestLake, importOne, openTestLake, readImport, type TestLake } from './importing.js'

// Snapshots of several files and row groups, in the memory that there is by default.
const ROWS = 400_000

let lake: TestLake
let reports: string
let receipts: Receipt[]
beforeAll(async () => {
  lake = await openTestLake()
  reports = await mkdtemp(join(tmpdir(), 'large deltas '))
  const inventory = { destination_bucket: './x', prefix: 'inventory', config_name: 'daily' }
  const connector = parseConnector('large', { source_bucket: BENCH_BUCKET, inventory }, reports)
  receipts = []
  for (const variant of [
    { snapshot: BENCH_REPORT, changed: 'false' },
    { snapshot: '2026-01-21T01-00Z', changed: 'i % 1000 = 0' },
    { snapshot: '2026-01-22T01-00Z', changed: "key >= 'photos/2014/' and key < 'photos/2014/Shoot 002'" },
  ]) {
    const { folder } = await makeBenchReport(ROWS, reports, variant)
    receipts.push(await importOne(lake, { connector, reports: new FolderStore(folder) }))
    await rm(folder, { recursive: true })
  }
})
afterAll(async () => {
  await closeTestLake(lake)
  await rm(reports, { recursive: true })
})

const of = (i: number): Receipt => {
  const receipt = receipts[i]
  if (!receipt) throw new Error(`no receipt ${i}`)
  return receipt
}

/** What the delta finds: changes by key, and how. */
const readDelta = (older: Receipt, newer: Receipt, prefix = '') =>
  withDelta(
    older,
    newer,
    lake,
    async ({ changes, method }) => {
      const rows = await lake.engine.rows(
        `select key, change, e_tag_before, e_tag_after from (${changes}) order by key`,
      )
      return { method, rows }
    },
    prefix,
  )

test('changes anywhere are found by reading all, as the import found them', async () => {
  const stored = await readImport(lake, CHANGES, of(1).import_id)
  const { method, rows } = await readDelta(of(0), of(1))
  expect(method).toBe('all')
  expect(rows).toHaveLength(stored.length)
  expect(new Map(rows.map(({ key, change }) => [key, change]))).toEqual(
    new Map(stored.map(({ key, change }) => [key, change])),
  )
  expect(rows.length).toBeGreaterThan(ROWS / 1100)
})

test('changes of neighbours are found by reading what is around them', async () => {
  const { method, rows } = await readDelta(of(0), of(2))
  expect(method).toBe('folders')
  const keys = rows.map(({ key }) => String(key))
  expect(keys.length).toBeGreaterThan(1000)
  expect(keys.filter(key => !key.startsWith('photos/2014/Shoot 00'))).toEqual([])
  const all = await lake.engine.rows(
    `with a as (select key, e_tag from read_parquet($a)), b as (select key, e_tag from read_parquet($b))
    select coalesce(a.key, b.key) as key from a full join b on a.key = b.key where a.e_tag is distinct from b.e_tag order by 1`,
    { a: filesOf(of(0)), b: filesOf(of(2)) },
  )
  expect(keys).toEqual(all.map(({ key }) => key))
})

test('with a prefix only keys that start so are compared', async () => {
  const all = await readDelta(of(0), of(1))
  const some = await readDelta(of(0), of(1), 'logs/app/dt=2026-02/')
  expect(some.rows.length).toBeGreaterThan(10)
  expect(some.rows).toEqual(all.rows.filter(({ key }) => String(key).startsWith('logs/app/dt=2026-02/')))
})

const filesOf = ({ connector, dt, import_id }: Receipt): string =>
  `${lake.store.locate('tables/objects_v1/data')}/connector=${connector}/dt=${dt}/import_id=${import_id}/*.parquet`
