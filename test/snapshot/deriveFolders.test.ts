import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { openDuckDB } from '../../src/engine/duckdb.js'
import { type Engine, OutOfMemoryError, type Params, type Row } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { selectFiles } from '../../src/engine/tableScan.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { deriveFolders, readRoot } from '../../src/snapshot/deriveFolders.js'
import { readFolderParts } from '../../src/snapshot/folderParts.js'
import { RowsLostError } from '../../src/snapshot/partitionRows.js'
import { FOLDERS } from '../../src/snapshot/tables.js'
import type { MadeRange } from '../../src/snapshot/writeRanges.js'

let folder: string
let engine: Engine
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'derive folders '))
  engine = await openDuckDB({ memoryBytes: 200_000_000, threads: 2, tempFolder: join(folder, 'spill') })
  await useModelDialect(engine)
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

const PARAMS: Params = {
  connector: 'photos',
  connector_guid: 'con_00000000000000000000000000',
  dt: '2026-01-20',
  snapshot: '2026-01-20T01-00Z',
  import_id: 'i2',
  taken_at: '2026-01-20T01:00:00.000Z',
}
const BASE_PARAMS: Params = { ...PARAMS, import_id: 'i1', taken_at: '2026-01-13T01:00:00.000Z' }

const NO_FOLDERS = selectFiles(FOLDERS.schema, [])

/** A SELECT of objects with those keys, no two alike; some are old versions or delete markers. */
const selectObjects = (keys: readonly string[]): string => `
  select key, (hash(key) % 1000)::bigint as size, 'e' as e_tag, 'STANDARD' as storage_class,
    timestamp '2026-01-01' + interval 1 day * (hash(key) % 30)::int as last_modified_date,
    hash(key) % 5 > 0 as is_latest, hash(key) % 7 = 0 as is_delete_marker
  from (select unnest([${keys.map(quoteString).join(', ')}]::varchar[]) as key)`

const selectDirect = (keys: readonly string[]): string =>
  bindInputs(loadModel('direct_folders', 'duckdb'), { objects: selectObjects(keys) })

/** The model `folders` over all keys at once, into a file. */
async function writeAtOnce(keys: readonly string[], base: string, params: Params, name: string): Promise<string> {
  const model = loadModel('folders', 'duckdb')
  const inputs = { direct_folders: selectDirect(keys), base_folders: base, later_folders: NO_FOLDERS }
  const path = join(folder, name)
  await engine.run(
    `copy (${bindInputs(model, inputs)} order by path) to ${quoteString(path)} (format parquet)`,
    pickParams(model, params),
  )
  return `select * from read_parquet(${quoteString(path)})`
}

/** What the ranges of an import leave for the roll-up: a file for each in which there are keys. */
async function writeRanges(ranges: readonly (readonly string[])[]): Promise<MadeRange[]> {
  const made: MadeRange[] = []
  for (const [i, keys] of ranges.entries()) {
    const path = join(folder, `range-${i}.parquet`)
    if (keys.length > 0) await engine.run(`copy (${selectDirect(keys)}) to ${quoteString(path)} (format parquet)`)
    made.push({ ...(keys.length > 0 && { folders: path }), changes: [] })
  }
  return made
}

/** Keys in order, cut before each of the cuts. */
function cutKeys(keys: readonly string[], cuts: readonly string[]): string[][] {
  const ends = [...cuts].sort(compareCodePoints)
  const ranges: string[][] = [[], ...ends.map(() => [])]
  for (const key of keys) ranges[ends.filter(cut => compareCodePoints(cut, key) <= 0).length]?.push(key)
  return ranges
}

/** The rows of a file, as they stand in it: it is of one row group, which one thread reads. */
const readRows = (path: string): Promise<Row[]> => engine.rows(`select * from (${selectFiles(FOLDERS.schema, [path])})`)

// Before and after `/`, of two and more bytes, on both sides of the surrogates, and none at all.
const name = fc.constantFrom('', 'a', 'b', 'a!', 'a0', 'é', '\ue000', '📷', "'", '.')
const key = fc
  .array(name, { minLength: 1, maxLength: 5 })
  .map(names => names.join('/'))
  .filter(text => text !== '')
const keys = fc.uniqueArray(key, { maxLength: 40 })

