import { cp, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Catalog, Table, TableSpec } from '../../src/iceberg/catalog.js'
import { MERGE_AT } from '../../src/iceberg/changeFiles.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { type Predicate, planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { RealLake, SCHEMA } from './realTable.js'

const effects = { now: () => new Date('2026-02-01T00:00:00Z') }
const OBJECTS: TableSpec = {
  name: 'objects_v1',
  schema: SCHEMA,
  partitionFields: ['connector', 'dt', 'import_id'].map(column => ({ name: column, column, transform: 'identity' })),
  sortOrder: [{ column: 'key', direction: 'asc', nullOrder: 'nulls-first' }],
  properties: { 'write.parquet.compression-codec': 'zstd' },
}
const COMPARED = ['import_id', 'connector', 'dt', 'key', 'size', 'depth', 'is_latest', 'price', 'note']
const never = () => false

/** Rows whose keys differ only past the 16th code point, or beyond U+FFFF; NULLs in some columns, NaN in one file. */
const rowsOf = (connector: string, dt: string, importId: string, from: number, share: string) => `
  select '${connector}' as connector, date '${dt}' as dt, '${importId}' as import_id,
    'photos/2026/01/' || lpad(i::varchar, 6, '0') || '😀.jpg' as key,
    i * 1000000007 as size, i % 5 as depth, ${share} as share, i % 2 = 0 as is_latest,
    timestamp '2026-01-01 00:00:00.123456' + to_hours(i::int) as last_modified,
    i * 1.25 as price, null as note
  from range(${from}, ${from + 100}) t(i)`

