import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { listingCost } from '../../src/snapshot/listingCost.js'
import { loadReport, runReport } from '../../src/snapshot/report.js'
import { SNAPSHOTS } from '../../src/snapshot/tables.js'
import { openModelEngine } from '../models/inputs.js'
import { selectOf } from './handmadeLake.js'

let engine: DuckDB
beforeAll(async () => {
  engine = await openModelEngine()
})
afterAll(() => engine.close())

interface Made {
  readonly source?: 'inventory' | 'api'
  readonly rows: number
  readonly rejected?: number
  readonly lists?: number
  readonly gets?: number
}

const selectReceipt = ({ source = 'inventory', rows, rejected = 0, lists = 0, gets = 0 }: Made) =>
  selectOf(SNAPSHOTS, {
    connector: `'photos'`,
    snapshot: `'2026-01-20T01-00Z'`,
    source: `'${source}'`,
    scope: `''`,
    row_count: String(rows),
    rejected_row_count: String(rejected),
    list_requests: String(lists),
    get_requests: String(gets),
  })

async function savingsOf(made: Made, params: Record<string, number | string | null> = {}) {
  const report = loadReport('savings', { ...DEFAULT_PRICES, connector: null, ...params })
  const { rows } = await runReport(report, { snapshots: selectReceipt(made) }, engine)
  const all = []
  for await (const row of rows) all.push(row)
  return all
}

test.each<[what: string, made: Made, expected: Record<string, unknown>]>([
  [
    'ten million objects', // 10,001 LIST are 0.050005 USD, 10,000,100 objects of an inventory 0.02500025
    { rows: 10_000_100, lists: 2, gets: 12 },
    {
      ...{ listed_count: 10_000_100n, list_requests: 2n, get_requests: 12n, listing_requests: 10_001n },
      ...{ requests_usd: 0.0000148, listing_usd: 0.050005, inventory_usd: 0.02500025, saved_usd: 0.02498995 },
    },
  ],
  ['malformed rows, too', { rows: 999, rejected: 2 }, { listed_count: 1001n, listing_requests: 2n }],
  ['nothing', { rows: 0 }, { listing_requests: 1n, listing_usd: 0.000005, inventory_usd: 0, saved_usd: 0.000005 }],
  [
    'a report of few objects, which is dearer than a listing',
    { rows: 500, lists: 3, gets: 3 },
    { requests_usd: 0.0000162, listing_usd: 0.000005, saved_usd: -0.00001245 },
  ],
  [
    'a scan, which has no inventory',
    { source: 'api', rows: 5000, lists: 5 },
    { listing_requests: 5n, inventory_usd: 0, saved_usd: 0 },
  ],
])('savings of %s', async (_, made, expected) => {
  const [row] = await savingsOf(made)
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value === 'number') expect(row?.[name], name).toBeCloseTo(value, 12)
    else expect(row?.[name], name).toBe(value)
  }
})

test.each([0, 1, 999, 1000, 1001, 123_456_789])(
  'savings and the import tell the same of listing %d rows',
  async rows => {
    const [row] = await savingsOf({ rows })
    const { requests, usd } = listingCost(BigInt(rows), DEFAULT_PRICES)
    expect(row).toMatchObject({ listing_requests: BigInt(requests) })
    expect(row?.listing_usd).toBeCloseTo(usd, 12)
  },
)

test('other prices are other savings, and another connector has none', async () => {
  const [row] = await savingsOf({ rows: 2000, gets: 1000 }, { list_per_thousand: 1, get_per_thousand: 3 })
  expect(row).toMatchObject({ requests_usd: 3, listing_usd: 0.002 })
  expect(await savingsOf({ rows: 1 }, { connector: 'other' })).toEqual([])
})

test('the values are doubles and longs', async () => {
  const report = loadReport('savings', { ...DEFAULT_PRICES, list_per_thousand: 1, connector: null })
  const { columns } = await runReport(report, { snapshots: selectReceipt({ rows: 1 }) }, engine)
  expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toMatchObject({
    ...{ listed_count: 'BIGINT', listing_requests: 'BIGINT', list_requests: 'BIGINT' },
    ...{ requests_usd: 'DOUBLE', listing_usd: 'DOUBLE', inventory_usd: 'DOUBLE', saved_usd: 'DOUBLE' },
  })
})
