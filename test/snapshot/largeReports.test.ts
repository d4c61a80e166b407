import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { between, randomFrom, shuffle } from '../../src/demo/seededRandom.js'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importOne,
  LEAST_LIMITS,
  openTestLake,
  readImport,
  SECOND,
  type TestLake,
  THIRD,
} from './importing.js'
import { plainChanges, plainFolders } from './plainModels.js'
import { putCsv } from './reports.js'

const MOST_SORTED_ROWS = 10_000
const HOT_KEY = 'folder 3/hot.log'
const HOT_VERSIONS = 20_000

const object = (i: number, eTag = `e${i}`): ReportRow => ({
  key: `folder ${i % 7}/${'x/'.repeat(i % 3)}${String(i).padStart(6, '0')}${i % 100 === 0 ? '📷' : ''}.jpg`,
  size: i,
  lastModified: new Date(FIRST.getTime() + i * 1000),
  eTag,
  storageClass: 'STANDARD',
})

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** 60,000 rows in no order; a third of them are versions of one key. */
function shuffledRows(): ReportRow[] {
  const hot = numbers(0, HOT_VERSIONS).map(i => ({
    ...{ key: HOT_KEY, versionId: `v${i}`, isLatest: i === 0, size: i, lastModified: FIRST },
    ...{ eTag: `h${i}`, storageClass: 'STANDARD' },
  }))
  return [...shuffle([...hot, ...numbers(0, 40_000).map(i => object(i))], 7, 60_000)]
}

/** The objects with a few changes, in order: each file has other keys, and the first says nothing of the others'. */
function sortedRows(): ReportRow[] {
  const random = randomFrom(8)
  return numbers(500, 41_000)
    .filter(i => i % 997 !== 0)
    .map(i => object(i, between(random, 0, 50) === 0 ? 'changed' : `e${i}`))
    .sort((a, b) => compareCodePoints(a.key, b.key))
}

/** So that writeReport, which deals rows out in turn, puts each stretch of them into a file of its own. */
function dealtInTurn<T>(rows: readonly T[], files: number): T[] {
  const length = Math.ceil(rows.length / files)
  return numbers(0, length).flatMap(i => numbers(0, files).flatMap(file => rows[file * length + i] ?? []))
}

let lake: TestLake
beforeAll(async () => {
  lake = await openTestLake()
})
afterAll(() => closeTestLake(lake))

/** What each file of an import's objects holds, in the order of their first keys. */
async function describeFiles({ import_id }: Receipt) {
  const table = await lake.catalog.create(OBJECTS)
  const files = await planFiles(table, [{ column: 'import_id', op: '=', value: import_id }])
  const found = files.map(async file => {
    const [row = {}] = await lake.engine.rows(
      `select count(*)::int as rows, min(key) as first, max(key) as last, count_if(key < before) as misplaced
      from (select key, lag(key) over (order by file_row_number) as before from read_parquet($path, file_row_number=true))`,
      { path: lake.store.locate(resolveFile(table, file.path)) },
    )
    return { ...row, recordCount: file.recordCount } as { [name: string]: number | string | bigint }
  })
  return (await Promise.all(found)).sort((a, b) => compareCodePoints(String(a.first), String(b.first)))
}

async function expectSortedAndDisjoint(receipt: Receipt): Promise<void> {
  const files = await describeFiles(receipt)
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter(({ misplaced }) => misplaced !== 0n)).toEqual([])
  expect(files.filter(({ rows, recordCount }) => rows !== recordCount)).toEqual([])
  const overlaps = files.filter(
    (file, i) => i > 0 && compareCodePoints(String(file.first), String(files[i - 1]?.last)) <= 0,
  )
  expect(overlaps).toEqual([])
  const large = files.filter(({ first, rows }) => first !== HOT_KEY && Number(rows) > 2 * MOST_SORTED_ROWS)
  expect(large).toEqual([])
}

const identify = ({ key, versionId, size, eTag, isLatest = true }: ReportRow) =>
  [key, versionId, size, eTag, isLatest].join(' ')

async function expectSameRows({ import_id }: Receipt, rows: readonly ReportRow[]): Promise<void> {
  const found = await readImport(lake, OBJECTS, import_id)
  const texts = found.map(row => [row.key, row.version_id, row.size, row.e_tag, row.is_latest].join(' ')).sort()
  expect(texts).toEqual(rows.map(identify).sort())
  const folders = plainFolders(rows, connectorOf().guid, FIRST, new Map())
  const foundFolders = await readImport(lake, FOLDERS, import_id)
  expect(
    new Map(foundFolders.map(row => [row.path, [row.object_count, row.noncurrent_object_count, row.fingerprint]])),
  ).toEqual(
    new Map(
      [...folders].map(([path, row]) => [path, [row.object_count, row.noncurrent_object_count, row.fingerprint]]),
    ),
  )
}

async function expectSameChanges({ import_id }: Receipt, before: readonly ReportRow[], after: readonly ReportRow[]) {
  const found = await readImport(lake, CHANGES, import_id)
  const plain = plainChanges(before, after)
  expect(plain.size).toBeGreaterThan(1000)
  expect(new Map(found.map(({ key, change }) => [key, change]))).toEqual(
    new Map([...plain].map(([key, { change }]) => [key, change])),
  )
  expect(found).toHaveLength(plain.size)
}

describe('a report of more rows than can be sorted at once', () => {
  const shuffled = shuffledRows()
  const sorted = sortedRows()
  let receipts: Receipt[]

  beforeAll(async () => {
    const put = async (day: Date, rows: readonly ReportRow[], files: number) => {
      await putCsv(lake.reports, day, rows, undefined, files)
      return importOne(lake, { limits: LEAST_LIMITS })
    }
    receipts = [
      await put(FIRST, shuffled, 2),
      await put(SECOND, dealtInTurn(sorted, 4), 4),
      await put(
        THIRD,
        dealtInTurn(
          [...shuffled].sort((a, b) => compareCodePoints(a.key, b.key)),
          3,
        ),
        3,
      ),
    ]
  })

  const of = (i: number): Receipt => {
    const receipt = receipts[i]
    if (!receipt) throw new Error(`no receipt ${i}`)
    return receipt
  }

  test.each([
    ['in no order, a third of them of one key', 0, shuffled],
    ['in order, in files one after the other', 1, sorted],
    ['in order, a third of them of one key', 2, shuffled],
  ])('%s: becomes sorted files of disjoint keys, and nothing is lost', async (_, i, rows) => {
    expect(of(i)).toMatchObject({ row_count: BigInt(rows.length), rejected_row_count: 0n })
    await expectSortedAndDisjoint(of(i))
    await expectSameRows(of(i), rows)
  })

  test('is compared with one of other ranges', async () => {
    await expectSameChanges(of(1), shuffled, sorted)
    await expectSameChanges(of(2), sorted, shuffled)
  })
})
