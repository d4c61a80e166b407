import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { quotePaths, quoteString } from '../../src/engine/sqlText.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { commitTables } from '../../src/snapshot/commitTables.js'
import { locateFiles, ofImport } from '../../src/snapshot/dataFiles.js'
import { readKeyBlocks } from '../../src/snapshot/keyBlocks.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { resortImports } from '../../src/snapshot/resortImports.js'
import { splitByKey } from '../../src/snapshot/splitByKey.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { closeHandmadeLake, type HandmadeLake, openHandmadeLake, selectOf, vouchFor } from './handmadeLake.js'

const TRINO = { id: 't1', snapshot: '2026-01-13T01-00Z', engine: 'trino' } as const

/** How an engine's writers leave `rows` objects: each file has keys from everywhere. */
interface Written {
  readonly rows: number
  readonly files: number
  readonly rowGroupRows?: number
  /** Whether files follow each other, as an import here writes them. */
  readonly isDisjoint?: boolean
}

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

async function putImport(made: Parameters<typeof vouchFor>[1], written: Written): Promise<void> {
  const { rows, files, rowGroupRows = 61_440, isDisjoint = false } = written
  const partition = { connector: 'a', dt: made.snapshot.slice(0, 10), import_id: made.id }
  const given = Object.fromEntries(
    Object.entries({ ...partition, snapshot: made.snapshot, bucket: 'b' }).map(([name, text]) => [
      name,
      quoteString(text),
    ]),
  )
  const write = async (i: number) => {
    const path = join(lake.folder, `${made.id}-${i}.parquet`)
    const size = Math.ceil(rows / files)
    const numbers = isDisjoint ? `range(${i * size}, ${(i + 1) * size}) t(i)` : `range(${i}, ${rows}, ${files}) t(i)`
    const select = `${selectOf(OBJECTS, { ...given, ...OBJECT_VALUES })} from ${numbers} order by key`
    return { path, facts: await writeParquetFile(lake.engine, { select, path, schema: OBJECTS.schema, rowGroupRows }) }
  }
  const objects = []
  for (let i = 0; i < files; i++) objects.push(await write(i))
  await commitTables({ objects, folders: [], changes: [] }, partition, { catalog: lake.catalog, now })
  await vouchFor(lake, made)
}

/** Of each three rows one key, beyond U+FFFF in half of them; NULLs. */
const OBJECT_VALUES = {
  key: "'photos/' || lpad((i // 3)::varchar, 7, '0') || case when i % 2 = 0 then '📷' else '\uffee' end",
  version_id: "case when i % 3 > 0 then 'v' || i end",
  is_latest: 'i % 3 = 0',
  size: 'i * 1000000007',
  last_modified_date: "timestamp '2026-01-01 00:00:00.123' + to_seconds(i)",
}

const now = () => new Date()
const effects = () => ({ ...lake, now, signal: new AbortController().signal })
const resort = (dryRun = false) => resortImports({ dryRun }, effects())

async function filesOf(importId = TRINO.id) {
  const partition = { connector: 'a', dt: TRINO.snapshot.slice(0, 10), import_id: importId }
  return planFiles(await lake.catalog.create(OBJECTS), ofImport(partition))
}

/** What the table holds, as one hash and by the import. */
async function hashTable(): Promise<unknown> {
  const rows = await selectTable(lake.catalog, OBJECTS, [])
  return lake.engine.rows(
    `select import_id, count(*) as n, bit_xor(hash(columns(*))) as h from (${rows}) group by import_id order by import_id`,
  )
}

