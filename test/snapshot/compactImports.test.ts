import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { quoteString } from '../../src/engine/sqlText.js'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { type Predicate, planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { commitTables } from '../../src/snapshot/commitTables.js'
import { type CompactOptions, compactImports } from '../../src/snapshot/compactImport.js'
import { locateFiles } from '../../src/snapshot/dataFiles.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { listReceipts } from '../../src/snapshot/receipts.js'
import { CHANGES, FOLDERS, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import type { MadeFile } from '../../src/snapshot/writeRanges.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { closeHandmadeLake, type HandmadeLake, openHandmadeLake, selectOf, vouchFor } from './handmadeLake.js'

const FILES = 4
const ROWS_OF_FILE = 30

/** Appends an import of several small files of objects, and of one of folders and of changes, that counts. */
async function putImport(lake: HandmadeLake, id: string, snapshot: string): Promise<void> {
  const partition = { connector: 'a', dt: snapshot.slice(0, 10), import_id: id }
  const make = async (spec: TableSpec, name: string, values: Readonly<Record<string, string>>, from: string) => {
    const path = join(lake.folder, `${id}-${name}.parquet`)
    const given = { ...partition, snapshot, bucket: 'b' }
    const quoted = Object.fromEntries(Object.entries(given).map(([column, value]) => [column, quoteString(value)]))
    const select = `${selectOf(spec, { ...quoted, ...values })} from ${from}`
    return {
      path,
      facts: await writeParquetFile(lake.engine, { select, path, schema: spec.schema, rowGroupRows: 2048 }),
    }
  }
  const objects: MadeFile[] = []
  for (let i = 0; i < FILES; i++) {
    const from = `range(${i * ROWS_OF_FILE}, ${(i + 1) * ROWS_OF_FILE}) t(i)`
    objects.push(await make(OBJECTS, `objects-${i}`, OBJECT_VALUES, from))
  }
  const folders = [await make(FOLDERS, 'folders', { path: "'a/'", depth: '1' }, 'range(1)')]
  const changes = [await make(CHANGES, 'changes', { key: "'k'", change: "'new'" }, 'range(1)')]
  await commitTables({ objects, folders, changes }, partition, { catalog: lake.catalog, now: () => new Date() })
  await vouchFor(lake, { id, snapshot })
}

/** Keys that differ past the bounds' 16 characters, and beyond U+FFFF; of each third two versions; NULLs. */
const OBJECT_VALUES = {
  key: "'a folder of photos/' || lpad((i // 3)::varchar, 5, '0') || case when i % 2 = 0 then '📷' else '\uffee' end",
  version_id: "case when i % 3 > 0 then 'v' || i end",
  is_latest: 'i % 3 = 0',
  size: 'i * 1000000007',
  last_modified_date: "timestamp '2026-01-01 00:00:00.123' + to_seconds(i)",
}

const TABLES = [OBJECTS, FOLDERS, CHANGES, SNAPSHOTS]

const compact = (lake: Pick<HandmadeLake, 'catalog' | 'engine'>, options: Partial<CompactOptions> = {}) =>
  compactImports(
    { dryRun: false, smallBytes: 1e9, least: 3, ...options },
    { catalog: lake.catalog, engine: lake.engine, now: () => new Date(), signal: new AbortController().signal },
  )

const filesOf = async (lake: Pick<HandmadeLake, 'catalog'>, ...predicates: readonly Predicate[]) =>
  planFiles(await lake.catalog.create(OBJECTS), predicates)

const ofImport = (importId: string): Predicate => ({ column: 'import_id', op: '=', value: importId })

/** All rows of all tables. */
const readAll = ({ catalog, engine }: Pick<HandmadeLake, 'catalog' | 'engine'>) =>
  Promise.all(
    TABLES.map(async spec => engine.rows(`select * from (${await selectTable(catalog, spec, [])}) order by all`)),
  )

const storeOf = ({ folder }: HandmadeLake) => new FolderStore(join(folder, 'lake'))

async function listAll(lake: HandmadeLake): Promise<string[]> {
  const found: string[] = []
  for await (const { key, sizeBytes } of storeOf(lake).list('')) found.push(`${key} ${sizeBytes}`)
  return found
}

const NOTHING = { imports: 0, filesBefore: 0, filesAfter: 0, bytes: 0 }

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
  await putImport(lake, 'i1', '2026-01-13T01-00Z')
  await putImport(lake, 'i2', '2026-01-20T01-00Z')
})
afterEach(() => closeHandmadeLake(lake))

