import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { quoteString } from '../../src/engine/sqlText.js'
import { NotFoundError } from '../../src/errors.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { listReachable } from '../../src/iceberg/reachableFiles.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { RowsLostError } from '../../src/snapshot/partitionRows.js'
import { compactTable } from '../../src/tables/compactTable.js'
import { parseStateRef } from '../../src/tables/findState.js'
import { planRollback, rollBackTable } from '../../src/tables/rollBackTable.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { watchWrites } from '../snapshot/watching.js'
import { appendRows, createSales, EFFECTS, listRows, loadSales, SALES, salesFrom } from './salesPlace.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

let places = 0
let store: ObjectStore
let catalog: Catalog
beforeEach(async () => {
  store = new FolderStore(join(open.folder, `lake ${++places}`))
  catalog = filesCatalog(store, EFFECTS)
  await createSales(store)
})

const OPTIONS = { dryRun: false, smallBytes: 16_000_000, least: 3 }
const compact = (options = OPTIONS, on: Catalog = catalog) =>
  compactTable(SALES.table, options, {
    ...EFFECTS,
    catalog: on,
    engine: open.engine,
    signal: new AbortController().signal,
  })

const append = (from: number, count = 10) => appendRows(catalog, salesFrom(from, count), open)
const rows = async () => listRows(await loadSales(catalog), open)
const countFiles = async () => (await planFiles(await loadSales(catalog), [])).length

/** Data files in the folder that no snapshot is made of. */
async function listLeft(): Promise<string[]> {
  const table = await loadSales(catalog)
  const reached = await listReachable(table, table.metadata.snapshots, 'refused')
  const keys: string[] = []
  for await (const { key } of store.list(`tables/${SALES.table}/`))
    if (/\.(parquet|avro)$/.test(key) && !reached.has(key)) keys.push(key)
  return keys
}

describe('small files of a declared table', () => {
  test('become one for each partition, in one commit of the same rows', async () => {
    for (let i = 0; i < 4; i++) await append(i * 10)
    const before = await rows()
    expect(await compact({ ...OPTIONS, dryRun: true })).toMatchObject({ filesBefore: 8, filesAfter: 2 })
    expect(await countFiles()).toBe(8)
    expect(await compact()).toMatchObject({ filesBefore: 8, filesAfter: 2 })
    const table = await loadSales(catalog)
    expect([await countFiles(), await rows()]).toEqual([2, before])
    expect(currentSnapshot(table.metadata)?.summary).toMatchObject({
      ...{ operation: 'replace', 'added-records': '40', 'deleted-records': '40', 'total-records': '40' },
    })
    const [file] = await planFiles(table, [])
    const path = store.locate(String(file?.path.slice(file.path.indexOf('tables/'))))
    const sold = await open.engine.rows(`select sold from read_parquet(${quoteString(path)})`)
    expect(sold.map(row => Number(row.sold))).toEqual(sold.map(row => Number(row.sold)).sort((a, b) => a - b))
    expect(await compact()).toMatchObject({ filesBefore: 0 })
    expect(await listLeft()).toEqual([])
  })

  test('stay where there are few of them, or they are large', async () => {
    for (let i = 0; i < 2; i++) await append(i * 10)
    expect(await compact()).toMatchObject({ filesBefore: 0 })
    await append(20)
    expect(await compact({ ...OPTIONS, smallBytes: 10 })).toMatchObject({ filesBefore: 0 })
    expect(await countFiles()).toBe(6)
  })

  test('of an earlier spec come to be parted as the table is now', async () => {
    for (let i = 0; i < 4; i++) await append(i * 10)
    const fields = ['tenant_id', 'year'].map(name => ({ name, column: name, transform: 'identity' }))
    await changeMetadata(catalog, SALES.table, ({ metadata }) => evolveSpec(metadata, fields, new Date()), EFFECTS)
    const before = await rows()
    expect(await compact()).toMatchObject({ filesBefore: 8, filesAfter: 6 })
    const files = await planFiles(await loadSales(catalog), [])
    expect(new Set(files.map(file => file.specId))).toEqual(new Set([1]))
    const only = [{ column: 'tenant_id', op: '=' as const, value: 'tenant-1' }]
    expect(await planFiles(await loadSales(catalog), only)).toHaveLength(2)
    expect(await rows()).toEqual(before)
  })

  test('of an earlier spec stay where they would become more', async () => {
    await append(0)
    await append(10)
    const fields = [{ name: 'id_bucket', column: 'id', transform: 'bucket[64]' }]
    await changeMetadata(catalog, SALES.table, ({ metadata }) => evolveSpec(metadata, fields, new Date()), EFFECTS)
    expect(await compact()).toMatchObject({ filesBefore: 0 })
    expect(await countFiles()).toBe(4)
  })

  test('keep columns that were added, renamed and widened since', async () => {
    await append(0)
    await append(10)
    const changes = [
      { kind: 'rename', name: 'note', to: 'remark' },
      { kind: 'add', name: 'color', type: 'string' },
      { kind: 'widen', name: 'price', type: 'decimal(12,2)' },
    ] as const
    await changeMetadata(catalog, SALES.table, ({ metadata }) => evolveSchema(metadata, changes, new Date()), EFFECTS)
    await appendRows(catalog, `select *, note as remark, 'red' as color from (${salesFrom(20, 10)})`, open)
    const before = await rows()
    expect(await compact()).toMatchObject({ filesBefore: 6, filesAfter: 2 })
    expect(await rows()).toEqual(before)
    expect(before.filter(line => line.includes("'color': red"))).toHaveLength(10)
  })

  test('that say of themselves other counts than they have are left', async () => {
    for (let i = 0; i < 3; i++) await append(i * 10)
    const table = await loadSales(catalog)
    const [wrong, ...others] = await planFiles(table, [])
    if (!wrong) throw new Error('no file')
    const add = [{ ...wrong, recordCount: 4 }, ...others]
    const plan = async () => ({ operation: 'overwrite' as const, add, drop: () => true })
    await changeTable(catalog, SALES.table, plan, EFFECTS)
    await expect(compact()).rejects.toThrow(RowsLostError)
    expect(await countFiles()).toBe(6)
    expect(await listLeft()).toEqual([])
  })
})

