import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { demoVersions, REPORT_TIMES } from '../../src/demo/demoBucket.js'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import { shuffle } from '../../src/demo/seededRandom.js'
import { type DemoDay, sportsFiles } from '../../src/demo/sportsFiles.js'
import type { ReportRow } from '../../src/demo/writeReport.js'

const versions: Readonly<Record<DemoDay, readonly ReportRow[]>> = {
  first: [...demoVersions('first')],
  second: [...demoVersions('second')],
}

const current = (day: DemoDay): Map<string, ReportRow> =>
  new Map(versions[day].filter(row => row.isLatest !== false && row.isDeleteMarker !== true).map(row => [row.key, row]))
const objects = { first: current('first'), second: current('second') }

const gigabytes = (rows: Iterable<ReportRow>, folder: string): number => {
  let bytes = 0
  for (const row of rows) if (row.key.startsWith(folder)) bytes += Number(row.size ?? 0)
  return Math.round(bytes / 1e8) / 10
}

const isSame = (a: ReportRow, b: ReportRow): boolean => JSON.stringify(a) === JSON.stringify(b)

test('the bucket is the same at each call', () => {
  const again = [...demoVersions('second')]
  expect(again.filter((row, n) => !isSame(row, versions.second[n] ?? { key: '' }))).toEqual([])
})

test.each([
  ['first', 203_120, 201_812],
  ['second', 205_118, 203_387], // 2,300 came and 713 went; 12 got a delete marker; 399 were replaced and kept
] as const)('the %s day has %i versions of %i objects', (day, versionCount, objectCount) => {
  expect(versions[day].length).toBe(versionCount)
  expect(objects[day].size).toBe(objectCount)
})

test('folders are as large as a bucket of this kind has them', () => {
  const folders = ['photos/', 'market/', 'logs/', 'sports/', 'backup/']
  expect(folders.map(folder => gigabytes(objects.second.values(), folder))).toEqual([21.7, 9.9, 2.6, 0, 0])
  const old = versions.second.filter(row => row.isLatest === false)
  expect(gigabytes(old, 'backup/')).toBe(6.2)
})

test('between the days objects come, go, change and are moved to a colder class', () => {
  const counts = { new: 0, modified: 0, touched: 0, deleted: 0, same: 0 }
  for (const row of objects.second.values()) {
    const was = objects.first.get(row.key)
    if (!was) counts.new++
    else if (was.eTag !== row.eTag || was.size !== row.size) counts.modified++
    else if (isSame(row, was)) counts.same++
    else if (isSame(row, { ...was, storageClass: 'GLACIER_IR' })) counts.touched++
  }
  for (const key of objects.first.keys()) if (!objects.second.has(key)) counts.deleted++
  expect(counts).toEqual({ new: 2300, modified: 402, touched: 221, deleted: 725, same: 203_387 - 2300 - 402 - 221 })
})

test('a month of box scores vanishes', () => {
  const gone = [...objects.first.keys()].filter(key => key.startsWith('sports/') && !objects.second.has(key))
  expect(gone).toHaveLength(31)
  expect(gone[0]).toBe('sports/box_scores/2025-26/2025-11-03.json')
  expect(gone.every(key => key.startsWith('sports/box_scores/2025-26/'))).toBe(true)
})

test('some pictures were moved: their content is at another key', () => {
  const moved = [...objects.second.values()].filter(row => row.key.startsWith('photos/archive/'))
  expect(moved).toHaveLength(58)
  for (const row of moved) {
    const was = row.key.replace('photos/archive/', 'photos/')
    expect(objects.second.has(was)).toBe(false)
    expect(objects.first.get(was)).toMatchObject({ size: row.size, eTag: row.eTag })
  }
})

test.each(['first', 'second'] as const)('on the %s day the versions of each key make sense', day => {
  const rows = versions[day]
  expect(new Set(rows.map(row => `${row.key}\n${row.versionId ?? ''}`)).size).toBe(rows.length)
  const latest = rows.filter(row => row.isLatest !== false).map(row => row.key)
  expect(new Set(latest).size).toBe(latest.length)
  expect(new Set(latest).size).toBe(new Set(rows.map(row => row.key)).size)
})

test.each(['first', 'second'] as const)('on the %s day each row is one that S3 could report', day => {
  const isPlausible = ({ isDeleteMarker, size, eTag, storageClass, lastModified }: ReportRow): boolean =>
    lastModified !== undefined &&
    lastModified < REPORT_TIMES[day] &&
    lastModified.getMilliseconds() === 0 &&
    (isDeleteMarker
      ? size === undefined && eTag === undefined && storageClass === undefined
      : size !== undefined && /^[0-9a-f]{32}(-\d+)?$/.test(eTag ?? '') && storageClass !== undefined)
  expect(versions[day].filter(row => !isPlausible(row))).toEqual([])
})

test('what is new or modified was written between the reports, but for the last hour of logs', () => {
  const since = REPORT_TIMES.first.getTime() - 3_600_000
  const came = [...objects.second.values()].filter(row => objects.first.get(row.key)?.eTag !== row.eTag)
  expect(came.length).toBe(2300 + 402)
  expect(came.filter(row => Number(row.lastModified) < since)).toEqual([])
})

test('odd keys are as odd as S3 allows', () => {
  const keys = listOddKeys()
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.map(key => Buffer.byteLength(key)).sort((a, b) => b - a)[0]).toBe(1024)
  for (const part of ['+', '%', ' ', '"', ',', '\n', '//', '../', '📷', "'", '&', '\\'])
    expect(
      keys.filter(key => key.includes(part)),
      part,
    ).not.toEqual([])
})

test('the report tells size and ETag of the files that are really there', () => {
  const reported = [...objects.second.values()].filter(row => row.key.startsWith('sports/'))
  const there = [...sportsFiles('second')]
  expect(there.map(({ key, bytes, md5 }) => [key, bytes.length, md5])).toEqual(
    reported.map(({ key, size, eTag }) => [key, size, eTag]),
  )
  expect(there.filter(({ bytes, md5 }) => createHash('md5').update(bytes).digest('hex') !== md5)).toEqual([])
})

test('shuffled rows are the same rows in another order', () => {
  const rows = Array.from({ length: 1000 }, (_, n) => n)
  const shuffled = [...shuffle(rows, 1, 64)]
  expect(shuffled).not.toEqual(rows)
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(rows)
  expect([...shuffle(rows, 1, 64)]).toEqual(shuffled)
  expect([...shuffle([], 1, 64)]).toEqual([])
})