describeWithOracles('what other readers see of a table that was appended to, dropped from and overwritten', () => {
  let lake: RealLake
  let catalog: Catalog
  let table: Table
  let small: Table

  beforeAll(async () => {
    lake = await RealLake.open()
    catalog = filesCatalog(lake.store, effects)
    table = await makeObjects()
    small = await makeSnapshots()
  }, 120_000)

  afterAll(() => lake.close())

  async function makeObjects(): Promise<Table> {
    const created = await catalog.create(OBJECTS)
    const append = async (connector: string, dt: string, importId: string, shares: string[]) => {
      const add: DataFile[] = []
      for (const [i, share] of shares.entries()) {
        const partition = { connector, dt, import_id: importId }
        const query = rowsOf(connector, dt, importId, i * 100, share)
        add.push(await lake.writeFile(created, `${importId}-${i}`, query, partition))
      }
      await changeTable(catalog, 'objects_v1', async () => ({ operation: 'append', add, drop: never }), effects)
    }
    await append('photos', '2026-01-13', 'i1', ['i / 7.0', 'i / 7.0', 'i / 7.0'])
    await append('photos', '2026-01-20', 'i2', ['i / 7.0', "case when i = 150 then 'nan'::double else i / 7.0 end"])
    await append('logs', '2026-01-20', 'i3', ['i / 7.0'])
    await append('ünïcode 𝄞', '2026-01-20', 'i4', ['i / 7.0'])
    return changeTable(
      catalog,
      'objects_v1',
      async () => ({ operation: 'delete', add: [], drop: file => file.partition.import_id === 'i3' }),
      effects,
    )
  }

  async function makeSnapshots(): Promise<Table> {
    const spec = { name: 'snapshots_v1', schema: SCHEMA, partitionFields: [], sortOrder: [], properties: {} }
    const created = await catalog.create(spec)
    const write = (name: string, from: number) =>
      lake.writeFile(created, name, rowsOf('photos', '2026-01-20', name, from, 'i'), {})
    const [a, b, c] = [await write('a', 0), await write('b', 100), await write('c', 200)]
    const change = (operation: 'append' | 'overwrite', add: DataFile[], drop: (file: DataFile) => boolean) =>
      changeTable(catalog, 'snapshots_v1', async () => ({ operation, add, drop }), effects)
    await change('append', [a, b], never)
    return change('overwrite', [c], file => file.path === a.path)
  }

  const sortKeys = (rows: readonly Record<string, unknown>[]) =>
    rows.map(row => COMPARED.map(column => String(row[column])).join(' ')).sort()

  async function readOurselves(of: Table, where: string, predicates: readonly Predicate[], plain = lake) {
    const files = await planFiles(of, predicates)
    if (files.length === 0) return { keys: [], files: 0 }
    const paths = files.map(file => `'${of.store.locate(resolveFile(of, file.path))}'`)
    const query = `select * from read_parquet([${paths}], hive_partitioning = false) where ${where}`
    const rows = (await plain.connection.runAndReadAll(query)).getRowObjectsJson()
    return { keys: sortKeys(rows), files: files.length }
  }

  test.each<[string, Predicate[], number]>([
    ['true', [], 6],
    ["connector = 'photos'", [{ column: 'connector', op: '=', value: 'photos' }], 5],
    ["connector = 'ünïcode 𝄞'", [{ column: 'connector', op: '=', value: 'ünïcode 𝄞' }], 1],
    ["connector = 'logs'", [{ column: 'connector', op: '=', value: 'logs' }], 0],
    ["dt = '2026-01-20'", [{ column: 'dt', op: '=', value: '2026-01-20' }], 3],
    ["dt < '2026-01-20'", [{ column: 'dt', op: '<', value: '2026-01-20' }], 3],
    ["import_id in ('i1', 'i4')", [{ column: 'import_id', op: 'in', values: ['i1', 'i4'] }], 4],
    ["key = 'photos/2026/01/000150😀.jpg'", [{ column: 'key', op: '=', value: 'photos/2026/01/000150😀.jpg' }], 6],
    ["key > 'photos/2026/02'", [{ column: 'key', op: '>', value: 'photos/2026/02' }], 0],
    ['size >= 200000001400', [{ column: 'size', op: '>=', value: 200_000_001_400n }], 1],
    [
      'size < 100 and depth = 0',
      [
        { column: 'size', op: '<', value: 100 },
        { column: 'depth', op: '=', value: 0 },
      ],
      3,
    ],
    ['price > 250.00', [{ column: 'price', op: '>', value: '250.00' }], 1],
    [
      "last_modified < '2026-01-01T00:00:00.123457'",
      [{ column: 'last_modified', op: '<', value: '2026-01-01T00:00:00.123457' }],
      3,
    ],
    ['note is not null', [{ column: 'note', op: 'not-null' }], 0],
    ['size is null', [{ column: 'size', op: 'is-null' }], 0],
  ])('%s', async (where, predicates, files) => {
    const ours = await readOurselves(table, where, predicates)
    const path = lake.metadataPath(table)
    const [python, duckdb] = await Promise.all([
      readWithPyiceberg(path, where === 'true' ? '' : where),
      readWithDuckDB(path, where),
    ])
    expect(sortKeys(python.rows)).toEqual(ours.keys)
    expect(sortKeys(duckdb.rows)).toEqual(ours.keys)
    expect({ ours: ours.files, python: python.files, duckdb: duckdb.files }).toEqual({
      ours: files,
      python: files,
      duckdb: files,
    })
  })

  test('the overwritten table holds the new file and the one that was kept', async () => {
    const ours = await readOurselves(small, 'true', [])
    const [python, duckdb] = await Promise.all([
      readWithPyiceberg(lake.metadataPath(small)),
      readWithDuckDB(lake.metadataPath(small)),
    ])
    expect(new Set(ours.keys.map(key => key[0]))).toEqual(new Set(['b', 'c']))
    expect([ours.files, python.files, duckdb.files]).toEqual([2, 2, 2])
    expect(sortKeys(python.rows)).toEqual(ours.keys)
    expect(sortKeys(duckdb.rows)).toEqual(ours.keys)
  })

  test('merged manifests, and snapshots before them, are read by all', async () => {
    const spec = { ...OBJECTS, name: 'merged_v1' }
    const created = await catalog.create(spec)
    const names = Array.from({ length: MERGE_AT + 2 }, (_, i) => `m${i}`)
    let merged = created
    for (const [i, name] of names.entries()) {
      const partition = { connector: 'photos', dt: '2026-01-20', import_id: name }
      const query = `select * from (${rowsOf('photos', '2026-01-20', name, i, 'i')}) limit 1`
      const add = [await lake.writeFile(created, name, query, partition)]
      merged = await changeTable(catalog, spec.name, async () => ({ operation: 'append', add, drop: never }), effects)
    }
    const path = lake.metadataPath(merged)
    const [python, duckdb] = await Promise.all([readWithPyiceberg(path), readWithDuckDB(path)])
    expect((await readOurselves(merged, 'true', [])).keys).toEqual(sortKeys(python.rows))
    expect(sortKeys(duckdb.rows)).toEqual(sortKeys(python.rows))
    expect([python.rows.length, python.files, duckdb.files]).toEqual([names.length, names.length, names.length])
    const where = "import_id = 'm7'"
    const [one, other] = await Promise.all([readWithPyiceberg(path, where), readWithDuckDB(path, where)])
    expect([one.files, other.files]).toEqual([1, 1])
  })

  test('a copy of the lake is read where it is, also after the first one moved away, and can be written to', async () => {
    const copied = join(lake.folder, '..', 'copy')
    await cp(lake.folder, copied, { recursive: true })
    const store = new FolderStore(copied)
    const copy = filesCatalog(store, effects)
    const there = await copy.load('objects_v1')
    await rename(lake.folder, `${lake.folder} away`)
    try {
      expect(there?.metadata.location).toBe(table.location)
      const { keys } = there ? await readOurselves(there, 'true', []) : { keys: [] }
      expect(keys).toHaveLength(600)
      const change = {
        operation: 'delete',
        add: [],
        drop: (file: DataFile) => file.partition.import_id === 'i1',
      } as const
      const changed = await changeTable(copy, 'objects_v1', async () => change, effects)
      expect((await planFiles(changed, [])).every(file => file.path.startsWith(`${table.location}/data/`))).toBe(true)
      expect((await readOurselves(changed, 'true', [])).keys).toHaveLength(300)
    } finally {
      await rename(`${lake.folder} away`, lake.folder)
    }
  })
})
