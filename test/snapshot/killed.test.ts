import { cp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Table } from '../../src/iceberg/catalog.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { IMPORT_TABLES, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import {
  closeTestLake,
  FIRST,
  importInto,
  importOne,
  LEAST_LIMITS,
  openTestLake,
  readVouched,
  receiptsOf,
  SECOND,
  type TestLake,
} from './importing.js'
import { compileImporter, startImporter } from './processes.js'
import { putCsv, VERSION_FIELDS } from './reports.js'
import { countSteps, watchReads, watchStatements, watchWrites } from './watching.js'

const FILES = 3
const ROWS = 24_000 // three ranges

const rowsOf = (day: Date) =>
  Array.from({ length: ROWS }, (_, i) => ({
    ...{ key: `folder ${i % 5}/${i}.jpg`, size: i % 7 === day.getUTCDate() % 7 ? 1 : i },
    ...{ lastModified: FIRST, eTag: `${i % 11 === 0 ? day.getTime() : i}`, storageClass: 'STANDARD' },
  })).filter((_, i) => i % 113 !== day.getUTCDate() % 113)

/** Equal if the receipts vouch for the same rows, whichever imports made them. */
async function summarize(lake: TestLake) {
  const select = `count(*) as rows, bit_xor(hash(columns(* exclude (import_id))))`
  const tables = IMPORT_TABLES.map(spec => readVouched(lake, spec, select))
  const receipts = await receiptsOf(lake)
  return {
    tables: await Promise.all(tables),
    counts: receipts.map(receipt => [receipt.connector, receipt.snapshot, receipt.row_count, receipt.modified_count]),
  }
}

const loadTables = async (lake: TestLake): Promise<Table[]> => {
  const tables = await Promise.all([...IMPORT_TABLES, SNAPSHOTS].map(({ name }) => lake.catalog.load(name)))
  return tables.flatMap(table => table ?? [])
}

/** Files of the tables whose size is not the one that the table's metadata says. */
async function listDamaged(lake: TestLake): Promise<string[]> {
  const damaged: string[] = []
  for (const table of await loadTables(lake))
    for (const { path, fileSizeBytes } of await planFiles(table, [])) {
      const { size } = await stat(lake.store.locate(resolveFile(table, path)))
      if (size !== fileSizeBytes) damaged.push(path)
    }
  return damaged
}

/** The imports that the tables hold, vouched for or not. */
async function importsIn(lake: TestLake): Promise<unknown[]> {
  const ids = new Set<unknown>()
  for (const table of await loadTables(lake))
    for (const { partition } of await planFiles(table, [])) if (partition.import_id) ids.add(partition.import_id)
  return [...ids].sort()
}

const vouchedIn = async (lake: TestLake) => (await receiptsOf(lake)).map(receipt => receipt.import_id).sort()

type Summary = Awaited<ReturnType<typeof summarize>>

let lake: TestLake
let program: string
let before: Summary
let after: Summary
/** The steps of an import that goes well, in their order. */
const steps: string[] = []

beforeAll(async () => {
  lake = await openTestLake()
  program = await compileImporter(join(lake.folder, 'compiled'))
  await putCsv(lake.reports, FIRST, rowsOf(FIRST), VERSION_FIELDS, FILES)
  await importOne(lake, { limits: LEAST_LIMITS })
  await putCsv(lake.reports, SECOND, rowsOf(SECOND), VERSION_FIELDS, FILES)
  before = await summarize(lake)
  const whole = await copyLake('whole')
  const watch = countSteps(step => steps.push(step))
  await importOne(whole, {
    limits: LEAST_LIMITS,
    store: watchWrites(whole.store, watch),
    reports: watchReads(whole.reports, watch),
    engine: watchStatements(whole.engine, watch),
    progress: ({ phase, done }) => watch(`progress ${phase} ${done}`),
  })
  after = await summarize(whole)
  whole.engine.close()
})
afterAll(() => closeTestLake(lake))

async function copyLake(name: string): Promise<TestLake> {
  const folder = join(lake.folder, name)
  for (const part of ['lake', 'reports']) await cp(join(lake.folder, part), join(folder, part), { recursive: true })
  return openTestLake(folder)
}

/** Kills an import of the second report at that step, in a lake of its own. */
async function killAt(step: string, name: string): Promise<TestLake> {
  const killed = await copyLake(name)
  const importer = await startImporter(program, [killed.folder, 'photos', 'second', step])
  importer.go()
  expect(await importer.ended, step).toBe('SIGKILL')
  return killed
}

