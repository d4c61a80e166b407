import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { openDuckDB } from '../../src/engine/duckdb.js'
import type { Engine } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import { bindInputs, loadModel } from '../../src/models/model.js'
import { type ChangedBlock, findChangedSlices, joinChanged } from '../../src/snapshot/changedSlices.js'
import { type KeyBlock, readKeyBlocks, sliceRange } from '../../src/snapshot/keyBlocks.js'
import type { KeyRange } from '../../src/snapshot/keyRanges.js'

let folder: string
let engine: Engine
let written: WrittenBucket
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changed slices '))
  engine = await openDuckDB({ memoryBytes: 200_000_000, threads: 2, tempFolder: join(folder, 'spill') })
  await useModelDialect(engine)
  written = await writeBucket(BASE, 'base')
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

/** Current objects: the ETag of each key. */
type Bucket = ReadonlyMap<string, string>

/** The least that DuckDB writes as a row group. */
const BLOCK_ROWS = 2048

/** Its files, and a SELECT of its folders. */
interface WrittenBucket {
  readonly paths: string[]
  readonly folders: string
}

/** Writes objects as two sorted files of small row groups, and gives them with their roll-up by folder. */
async function writeBucket(bucket: Bucket, name: string): Promise<WrittenBucket> {
  const rows = [...bucket].sort(([a], [b]) => compareCodePoints(a, b))
  const source = join(folder, `${name}.ndjson`)
  await writeFile(source, rows.map(([key, e_tag], i) => JSON.stringify({ i, key, e_tag })).join('\n'))
  const objects = `select key, e_tag, cast(1 as bigint) as size, timestamp '2026-01-20 01:00:00' as last_modified_date,
    'STANDARD' as storage_class, true as is_latest, false as is_delete_marker, i
    from read_json(${quoteString(source)}, columns = {i: 'BIGINT', key: 'VARCHAR', e_tag: 'VARCHAR'})`
  const paths = [`${name}-0.parquet`, `${name}-1.parquet`].map(each => join(folder, each))
  const half = rows.length >> 1
  for (const [path, where] of [
    [paths[0] ?? '', `i < ${half}`],
    [paths[1] ?? '', `i >= ${half}`],
  ] as const)
    await engine.run(
      `copy (select * exclude (i) from (${objects}) where ${where} order by i)
      to ${quoteString(path)} (format parquet, row_group_size ${BLOCK_ROWS})`,
    )
  return { paths, folders: bindInputs(loadModel('direct_folders', 'duckdb'), { objects }) }
}

/** Where keys may be that changed since {@link BASE}. */
async function findSlices(bucket: Bucket, range: KeyRange = {}): Promise<KeyRange[] | undefined> {
  const newer = await writeBucket(bucket, 'newer')
  const folders = { base_folders: written.folders, newer_folders: newer.folders }
  const blocks = { base: await readKeyBlocks(written.paths, engine), newer: await readKeyBlocks(newer.paths, engine) }
  return findChangedSlices(range, blocks, folders, 2 * BLOCK_ROWS, engine)
}

const isIn =
  (key: string) =>
  ({ from, to }: KeyRange): boolean =>
    (from === undefined || compareCodePoints(key, from) >= 0) && (to === undefined || compareCodePoints(key, to) < 0)

/** The keys that changed since {@link BASE}. */
const listChanged = (bucket: Bucket): string[] =>
  [...new Set([...BASE.keys(), ...bucket.keys()])].filter(key => BASE.get(key) !== bucket.get(key))

/** 20,000 objects: in folders of 1 to 40, two and three levels deep, and directly in those above them. */
function makeBucket(): Map<string, string> {
  const bucket = new Map<string, string>()
  for (let i = 0; i < 20_000; i++) {
    const top = ['data', 'logs 2026', 'ä', 'z"\'', '📷'][i % 5]
    const key =
      i % 500 === 0
        ? `${top}/${i}.txt`
        : i % 501 === 0
          ? `${i}.json`
          : `${top}/${(i * 7) % 300}/${i % 3 === 0 ? 'x/' : ''}${i}.jpg`
    bucket.set(key, `e${i}`)
  }
  return bucket
}

const BASE = makeBucket()
const SORTED = [...BASE.keys()].sort(compareCodePoints)

/** The bucket after some keys have other content, are gone, or have a new neighbour. */
function change(keys: readonly string[]): Map<string, string> {
  const bucket = new Map(BASE)
  for (const [i, key] of keys.entries()) {
    if (i % 3 === 0) bucket.delete(key)
    else if (i % 3 === 1) bucket.set(key, 'another')
    else bucket.set(`${key}~`, 'new')
  }
  return bucket
}

const countIn = (slices: readonly KeyRange[]): number => SORTED.filter(key => slices.some(isIn(key))).length

test.each<[string, readonly string[], number]>([
  ['nothing', [], 0],
  ['one object of a folder', SORTED.slice(7_000, 7_001), 5_000],
  ['twenty neighbours', SORTED.slice(12_345, 12_365), 5_000],
  ['the first object, which is in no folder', SORTED.slice(0, 1), 16_000],
  ['the last object', SORTED.slice(-1), 5_000],
  ['an object in no folder', SORTED.filter(key => !key.includes('/')).slice(5, 6), 16_000],
  ['an object beside folders', SORTED.filter(key => /^data\/\d+\.txt$/.test(key)).slice(3, 4), 10_000],
])('where %s changed, little is read, and all of it', async (_, keys, most) => {
  const newer = change(keys)
  const slices = (await findSlices(newer)) ?? [{}]
  expect(countIn(slices)).toBeLessThanOrEqual(most)
  expect(listChanged(newer).filter(key => slices.filter(isIn(key)).length !== 1)).toEqual([])
})

