import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listBatches } from '../../src/iceberg/batches.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { UnsupportedTableError } from '../../src/iceberg/errors.js'
import { readTableFile } from '../../src/iceberg/loadManifests.js'
import { formatManifestList, parseManifestList } from '../../src/iceberg/manifestList.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { maintainLake } from '../../src/jobs/maintain.js'
import { retentionOf } from '../../src/jobs/maintainDeclared.js'
import { MAINTAIN_LIMITS, type MaintainLimits } from '../../src/jobs/maintainStep.js'
import { createLake } from '../../src/lake/lake.js'
import { closeTestLake, openTestLake, type TestLake } from '../snapshot/importing.js'
import { appendRows, createSales, EFFECTS, listRows, loadSales, SALES, salesFrom } from '../tables/salesPlace.js'
import { AT_ONCE, maintainEffects } from './maintaining.js'

let root: string
let lakes = 0
let lake: TestLake
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stocktake maintain '))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  lake = await openTestLake(join(root, String(++lakes)))
  await createLake(lake.store, new Date())
  await createSales(lake.store)
  return () => closeTestLake(lake)
})

const insert = (from: number) => appendRows(lake.catalog, salesFrom(from, 10), lake, { batch: `b${from}` })
const maintain = async (limits: MaintainLimits = AT_ONCE, dryRun = false) => {
  const { rows, failures } = await maintainLake({ dryRun, keep: null, limits }, await maintainEffects(lake))
  const done = rows.filter(row => row.subject === SALES.table && (row.count > 0 || row.detail !== null))
  return { failures, done: done.map(({ step, count, detail }) => [step, count, detail]) }
}
const setProperties = (properties: Record<string, string>) =>
  changeMetadata(
    lake.catalog,
    SALES.table,
    ({ metadata }) => ({ ...metadata, properties: { ...metadata.properties, ...properties } }),
    EFFECTS,
  )
const countSnapshots = async () => (await loadSales(lake.catalog)).metadata.snapshots.length

test('files of a declared table are put together, and its states stay for a month', async () => {
  for (const from of [0, 10, 20, 30]) await insert(from)
  const before = await listRows(await loadSales(lake.catalog), lake)
  const limits = { ...MAINTAIN_LIMITS, files: 3 }
  expect(await maintain(limits, true)).toEqual({ failures: [], done: [['merge files', 6, '8 become 2']] })
  expect(await countSnapshots()).toBe(4)
  expect(await maintain(limits)).toEqual({ failures: [], done: [['merge files', 6, '8 become 2']] })
  const table = await loadSales(lake.catalog)
  expect([await listRows(table, lake), (await planFiles(table, [])).length]).toEqual([before, 2])
  expect(await countSnapshots()).toBe(5)
  expect(await maintain(limits)).toEqual({ failures: [], done: [] })
})

test('its own properties say how long states stay; what was inserted is known afterwards', async () => {
  for (const from of [0, 10, 20]) await insert(from)
  await setProperties({ 'history.expire.max-snapshot-age-ms': '0', 'history.expire.min-snapshots-to-keep': '2' })
  const before = await listRows(await loadSales(lake.catalog), lake)
  const { failures, done } = await maintain({ ...AT_ONCE, files: 100 })
  expect(failures).toEqual([])
  expect(done.map(([step, , detail]) => [step, detail])).toContainEqual(['expire states', 'of 2 old states'])
  const table = await loadSales(lake.catalog)
  expect(await countSnapshots()).toBe(2)
  expect([...listBatches(table.metadata)].sort()).toEqual(['b0', 'b10', 'b20'])
  expect(await listRows(table, lake)).toEqual(before)
})

test('one that can not be cared for is told, and the others are done', async () => {
  await insert(0)
  await setProperties({ 'history.expire.max-snapshot-age-ms': 'a week' })
  await lake.store.put('tables/aaa.broken/metadata/v1.metadata.json', Buffer.from('{'))
  for (const from of [10, 20]) await insert(from)
  const { failures, done } = await maintain({ ...MAINTAIN_LIMITS, files: 3 })
  expect(failures.map(({ step }) => step)).toEqual(['aaa.broken', SALES.table])
  expect(failures[1]?.error).toBeInstanceOf(UnsupportedTableError)
  expect(done).toEqual([])
  expect(await countSnapshots()).toBe(4)
})

test('one with delete files keeps its files, and says why', async () => {
  for (const from of [0, 10, 20]) await insert(from)
  const table = await loadSales(lake.catalog)
  const path = currentSnapshot(table.metadata)?.['manifest-list'] ?? ''
  const [first, ...others] = parseManifestList(await readTableFile(table, path), path)
  if (!first) throw new Error('no manifest')
  const list = formatManifestList([{ ...first, content: 'deletes' }, ...others], {
    id: 1n,
    parentId: undefined,
    sequenceNumber: 9,
  })
  await lake.store.put(resolveFile(table, path), list)
  const { failures, done } = await maintain({ ...MAINTAIN_LIMITS, files: 2, manifests: 2 })
  expect(failures).toEqual([])
  expect(done).toEqual([['merge files', 0, expect.stringMatching(/^left as they are: delete files/)]])
  expect(await loadSales(lake.catalog)).toMatchObject({ version: table.version })
})

test.each([
  [{}, { keep: 100, graceMs: 30 * 86_400_000 }],
  [{ 'history.expire.max-snapshot-age-ms': '432000000' }, { keep: 100, graceMs: 432_000_000 }],
  [{ 'history.expire.min-snapshots-to-keep': '0' }, { keep: 1, graceMs: 30 * 86_400_000 }],
])('of properties %j the retention is %j', (properties, expected) =>
  expect(retentionOf({ location: 'somewhere', properties }, MAINTAIN_LIMITS)).toEqual(expected),
)

test.each(['-1', '1.5', 'NaN', ''])('a retention of %j is refused', text => {
  const properties = { 'history.expire.max-snapshot-age-ms': text }
  expect(() => retentionOf({ location: 'somewhere', properties }, MAINTAIN_LIMITS)).toThrow(UnsupportedTableError)
})