const RECEIPT = /^after putIfAbsent tables\/snapshots_v1\/metadata\/v\d+\.metadata\.json/

/**
 * Every phase: where a file, a range or a table is finished, and where something is about to be written; of what is written for
 * each file or range, the first, as before the others one is finished.
 */
const isPhase = (step: string): boolean =>
  /^progress|^before rows copy[\s\S]* #1$|^after putFile|putIfAbsent.*metadata\.json/.test(step)

async function expectRecovery(step: string, name: string): Promise<void> {
  const killed = await killAt(step, name)
  const place = steps.indexOf(step)
  const isCommitted = place >= steps.findIndex(each => RECEIPT.test(each))
  expect(await summarize(killed), step).toEqual(isCommitted ? after : before)

  let filesRead = 0
  const reports = watchReads(killed.reports, each => {
    if (each.startsWith('before stream')) filesRead++
  })
  const [outcome] = await importInto(killed, { reports, limits: LEAST_LIMITS })
  expect(outcome?.kind, step).toBe(isCommitted ? 'unchanged' : 'imported')
  const filesDone = steps.slice(0, place + 1).filter(each => each.startsWith('progress read')).length
  expect(filesRead, step).toBe(isCommitted ? 0 : FILES - filesDone)
  expect(await summarize(killed), step).toEqual(after)
  expect(await listDamaged(killed), step).toEqual([])
  expect(await importsIn(killed), step).toEqual(await vouchedIn(killed))
  if (!isCommitted) expect(await readdir(killed.workRoot), step).toEqual([])
  killed.engine.close()
  await rm(killed.folder, { recursive: true })
}

test('an import that is killed in any phase leaves the old state or the new one, and the next goes on with it', async () => {
  const waiting = steps.filter(isPhase).entries()
  expect(steps.filter(step => step.startsWith('progress'))).toHaveLength(FILES + 3)
  const work = async () => {
    for (const [i, step] of waiting) await expectRecovery(step, `killed ${i}`)
  }
  await Promise.all([work(), work()])
}, 240_000)

test('an import that was killed right after its receipt can be made anew', async () => {
  const killed = await killAt(steps.find(step => RECEIPT.test(step)) ?? '', 'again')
  const [old] = await receiptsOf(killed)
  const { import_id } = await importOne(killed, { again: true, limits: LEAST_LIMITS })
  expect(import_id).not.toBe(old?.import_id)
  expect(await summarize(killed)).toEqual(after)
  expect(await importsIn(killed)).toEqual(await vouchedIn(killed))
  killed.engine.close()
})

/** Runs imports in processes of their own, which begin at once. @returns what became of each, in a fixed order */
async function race(folder: string, imports: readonly (readonly [connector: string, which: string])[]) {
  const importers = await Promise.all(imports.map(args => startImporter(program, [folder, ...args])))
  for (const importer of importers) importer.go()
  return (await Promise.all(importers.map(importer => importer.ended))).sort()
}

test('of two imports of one report at once one counts, and nothing is left of the other', async () => {
  for (const name of ['race 1', 'race 2']) {
    const both = await copyLake(name)
    expect(
      await race(both.folder, [
        ['photos', 'second'],
        ['photos', 'second'],
      ]),
    ).toEqual(['imported', 'unchanged'])
    expect(await summarize(both)).toEqual(after)
    expect(await importsIn(both)).toEqual(await vouchedIn(both))
    expect(await readdir(both.workRoot)).toEqual([])
    both.engine.close()
  }
})

test('imports of two connectors at once, into a lake that is new, both count', async () => {
  const both = await copyLake('two connectors')
  await rm(join(both.folder, 'lake'), { recursive: true })
  expect(
    await race(both.folder, [
      ['photos', 'first'],
      ['other', 'first'],
    ]),
  ).toEqual(['imported', 'imported'])
  expect((await receiptsOf(both)).map(({ connector }) => connector).sort()).toEqual(['other', 'photos'])
  expect(await importsIn(both)).toEqual(await vouchedIn(both))
  const select = 'connector, count(*) as rows'
  const objects = await selectTable(both.catalog, OBJECTS, [])
  const rows = BigInt(rowsOf(FIRST).length)
  expect(await both.engine.rows(`select ${select} from (${objects}) group by 1 order by 1`)).toEqual([
    { connector: 'other', rows },
    { connector: 'photos', rows },
  ])
  both.engine.close()
})