/** The catalog, with something that happens before its first commit. */
function rivalled(act: () => Promise<unknown>): Catalog {
  let isDone = false
  return {
    ...catalog,
    commit: async (base, next) => {
      if (!isDone) {
        isDone = true
        await act()
      }
      return catalog.commit(base, next)
    },
  }
}

describe('beside others', () => {
  test('what is inserted meanwhile is there, once', async () => {
    for (let i = 0; i < 4; i++) await append(i * 10)
    expect(
      await compact(
        OPTIONS,
        rivalled(() => append(40)),
      ),
    ).toMatchObject({ filesBefore: 8 })
    expect([await countFiles(), (await rows()).length]).toEqual([4, 50])
    expect(await listLeft()).toEqual([])
  })

  test('what is rolled back meanwhile stays so, and nothing is left behind', async () => {
    for (let i = 0; i < 4; i++) await append(i * 10)
    const rollBack = async () => {
      const plan = planRollback((await loadSales(catalog)).metadata, parseStateRef('previous', '--to'), SALES)
      await rollBackTable(catalog, SALES.table, plan, EFFECTS)
    }
    expect(await compact(OPTIONS, rivalled(rollBack))).toMatchObject({ filesBefore: 0 })
    expect([await countFiles(), (await rows()).length]).toEqual([6, 30])
    expect(await listLeft()).toEqual([])
  })

  test('what somebody else has put together meanwhile is left to them', async () => {
    for (let i = 0; i < 4; i++) await append(i * 10)
    const before = await rows()
    expect(
      await compact(
        OPTIONS,
        rivalled(() => compact()),
      ),
    ).toMatchObject({ filesBefore: 0 })
    expect([await countFiles(), await rows()]).toEqual([2, before])
    expect(await listLeft()).toEqual([])
  })
})

test('a table that is dropped meanwhile is gone, with what was written', async () => {
  for (let i = 0; i < 3; i++) await append(i * 10)
  const dropped = rivalled(async () => catalog.drop(await loadSales(catalog)))
  await expect(compact(OPTIONS, dropped)).rejects.toThrow(NotFoundError)
  const keys: string[] = []
  for await (const { key } of store.list(`tables/${SALES.table}/data/`)) keys.push(key)
  expect(keys).toEqual([])
})

class Killed extends Error {}

test('killed at any write, the rows are as they were', async () => {
  for (let i = 0; i < 3; i++) await append(i * 10)
  const before = await rows()
  for (let last = 1; ; last++) {
    let count = 0
    const watched = watchWrites(store, step => {
      if (step.startsWith('before') && ++count >= last) throw new Killed()
    })
    const isOver = await compact(OPTIONS, filesCatalog(watched, EFFECTS)).then(
      () => true,
      error => {
        if (!(error instanceof Killed)) throw error
        return false
      },
    )
    expect(await rows(), `killed at write ${last}`).toEqual(before)
    if (!isOver) continue
    expect(last).toBeGreaterThan(5)
    break
  }
  await compact()
  expect([await countFiles(), await rows()]).toEqual([2, before])
})
