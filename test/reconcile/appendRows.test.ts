import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendRows } from '../../src/reconcile/appendRows.js'
import { StagedFilesLostError } from '../../src/snapshot/dataFiles.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { METRICS } from '../../src/snapshot/tables.js'
import { closeHandmadeLake, type HandmadeLake } from '../snapshot/handmadeLake.js'
import { openReconcileLake } from './reconcileLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
})
afterEach(() => closeHandmadeLake(lake))

const rows = (run: string, count: number): string =>
  `select '${run}' as run_id, cast('2026-01-20' as timestamp) as run_at, 'm' as metric, cast(null as varchar) as dataset,
    1e0 as value from range(${count})`
const effects = () => ({ ...lake, now: () => new Date('2026-01-20T01:00Z') })

test('what is appended is there', async () => {
  expect(await appendRows(METRICS, rows('r1', 2), 'r1', effects())).toBe(true)
  expect(await appendRows(METRICS, rows('r2', 3), 'r2', effects())).toBe(true)
  const table = await lake.catalog.load(METRICS.name)
  const select = table ? await selectLoaded(table, []) : ''
  expect(await lake.engine.rows(`select run_id, count(*) as n from (${select}) group by 1 order by 1`)).toEqual([
    { run_id: 'r1', n: 2n },
    { run_id: 'r2', n: 3n },
  ])
})

test.each([0, 2])('%i rows count only where nobody was quicker', async count => {
  const base = await lake.catalog.create(METRICS)
  expect(await appendRows(METRICS, rows('r1', count), 'r1', effects(), base)).toBe(true)
  await appendRows(METRICS, rows('other', 1), 'other', effects())
  expect(await appendRows(METRICS, rows('r2', count), 'r2', effects(), base)).toBe(false)
  const keys: string[] = []
  for await (const { key } of base.store.list(`tables/${METRICS.name}/data/`)) keys.push(key)
  expect(keys.some(key => key.includes('r2'))).toBe(false)
})

test('rows whose file was removed while the process slept are not committed', async () => {
  await appendRows(METRICS, rows('r1', 1), 'r1', effects())
  const version = (await lake.catalog.load(METRICS.name))?.version
  let hour = 1
  const catalog: HandmadeLake['catalog'] = {
    ...lake.catalog,
    async load(name) {
      hour = 3
      const table = await lake.catalog.load(name)
      await table?.store.remove(`tables/${METRICS.name}/data/r2.parquet`)
      return table
    },
  }
  const sleepy = { ...lake, catalog, now: () => new Date(Date.UTC(2026, 0, 20, hour)) }
  await expect(appendRows(METRICS, rows('r2', 1), 'r2', sleepy)).rejects.toThrow(StagedFilesLostError)
  expect((await lake.catalog.load(METRICS.name))?.version).toBe(version)
})