describe('small files', () => {
  test('stay where they are few or not small, and when only the plan is asked for', async () => {
    const before = await listAll(lake)
    expect(await compact(lake, { least: FILES + 1 })).toEqual(NOTHING)
    expect(await compact(lake, { smallBytes: 100 })).toEqual(NOTHING)
    const bytes = (await filesOf(lake)).reduce((sum, file) => sum + file.fileSizeBytes, 0)
    const planned = { imports: 2, filesBefore: 2 * FILES, filesAfter: 2, bytes }
    expect(await compact(lake, { dryRun: true })).toEqual(planned)
    expect(await listAll(lake)).toEqual(before)
    expect(await compact(lake)).toEqual(planned)
    expect(await compact(lake)).toEqual(NOTHING)
  })

  test('of each import become one: the same rows, in order, and found as before', async () => {
    const before = await readAll(lake)
    await compact(lake)
    expect(await readAll(lake)).toEqual(before)
    const table = await lake.catalog.create(OBJECTS)
    for (const id of ['i1', 'i2']) {
      const files = await filesOf(lake, ofImport(id))
      const [file] = files
      expect(files).toMatchObject([{ partition: { import_id: id }, recordCount: FILES * ROWS_OF_FILE, sortOrderId: 1 }])
      const [path = ''] = locateFiles(table, files)
      const rows = await lake.engine.rows(
        `select key, import_id from read_parquet(${quoteString(path)}, file_row_number=true, hive_partitioning=false)
        order by file_row_number`,
      )
      expect(new Set(rows.map(row => row.import_id))).toEqual(new Set([id]))
      expect(rows.map(row => String(row.key))).toEqual(rows.map(row => String(row.key)).sort(compareCodePoints))
      // Column 13 is storage_class, which is NULL throughout; 7 is version_id, of two rows in three.
      expect([file?.nullValueCounts.get(13), file?.nullValueCounts.get(7), file?.valueCounts.get(7)]).toEqual([
        120, 40, 120,
      ])
      const found = (predicate: Predicate) => filesOf(lake, ofImport(id), predicate)
      const last = 119n * 1_000_000_007n
      expect(await found({ column: 'size', op: '=', value: last })).toHaveLength(1)
      expect(await found({ column: 'size', op: '=', value: last + 1n })).toEqual([])
      expect(await found({ column: 'key', op: '<', value: 'a folder' })).toEqual([])
      expect(await found({ column: 'key', op: '>=', value: 'a folder of photos/00039' })).toHaveLength(1)
    }
  })

  test('receipts and runs are put together, too', async () => {
    await vouchFor(lake, { id: 'i3', snapshot: '2026-01-27T01-00Z' })
    const before = await readAll(lake)
    expect(await compact(lake, { least: 3 })).toMatchObject({ imports: 2, filesBefore: 11, filesAfter: 3 })
    expect(await readAll(lake)).toEqual(before)
    await vouchFor(lake, { id: 'i4', snapshot: '2026-01-20T01-00Z' }) // in place of one that was put together with others
    expect((await listReceipts(lake)).map(receipt => receipt.import_id)).toEqual(['i3', 'i4', 'i1'])
  })

  test.each(['before', 'after'] as const)('cut short at any write (%s it): the rows are the same', async when => {
    const before = await readAll(lake)
    for (let failAt = 1; ; failAt++) {
      const place = join(lake.folder, `copy-${failAt}`)
      await cp(join(lake.folder, 'lake'), place, { recursive: true })
      const now = () => new Date()
      const { store, writes } = failing(new FolderStore(place), failAt, when)
      await compact({ engine: lake.engine, catalog: filesCatalog(store, { now }) }).catch(() => undefined)
      const after = { engine: lake.engine, catalog: filesCatalog(new FolderStore(place), { now }) }
      expect(await readAll(after)).toEqual(before)
      if (writes() < failAt) return expect(failAt).toBeGreaterThan(9)
      await compact(after)
      expect(await filesOf(after)).toHaveLength(2)
      expect(await readAll(after)).toEqual(before)
    }
  })

  test('of an import that is dropped meanwhile stay dropped, and the merged one is removed', async () => {
    const { catalog } = lake
    const effects = { now: () => new Date() }
    const dropIt = () =>
      changeTable(
        catalog,
        OBJECTS.name,
        async () => ({ operation: 'delete', add: [], drop: file => file.partition.import_id === 'i1' }),
        effects,
      )
    const store = storeOf(lake)
    const putFile = store.putFile.bind(store)
    let isDropped = false
    store.putFile = async (key, path) => {
      await putFile(key, path)
      if (!isDropped) await dropIt()
      isDropped = true
    }
    const { imports } = await compact({ engine: lake.engine, catalog: filesCatalog(store, effects) })
    expect(imports).toBe(1)
    expect(await filesOf(lake, ofImport('i1'))).toEqual([])
    expect((await listAll(lake)).filter(line => line.includes('merged-'))).toHaveLength(1)
  })

  test('are left alone where no receipt vouches for them, and where they overlap', async () => {
    const append = (add: readonly DataFile[]) =>
      changeTable(lake.catalog, OBJECTS.name, async () => ({ operation: 'append', add, drop: () => false }), effects)
    const effects = { now: () => new Date() }
    const [first] = await filesOf(lake, ofImport('i1'))
    if (!first) throw new Error('no file')
    const table = await lake.catalog.create(OBJECTS)
    const copy = first.path.replace(/[^/]+$/, 'copy.parquet')
    await table.store.put(resolveFile(table, copy), await table.store.read(resolveFile(table, first.path)))
    await append([{ ...first, path: copy }])
    const drop = () => ({ operation: 'delete', add: [], drop: () => true }) as const
    expect(await compact(lake)).toMatchObject({ imports: 1, filesBefore: FILES })
    await changeTable(lake.catalog, SNAPSHOTS.name, async () => drop(), effects)
    expect(await compact(lake)).toEqual(NOTHING)
  })
})