test('rolled up in parts, folders are the rows that they are at once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        keys,
        cuts: fc.uniqueArray(key, { maxLength: 6 }),
        base: fc.option(keys, { nil: undefined }),
        mostBytes: fc.constantFrom(1, 500, 2_000, 10_000, undefined),
      }),
      async ({ keys, cuts, base, mostBytes }) => {
        const selectBase = base ? await writeAtOnce(base, NO_FOLDERS, BASE_PARAMS, 'base.parquet') : NO_FOLDERS
        const ranges = await writeRanges(cutKeys(keys, cuts))
        const made = await deriveFolders(ranges, PARAMS, selectBase, folder, engine, mostBytes)

        const rows = await readRows(made.path)
        expect(rows).toEqual(await engine.rows(await writeAtOnce(keys, selectBase, PARAMS, 'expected.parquet')))
        expect(rows.map(({ path }) => String(path))).toEqual(
          rows.map(({ path }) => String(path)).sort(compareCodePoints),
        )
        expect(made.facts.recordCount).toBe(rows.length)
        expect(await readRoot(made, engine)).toEqual(rows[0])
      },
    ),
    { numRuns: 40 },
  )
})

test('small ranges go together, and a large one is cut between its folders', async () => {
  const many = Array.from({ length: 20 }, (_, i) => `b/${String(i).padStart(2, '0')}/x`)
  const ranges = await writeRanges([['a/a/x'], ['a/b/x'], many, [], ['c/x'], ['d/x', 'x']])
  const files = ranges.flatMap(({ folders }) => folders ?? [])
  const parts = await readFolderParts(files, engine, 3_000)
  expect(
    parts.map(({ files: [file = ''], least, greatest, before }) => [file.slice(-9, -8), least, greatest, before]),
  ).toEqual([
    ['0', 'a/a/', 'a/b/', []],
    ['2', 'b/00/', 'b/05/', ['a/b/']],
    ['2', 'b/06/', 'b/12/', ['a/b/', 'b/05/']],
    ['2', 'b/13/', 'b/18/', ['a/b/', 'b/12/']],
    ['2', 'b/19/', 'b/19/', ['a/b/', 'b/18/']],
    ['4', '', 'd/', ['b/19/']],
  ])
  expect(parts.map(part => part.files.length)).toEqual([2, 1, 1, 1, 1, 2])
})

test('parts that a killed import left are not taken for those of the next one', async () => {
  const keys = ['a/b/x', 'a/c/x', 'd/x']
  const derive = async (ranges: string[][]) =>
    readRows((await deriveFolders(await writeRanges(ranges), PARAMS, NO_FOLDERS, folder, engine, 1)).path)
  await derive([['z/y/x'], ['z/z/x'], ['zz/x'], ['zzz/x'], ['zzzz/x']])
  expect(await derive(keys.map(key => [key]))).toEqual(await derive([keys]))
})

test('ranges that are not in the order of their keys are noticed', async () => {
  const ranges = await writeRanges([['b/x'], ['a/x']])
  await expect(deriveFolders(ranges, PARAMS, NO_FOLDERS, folder, engine, 1)).rejects.toThrow(RowsLostError)
})

test('a path with a NUL is a path', async () => {
  const path = join(folder, 'nul.parquet')
  const keys = "select unnest(['a' || chr(0) || '/b/x', 'a' || chr(0) || '/c/x', 'a/x']) as key"
  const direct = `${selectDirect([])}`.replace('select unnest([]::varchar[]) as key', keys)
  await engine.run(`copy (${direct}) to ${quoteString(path)} (format parquet)`)
  const made = await deriveFolders([{ folders: path, changes: [] }], PARAMS, NO_FOLDERS, folder, engine, 1)
  expect((await readRows(made.path)).map(row => row.path)).toEqual(['', 'a\0/', 'a\0/b/', 'a\0/c/', 'a/'])
})

test('more folders than memory has room for', async () => {
  const small = await openDuckDB({ memoryBytes: 100_000_000, threads: 2, tempFolder: join(folder, 'small') })
  try {
    await useModelDialect(small)
    await small.run(`set max_temp_directory_size = '0B'`)
    const numbers = 'select range as i from range(200000)'
    const objects = selectObjects([]).replace(
      /select unnest.*as key/,
      `select 'logs/' || i // 1000 || '/' || i || '/x' as key from (${numbers})`,
    )
    const path = join(folder, 'many.parquet')
    await engine.run(
      `copy (${bindInputs(loadModel('direct_folders', 'duckdb'), { objects })}) to ${quoteString(path)} (format parquet)`,
    )
    const derive = (most?: number) =>
      deriveFolders([{ folders: path, changes: [] }], PARAMS, NO_FOLDERS, folder, small, most)
    await expect(derive(Number.MAX_SAFE_INTEGER)).rejects.toThrow(OutOfMemoryError)
    expect((await derive()).facts.recordCount).toBe(200_000 + 200 + 2)
  } finally {
    small.close()
  }
})
