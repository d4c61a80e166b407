import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ReportRefusedError } from '../../src/errors.js'
import type { RejectedRow } from '../../src/snapshot/rejectedRows.js'
import { OBJECTS } from '../../src/snapshot/tables.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importInto,
  openTestLake,
  readVouched,
  SECOND,
  type TestLake,
} from './importing.js'
import { csvReport, dataKey, parquetReport, putReport } from './reports.js'

let lake: TestLake
beforeEach(async () => {
  lake = await openTestLake()
})
afterEach(() => closeTestLake(lake))

const FIELDS = ['bucket', 'key', 'size', 'last_modified_date', 'is_latest']
const good = (key: string) => `"photo-bucket","${key}","1","2026-01-01T00:00:00.000Z","true"`
const GOOD = Array.from({ length: 30 }, (_, i) => good(`photos/${i}.jpg`))
const fileUrl = (file: number) => `${lake.reports.url}/${dataKey(`2026-01-13T01-00Z-${file}.csv.gz`)}`

/** Imports the report, which must go well. @returns the rows that were left out */
async function importLeavingOut(maxRejected?: string) {
  const connector = connectorOf({}, maxRejected === undefined ? {} : { max_rejected: maxRejected })
  const [outcome] = await importInto(lake, { connector })
  if (outcome?.kind !== 'imported') throw new Error('expected an import')
  return outcome
}

const MALFORMED: [what: string, line: string, reason: RegExp][] = [
  [
    'a % without two hex digits',
    '"photo-bucket","100%.jpg","1","2026-01-01T00:00:00.000Z","true"',
    /the key has a % that no two hex digits follow/,
  ],
  ['a % and one hex digit', '"photo-bucket","a%2","1","2026-01-01T00:00:00.000Z","true"', /the key has a %/],
  [
    'bytes that are not UTF-8',
    '"photo-bucket","a%FFb","1","2026-01-01T00:00:00.000Z","true"',
    /the key is not UTF-8 once decoded/,
  ],
  ['half a surrogate pair', '"photo-bucket","a%ED%A0%80b","1","2026-01-01T00:00:00.000Z","true"', /not UTF-8/],
  ['another bucket', '"logs","a.jpg","1","2026-01-01T00:00:00.000Z","true"', /the bucket is another/],
  ['no bucket', '"","a.jpg","1","2026-01-01T00:00:00.000Z","true"', /the bucket is another/],
  ['no date', '"photo-bucket","a.jpg","1","yesterday","true"', /last_modified_date/],
  ['a day that there is not', '"photo-bucket","a.jpg","1","2026-02-30T00:00:00.000Z","true"', /last_modified_date/],
  ...['1.5', '1e3', '0x10', '1_000'].map((size): [string, string, RegExp] => [
    `a size of ${size}`,
    `"photo-bucket","a.jpg","${size}","2026-01-01T00:00:00.000Z","true"`,
    /size is no long/,
  ]),
  ['a time of another zone', '"photo-bucket","a.jpg","1","2026-01-01T00:00:00+05:00","true"', /no timestamp/],
  ['a time without end', '"photo-bucket","a.jpg","1","infinity","true"', /last_modified_date is no timestamp/],
  ['too few columns', '"photo-bucket","a.jpg","1"', /expected.*5.*3|missing/i],
  ['too many columns', `${good('a.jpg')},"more"`, /expected.*5/i],
  ['an empty key', good(''), /the key is empty/],
  ['a negative size', '"photo-bucket","a.jpg","-1","2026-01-01T00:00:00.000Z","true"', /the size is negative/],
  ['a size that is no number', '"photo-bucket","a.jpg","big","2026-01-01T00:00:00.000Z","true"', /size/],
  ['a size past 2^63', '"photo-bucket","a.jpg","9223372036854775808","2026-01-01T00:00:00.000Z","true"', /size/],
  ['no is_latest', '"photo-bucket","a.jpg","1","2026-01-01T00:00:00.000Z",""', /is_latest is empty/],
  ['an is_latest that is neither', '"photo-bucket","a.jpg","1","2026-01-01T00:00:00.000Z","maybe"', /is_latest/],
]

