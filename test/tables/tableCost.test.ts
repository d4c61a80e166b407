import { expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import { type CostFacts, monthlyCost } from '../../src/tables/tableCost.js'

const GB = 2 ** 30
const TB = 2 ** 40
const NOTHING: CostFacts = { storedBytes: 0, catalogObjects: 0, queriesPerMonth: 0, scannedBytes: [] }

test.each<[what: string, facts: Partial<CostFacts>, usd: Partial<ReturnType<typeof monthlyCost>>]>([
  ['nothing', {}, { storage: 0, catalog: 0, queries: 0, total: 0 }],
  ['100 GB', { storedBytes: 100 * GB }, { storage: 2.3, total: 2.3 }],
  ['a million tables, which are free', { catalogObjects: 1_000_000 }, { catalog: 0 }],
  ['half of 100,000 more', { catalogObjects: 1_050_000 }, { catalog: 0.5 }],
  ['a TB scanned twice', { queriesPerMonth: 2, scannedBytes: [TB] }, { queries: 10, total: 10 }],
  ['queries of 1 TB and 3 TB in turn', { queriesPerMonth: 10, scannedBytes: [TB, 3 * TB] }, { queries: 100 }],
  // 10 MB is the least: 1,048,576 queries of it are 10 TB.
  ['tiny queries', { queriesPerMonth: 2 ** 20, scannedBytes: [1] }, { queries: 50 }],
  ['none of which it is known what they read', { queriesPerMonth: 1000 }, { queries: 0 }],
  [
    'all together',
    { storedBytes: 100 * GB, catalogObjects: 1_100_000, queriesPerMonth: 2, scannedBytes: [TB] },
    { storage: 2.3, catalog: 1, queries: 10, total: 13.3 },
  ],
])('%s', (_, facts, usd) => {
  const cost = monthlyCost({ ...NOTHING, ...facts }, DEFAULT_PRICES)
  for (const [name, expected] of Object.entries(usd)) expect(Reflect.get(cost, name), name).toBeCloseTo(expected, 9)
})