describe('an import of another engine whose files overlap', () => {
  test('becomes files of disjoint ranges, sorted by key; other imports stay as they are', async () => {
    await putImport(TRINO, { rows: 600_000, files: 3 })
    await putImport({ ...TRINO, id: 'd1', snapshot: '2026-01-14T01-00Z', engine: 'duckdb' }, { rows: 90, files: 3 })
    const [before, old] = [await hashTable(), await filesOf()]
    const bytes = old.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0)
    expect(await resort(true)).toEqual({ imports: 1, filesBefore: 3, filesAfter: 3, bytes })
    expect(await filesOf()).toEqual(old)

    const { filesAfter, ...rest } = await resort()
    expect(rest).toEqual({ imports: 1, filesBefore: 3, bytes })
    expect(await hashTable()).toEqual(before)
    const files = await filesOf()
    expect(files).toHaveLength(filesAfter)
    expect(files.length).toBeGreaterThan(1)
    expect(Math.max(...files.map(({ recordCount }) => recordCount))).toBeLessThan(500_000)
    const paths = locateFiles(await lake.catalog.create(OBJECTS), files)
    const blocks = await readKeyBlocks(paths, lake.engine)
    expect(Math.max(...blocks.map(({ rows }) => rows))).toBeLessThanOrEqual(61_440)
    for (const [i, { greatest = '' }] of blocks.slice(0, -1).entries())
      expect(compareCodePoints(greatest, blocks[i + 1]?.least ?? '')).toBeLessThanOrEqual(0)
    const [unsorted] = await lake.engine.rows(
      `select count(*) as n from (select key < lag(key) over (partition by filename order by file_row_number) as is_less
        from read_parquet(${quotePaths(paths)}, filename=true, file_row_number=true, hive_partitioning=false)) where is_less`,
    )
    expect(unsorted).toEqual({ n: 0n })
    expect(await resort()).toEqual(NOTHING)
    expect(await readdir(lake.engine.tempFolder)).toEqual([])
  }, 120_000)

  test('of few rows becomes one file', async () => {
    await putImport(TRINO, { rows: 90, files: 3 })
    const before = await hashTable()
    expect(await resort()).toMatchObject({ filesBefore: 3, filesAfter: 1 })
    expect(await hashTable()).toEqual(before)
  })

  test('that is dropped meanwhile stays dropped, and nothing is left of the new files', async () => {
    await putImport(TRINO, { rows: 90, files: 3 })
    const { store } = lake
    const putFile = store.putFile.bind(store)
    store.putFile = async (key, path) => {
      await putFile(key, path)
      store.putFile = putFile
      await changeTable(lake.catalog, OBJECTS.name, async () => ({ operation: 'delete', add: [], drop: () => true }), {
        now,
      })
    }
    expect(await resort()).toEqual(NOTHING)
    expect(await filesOf()).toEqual([])
    const left: string[] = []
    for await (const { key } of store.list('tables/')) if (key.includes('sorted-')) left.push(key)
    expect(left).toEqual([])
  })
})

test.each<[string, Parameters<typeof vouchFor>[1], Written, number]>([
  ['whose files overlap, as it is of DuckDB', { ...TRINO, engine: 'duckdb' }, { rows: 90, files: 3 }, 0],
  ['whose files follow each other', TRINO, { rows: 90, files: 3, isDisjoint: true }, 0],
  ['of one small file', TRINO, { rows: 90, files: 1 }, 0],
  ['of one file with one large row group', TRINO, { rows: 300_000, files: 1, rowGroupRows: 300_000 }, 1],
  ['of one large file with small row groups', TRINO, { rows: 300_000, files: 1 }, 0],
])(
  'an import %s',
  async (_, made, written, filesBefore) => {
    await putImport(made, written)
    expect(await resort(true)).toMatchObject({ filesBefore })
  },
  60_000,
)

test('an import without rows', async () => {
  for (const spec of [OBJECTS, FOLDERS, CHANGES]) await lake.catalog.create(spec)
  await vouchFor(lake, TRINO)
  expect(await resort()).toEqual(NOTHING)
})

test('rows are split until pieces are small, but not within a key', async () => {
  const folder = await mkdtemp(join(lake.folder, 'split-'))
  const numbers = "select case when i < 500 then 'same' else hash(i)::varchar end as key, i from range(8000) t(i)"
  const pieces: { rows: number; least: string; greatest: string; keys: number }[] = []
  let sum = 0
  for await (const piece of splitByKey({ select: numbers, columns: ['i'], rows: 8000 }, 50, folder, lake.engine)) {
    const [found] = await lake.engine.rows(
      `select count(*)::int as rows, min(key) as least, max(key) as greatest, count(distinct key)::int as keys, sum(i)::int as sum from ${piece}`,
    )
    const { rows, least, greatest, keys } = found as unknown as (typeof pieces)[number]
    pieces.push({ rows, least, greatest, keys })
    sum += Number(found?.sum)
  }
  expect([sum, pieces.reduce((total, { rows }) => total + rows, 0)]).toEqual([(7999 * 8000) / 2, 8000])
  expect(pieces.filter(({ rows, keys }) => rows > 75 && keys > 1)).toEqual([])
  for (const [i, { greatest }] of pieces.slice(0, -1).entries())
    expect(compareCodePoints(greatest, pieces[i + 1]?.least ?? '')).toBeLessThan(0)
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

const NOTHING = { imports: 0, filesBefore: 0, filesAfter: 0, bytes: 0 }