describe('a malformed line is told with file, line and reason, and the others are imported:', () => {
  test.each(MALFORMED)('%s', async (_, line, reason) => {
    const second = [...GOOD.slice(10, 17), line, ...GOOD.slice(17)]
    await putReport(lake.reports, csvReport(FIRST, FIELDS, GOOD.slice(0, 10), second))
    const { receipt, rejected } = await importLeavingOut()
    expect(rejected).toEqual({
      count: 1,
      shown: [{ file: fileUrl(1), line: 8, reason: expect.stringMatching(reason), text: expect.any(String) }],
    })
    expect(receipt).toMatchObject({ row_count: 30n, rejected_row_count: 1n, object_count: 30n })
    expect(await readVouched(lake, OBJECTS)).toHaveLength(30)
  })

  test('all of them at once, in two files', async () => {
    const lines = MALFORMED.slice(0, 9).map(([, line], i) => line.replace('a.jpg', `${i}.jpg`))
    await putReport(
      lake.reports,
      csvReport(
        FIRST,
        FIELDS,
        [...lines.slice(0, 4), ...GOOD],
        [...GOOD.map(line => line.replace('photos', 'music')), ...lines.slice(4)],
      ),
    )
    const { receipt, rejected } = await importLeavingOut()
    expect(rejected.count).toBe(9)
    const places = rejected.shown.map(({ file, line }) => `${file.at(-8)} ${line}`).sort()
    expect(places).toEqual(['0 1', '0 2', '0 3', '0 4', '1 31', '1 32', '1 33', '1 34', '1 35'])
    expect(receipt).toMatchObject({ row_count: 60n, rejected_row_count: 9n })
  })

  test('all of them at once, with line ends of Windows', async () => {
    const lines = MALFORMED.map(([, line]) => line)
    const all = [...GOOD, ...lines, ...GOOD.map(line => line.replace('photos', 'music'))]
    await putReport(
      lake.reports,
      csvReport(
        FIRST,
        FIELDS,
        all.map(line => `${line}\r`),
      ),
    )
    const { receipt, rejected } = await importLeavingOut('100%')
    expect(rejected.count).toBe(lines.length)
    expect(rejected.shown.every(({ text }) => !/^[\r\n]/.test(text))).toBe(true)
    expect(receipt).toMatchObject({ row_count: 60n, rejected_row_count: BigInt(lines.length) })
  })

  test('two of one key, which other rows have too', async () => {
    const bad = '"logs","photos/1.jpg","1","2026-01-01T00:00:00.000Z","true"'
    await putReport(lake.reports, csvReport(FIRST, FIELDS, [...GOOD.slice(0, 5), bad, bad, ...GOOD.slice(5)]))
    const { rejected } = await importLeavingOut()
    expect(rejected.shown.map(({ line }) => line)).toEqual([6, 7])
  })

  test('a quote that is not closed, at the end of the file', async () => {
    await putReport(lake.reports, csvReport(FIRST, FIELDS, [...GOOD, '"photo-bucket","a.jpg","1","2026']))
    const { receipt, rejected } = await importLeavingOut()
    expect(rejected).toMatchObject({ count: expect.any(Number), shown: [{ file: fileUrl(0), line: 31 }] })
    expect(receipt).toMatchObject({ row_count: 30n })
  })

  test('a quote that is not closed takes lines with it, and each of them counts', async () => {
    const broken = '"photo-bucket","broken.jpg,"1","2026-01-01T00:00:00.000Z","true"'
    await putReport(lake.reports, csvReport(FIRST, FIELDS, [...GOOD.slice(0, 10), broken, ...GOOD.slice(10)]))
    const { receipt, rejected } = await importLeavingOut()
    expect(rejected.shown[0]).toMatchObject({ file: fileUrl(0), line: 11 })
    expect(receipt.row_count + receipt.rejected_row_count).toBe(31n)
  })
})

test('an empty line before a malformed one counts, too', async () => {
  await putReport(lake.reports, csvReport(FIRST, FIELDS, [...GOOD, '', 'no quotes at all', good('photos/last.jpg')]))
  const { rejected, receipt } = await importLeavingOut('50%')
  expect([rejected.count, receipt.row_count]).toEqual([2, 31n])
})

test('the first twenty are told, and all are counted', async () => {
  const bad = Array.from({ length: 50 }, (_, i) => good(`${String(i).padStart(2, '0')}%zz`))
  await putReport(lake.reports, csvReport(FIRST, FIELDS, GOOD, bad))
  const { rejected } = await importLeavingOut('100%')
  expect(rejected.count).toBe(50)
  expect(rejected.shown.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
})

const isRefused = async (maxRejected?: string) => {
  const error = await importLeavingOut(maxRejected).catch(error => error)
  if (error instanceof ReportRefusedError) return true
  if (error instanceof Error) throw error
  return false
}

describe('how many malformed rows are let pass', () => {
  const withBad = (rows: number, bad: number) => [
    ...Array.from({ length: rows - bad }, (_, i) => good(String(i))),
    ...Array.from({ length: bad }, (_, i) => good(`${i}%zz`)),
  ]

  test.each<[number, number, string | undefined, boolean]>([
    [100, 10, undefined, false], // ten, however few rows there are
    [100, 11, undefined, true],
    [11_000, 11, undefined, false], // 0.1 %
    [11_000, 12, undefined, true],
    [100, 11, '11%', false],
    [100, 12, '11%', true],
    [100, 1, '0%', true],
    [5, 4, undefined, false],
    [5, 5, undefined, true],
    [100, 100, '100%', false],
  ])('of %d rows %d malformed ones, with max_rejected %s: refused %s', async (rows, bad, maxRejected, refused) => {
    await putReport(lake.reports, csvReport(FIRST, FIELDS, withBad(rows, bad)))
    expect(await isRefused(maxRejected)).toBe(refused)
  })

  test('is counted over all files', async () => {
    const files = [0, 1, 2].map(file => Array.from({ length: 4 }, (_, i) => good(`${file}-${i}%zz`)))
    await putReport(lake.reports, csvReport(FIRST, FIELDS, GOOD, ...files))
    expect(await isRefused()).toBe(true)
  })

  test('a report that was refused for them leaves none to the next', async () => {
    await putReport(lake.reports, csvReport(FIRST, FIELDS, withBad(40, 20), ['"photo-bucket","a"']))
    expect(await isRefused()).toBe(true)
    await putReport(lake.reports, csvReport(SECOND, FIELDS, GOOD))
    expect((await importLeavingOut()).rejected).toEqual({ count: 0, shown: [] })
  })
})

test('a malformed row of Parquet is told with its number', async () => {
  const rows = GOOD.map((_, i) => ({ key: i === 6 ? '' : `photos/${i}.jpg`, size: i === 4 ? -1 : i }))
  await putReport(lake.reports, await parquetReport(lake.engine, FIRST, rows))
  const { rejected, receipt } = await importLeavingOut()
  const told = rejected.shown.map(({ line, reason }: RejectedRow) => [line, reason])
  expect(told).toEqual([
    [5, 'the size is negative'],
    [7, 'the key is empty'],
  ])
  expect(receipt).toMatchObject({ row_count: 28n, rejected_row_count: 2n })
})