test('files that other engines wrote hold keys of the same range: each that may hold children of a changed folder is read', async () => {
  const blockOf = (least: string, greatest: string, rows = 10): KeyBlock => ({ path: least, rows, least, greatest })
  const newer = [blockOf('b', 'g'), blockOf('e', 'f/b'), blockOf('f/sub/a', 'f/sub/z'), blockOf('h', 'z', 1000)]
  const folders = (where: string) =>
    `select 'f/' as path, 7::bigint as fingerprint, 1::bigint as direct_object_count, 1::bigint as direct_size_bytes where ${where}`
  const slices = await findChangedSlices(
    {},
    { base: [], newer },
    { base_folders: folders('false'), newer_folders: folders('true') },
    BLOCK_ROWS,
    engine,
  )
  expect(slices?.filter(isIn('f/t'))).toHaveLength(1) // it is in the first block
  expect(slices?.filter(isIn('i'))).toEqual([])
})

test('where there is change in every folder, all is read in one go', async () => {
  expect(await findSlices(change(SORTED.filter((_, i) => i % 40 === 0)))).toBeUndefined()
})

test('only what is in the range is read', async () => {
  const slices = (await findSlices(change(SORTED.slice(7_000, 7_010)), { from: 'ä', to: 'å' })) ?? [{}]
  expect(slices).toEqual([])
})

test('whatever changed is in one of the ranges, which are apart and in order', async () => {
  const changed = fc.array(
    fc
      .tuple(fc.nat(SORTED.length - 1), fc.constantFrom(1, 2, 30, 3000))
      .map(([at, length]) => SORTED.slice(at, at + length)),
    { maxLength: 4 },
  )
  await fc.assert(
    fc.asyncProperty(changed, async keys => {
      const newer = change(keys.flat())
      const slices = (await findSlices(newer)) ?? [{}]
      expect(listChanged(newer).filter(key => slices.filter(isIn(key)).length !== 1)).toEqual([])
      for (const [i, { from = '' }] of slices.entries())
        if (i > 0) expect(compareCodePoints(slices[i - 1]?.to ?? '\u{10ffff}', from)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 8 },
  )
})

const block = (least: string, greatest: string | undefined, isChanged: boolean): ChangedBlock => ({
  ...{ path: 'p', rows: 10, least, greatest, isChanged },
})

test.each<[string, ChangedBlock[], KeyRange[]]>([
  ['none', [], []],
  ['none that changed', [block('a', 'b', false)], []],
  ['one of two', [block('a', 'b', true), block('c', 'd', false)], [{ from: 'a', to: 'c' }]],
  ['the last', [block('a', 'b', false), block('c', 'd', true)], [{ from: 'c' }]],
  [
    'one that another of the other snapshot lies across',
    [block('a', 'f', false), block('b', 'd', true), block('c', 'm', false), block('g', 'k', false)],
    [{ from: 'b', to: 'g' }],
  ],
  ['one whose end is unknown', [block('a', undefined, true), block('k', 'l', false)], [{ from: 'a' }]],
  ['one key across two blocks', [block('a', 'k', true), block('k', 'l', false)], [{ from: 'a' }]],
  [
    'two apart',
    [block('a', 'b', true), block('c', 'd', false), block('e', 'f', true), block('g', 'h', false)],
    [
      { from: 'a', to: 'c' },
      { from: 'e', to: 'g' },
    ],
  ],
])('blocks become ranges: %s', (_, blocks, ranges) => {
  expect(joinChanged(blocks).map(({ range }) => range)).toEqual(ranges)
})

const plain = (least: string, rows: number): KeyBlock => ({ path: 'p', rows, least, greatest: undefined })

test.each<[string, KeyRange, KeyBlock[], KeyRange[]]>([
  ['no blocks', { from: 'a' }, [], [{ from: 'a' }]],
  ['fewer rows than wanted', {}, [plain('a', 50), plain('b', 40)], [{}]],
  ['a block too many', {}, [plain('a', 60), plain('b', 60), plain('c', 60)], [{ to: 'c' }, { from: 'c' }]],
  [
    'blocks that begin with one key',
    {},
    [plain('a', 100), plain('a', 100), plain('b', 1)],
    [{ to: 'b' }, { from: 'b' }],
  ],
  [
    'blocks from before the range, and after it',
    { from: 'b', to: 'd' },
    [plain('a', 100), plain('c', 100), plain('d', 100)],
    [
      { from: 'b', to: 'c' },
      { from: 'c', to: 'd' },
    ],
  ],
  [
    'code points, not UTF-16',
    { to: '\u{10000}' },
    [plain('a', 100), plain('\u{e000}', 100)],
    [{ to: '\u{e000}' }, { from: '\u{e000}', to: '\u{10000}' }],
  ],
])('a range is cut where blocks begin: %s', (_, range, blocks, slices) => {
  expect(sliceRange(range, blocks, 100)).toEqual(slices)
})