describeWithOracles('other readers', () => {
  test('see the same rows', async () => {
    await compact(lake)
    for (const [spec, column] of [
      [OBJECTS, 'key'],
      [FOLDERS, 'path'],
    ] as const) {
      const table = await lake.catalog.create(spec)
      const metadata = table.store.locate(table.metadataKey)
      const ours = await lake.engine.rows(await selectTable(lake.catalog, spec, []))
      for (const { rows, files } of [await readWithPyiceberg(metadata), await readWithDuckDB(metadata)]) {
        const textOf = (row: Readonly<Record<string, unknown>>) =>
          `${row.import_id} ${row[column]} ${row.version_id} ${row.size}`
        expect(rows.map(textOf).sort()).toEqual(ours.map(textOf).sort())
        expect(files).toBe(2)
      }
    }
  })
})

/** The store, whose n-th write fails. */
function failing(store: ObjectStore, failAt: number, when: 'before' | 'after') {
  let writes = 0
  const names: readonly PropertyKey[] = ['put', 'putFile', 'putIfAbsent', 'remove']
  const wrapped = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (!names.includes(name)) return member.bind(target)
      return async (...args: unknown[]) => {
        const fails = ++writes === failAt
        if (fails && when === 'before') throw new Error('the store is down')
        const result: unknown = await member.apply(target, args)
        if (fails) throw new Error('the store is down')
        return result
      }
    },
  })
  return { store: wrapped, writes: () => writes }
}
