import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { maintainLake } from '../../src/jobs/maintain.js'
import { MAINTAIN_LIMITS } from '../../src/jobs/maintainStep.js'
import { createLake } from '../../src/lake/lake.js'
import { IMPORT_TABLES, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { closeTestLake, FIRST, receiptsOf, SECOND, type TestLake } from '../snapshot/importing.js'
import { compileImporter, startImporter } from '../snapshot/processes.js'
import { CURRENT_FIELDS, putCsv } from '../snapshot/reports.js'
import { maintainEffects, openManySnapshots, rowsOf, summarize } from './maintaining.js'

const run = promisify(execFile)

/** Old versions go at once, but not what may be about to be committed, or is still read. */
const LIMITS = { ...MAINTAIN_LIMITS, versions: 1, files: 3, manifests: 3, graceMs: 120_000 }
const KEEP = { daily: 1, weekly: 0, monthly: 2 }
const KEPT = ['2025-11-30T01-00Z', '2026-01-20T01-00Z']
const CONNECTORS = ['b', 'c', 'd']

let lake: TestLake
let program: string
beforeAll(async () => {
  lake = await openManySnapshots()
  await createLake(lake.store, new Date())
  for (const [i, takenAt] of [FIRST, SECOND].entries()) await putCsv(lake.reports, takenAt, rowsOf(i), CURRENT_FIELDS)
  program = await compileImporter(join(lake.folder, 'compiled'))
})
afterAll(() => closeTestLake(lake))

/** What a process of its own reads of the snapshots that are kept: it sees them whole, whenever it comes. */
async function readKept(): Promise<string> {
  const cli = join(lake.folder, 'compiled/src/cli.js')
  const sql = `select snapshot, count(*) as n, sum(size) as bytes from objects where connector = 'photos'
    and snapshot in ('${KEPT.join("', '")}') group by 1 order by 1`
  const { stdout } = await run(process.execPath, [
    cli,
    'query',
    sql,
    '--lake',
    join(lake.folder, 'lake'),
    '--format',
    'json',
  ])
  return stdout
}

test('imports and readers in processes of their own notice nothing of it', async () => {
  const [kept, summary] = [await readKept(), await summarize(lake)]
  const importers = await Promise.all(
    CONNECTORS.flatMap(name => ['first', 'second'].map(which => startImporter(program, [lake.folder, name, which]))),
  )
  let isOver = false
  const maintaining = (async () => {
    let times = 0
    for (; !isOver; times++) {
      const effects = await maintainEffects(lake)
      const { failures } = await maintainLake({ dryRun: false, keep: KEEP, limits: LIMITS }, effects)
      expect(failures).toEqual([])
    }
    return times
  })()
  const reading = (async () => {
    let times = 0
    for (; !isOver; times++) expect(await readKept()).toBe(kept)
    return times
  })()
  for (const importer of importers) importer.go()
  const ended = await Promise.all(importers.map(({ ended }) => ended))
  isOver = true
  expect((await maintaining) + (await reading)).toBeGreaterThan(2)

  expect(ended).toEqual(ended.map(() => 'imported'))
  const receipts = (await receiptsOf(lake)).map(({ connector, snapshot }) => `${connector} ${snapshot}`).sort()
  const made = CONNECTORS.flatMap(name => ['2026-01-13T01-00Z', '2026-01-20T01-00Z'].map(at => `${name} ${at}`))
  expect(receipts).toEqual([...made, ...KEPT.map(at => `photos ${at}`)].sort())
  const after = await summarize(lake)
  const photos = (rows: (typeof after)[string] | undefined) => rows?.filter(({ connector }) => connector === 'photos')
  for (const snapshot of KEPT) expect(photos(after[snapshot])).toEqual(photos(summary[snapshot]))
  for (const { name } of [...IMPORT_TABLES, SNAPSHOTS]) {
    const table = await lake.catalog.load(name)
    for (const { path, fileSizeBytes } of table ? await planFiles(table, []) : [])
      expect((await table?.store.find(resolveFile(table, path)))?.sizeBytes, path).toBe(fileSizeBytes)
  }
})
