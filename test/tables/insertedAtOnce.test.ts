import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { packageFolder } from '../../src/packageFolder.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { prepareRacers, RACED_IDS, RACERS, race, stocktake } from './insertRacers.js'
import { EFFECTS, listRows, loadSales } from './salesPlace.js'

let open: TestEngine
let folder: string
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-racers-'))
  await prepareRacers(folder, 'lake: ./lake\n')
  await stocktake(['tables', 'create', 'sales'], folder)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const load = () => loadSales(filesCatalog(new FolderStore(join(folder, 'lake')), EFFECTS))
const idsIn = async () =>
  (await listRows(await load(), open)).map(line => Number(/'id': (\d+)/.exec(line)?.[1])).sort((a, b) => a - b)
const filesIn = async () =>
  (await readdir(join(folder, 'lake/tables'), { recursive: true })).filter(name => name.endsWith('.parquet'))

test(`of ${RACERS} processes that insert at once every row is there, once`, async () => {
  expect(await race(folder, racer => [`${racer}.jsonl`])).toEqual(Array(RACERS).fill('inserted'))
  expect(await idsIn()).toEqual(RACED_IDS)
  const table = await load()
  expect(table.metadata.snapshots).toHaveLength(RACERS)
  expect(await filesIn()).toHaveLength((await planFiles(table, [])).length)
})

test(`of ${RACERS} processes with one batch one inserts, and the others leave nothing`, async () => {
  const outcomes = await race(folder, () => ['0.jsonl', '--batch', 'monday'])
  expect(outcomes).toEqual(['inserted', ...Array(RACERS - 1).fill('unchanged')])
  const table = await load()
  expect([(await idsIn()).length, table.metadata.snapshots.length]).toEqual([RACED_IDS.length / RACERS, 1])
  expect(await filesIn()).toHaveLength((await planFiles(table, [])).length)
})

test('an insert that is killed at any time is in as a whole or not at all, and in once when it is run again', async () => {
  const program = join(packageFolder(), 'dist', 'cli.js')
  const args = (n: number) => ['tables', 'insert', 'sales', '0.jsonl', '--batch', `killed ${n}`]
  const startedAt = performance.now()
  await stocktake(args(0), folder)
  const wholeMs = performance.now() - startedAt
  const rows = RACED_IDS.length / RACERS
  const KILLS = 8
  for (let n = 1; n <= KILLS; n++) {
    const child = spawn(process.execPath, [program, ...args(n)], { cwd: folder, stdio: 'ignore' })
    const ended = once(child, 'close')
    await Promise.race([sleep(wholeMs * (0.4 + (0.6 * n) / KILLS)), ended])
    child.kill('SIGKILL')
    await ended
    expect([n * rows, (n + 1) * rows]).toContain((await idsIn()).length)
    await stocktake(args(n), folder)
    expect((await idsIn()).length).toBe((n + 1) * rows)
  }
})
