import { afterEach, beforeEach, expect, test } from 'vitest'
import { planFiles } from '../../src/iceberg/plan.js'
import { appendRows } from '../../src/reconcile/appendRows.js'
import { thinGaps } from '../../src/reconcile/thinGaps.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { GAPS } from '../../src/snapshot/tables.js'
import { closeHandmadeLake, type HandmadeLake, selectOf } from '../snapshot/handmadeLake.js'
import { openReconcileLake } from './reconcileLake.js'

const DAY_MS = 86_400_000
const OPTIONS = { afterMs: 30 * DAY_MS, least: 1, dryRun: false }
const effects = () => ({ ...lake, now: () => new Date('2026-03-15T12:00Z') })

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
  // 13 February is the first day of which every row stays.
  for (const run of [
    '2026-02-11 01:00',
    '2026-02-11 07:00',
    '2026-02-11 13:00',
    '2026-02-12 01:00',
    '2026-02-12 05:00',
    '2026-02-12 23:59',
    '2026-02-13 01:00',
    '2026-02-13 02:00',
  ])
    await appendRun(run, ['g1', 'g2'])
  await appendRun('2026-02-11 05:00', ['g3'])
})
afterEach(() => closeHandmadeLake(lake))

async function appendRun(run: string, gaps: readonly string[]): Promise<void> {
  const select = gaps.map(gap =>
    selectOf(GAPS, { run_id: `'${run}'`, run_at: `'${run}'`, gap_id: `'${gap}'`, found: `'${run}'` }),
  )
  await appendRows(GAPS, select.join(' union all '), `run-${run.replace(/\D/g, '')}`, effects())
}

async function stored(): Promise<string[]> {
  const table = await lake.catalog.load(GAPS.name)
  const rows = await lake.engine.rows(
    `select gap_id, run_id from (${table ? await selectLoaded(table, []) : ''}) order by all`,
  )
  return rows.map(({ gap_id, run_id }) => `${gap_id} ${run_id}`)
}

async function shown(): Promise<unknown> {
  await registerViews(['gaps'], lake)
  return lake.engine.rows('select * from gaps order by gap_id')
}

test('of long past days the first and the last row of each gap stay; what the view shows is as it was', async () => {
  const before = await shown()
  expect(await thinGaps(OPTIONS, effects())).toBe(4)
  const days = ['2026-02-11 01:00', '2026-02-11 13:00', '2026-02-12 01:00', '2026-02-12 23:59']
  const kept = [...days, '2026-02-13 01:00', '2026-02-13 02:00']
  expect(await stored()).toEqual([
    ...kept.map(run => `g1 ${run}`),
    ...kept.map(run => `g2 ${run}`),
    'g3 2026-02-11 05:00',
  ])
  expect(await shown()).toEqual(before)
  const table = await lake.catalog.load(GAPS.name)
  expect(table && (await planFiles(table, []))).toHaveLength(3)
  expect(await thinGaps(OPTIONS, effects())).toBe(0)
})

test('a dry run, and too few rows, change nothing', async () => {
  const before = (await lake.catalog.load(GAPS.name))?.version
  expect(await thinGaps({ ...OPTIONS, dryRun: true }, effects())).toBe(4)
  expect(await thinGaps({ ...OPTIONS, least: 5 }, effects())).toBe(0)
  expect((await lake.catalog.load(GAPS.name))?.version).toBe(before)
})

test('a run that comes meanwhile keeps its rows', async () => {
  let raced = false
  const catalog: HandmadeLake['catalog'] = {
    ...lake.catalog,
    async commit(base, next) {
      if (!raced) {
        raced = true
        await appendRun('2026-03-15 12:00', ['g1'])
      }
      return lake.catalog.commit(base, next)
    },
  }
  expect(await thinGaps(OPTIONS, { ...effects(), catalog })).toBe(4)
  expect(await stored()).toContain('g1 2026-03-15 12:00')
  const staged = []
  for await (const { key } of (await lake.catalog.create(GAPS)).store.list('tables/gaps_v1/data/'))
    if (key.includes('thinned')) staged.push(key)
  expect(staged).toHaveLength(1)
})
