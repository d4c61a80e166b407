import { describe, expect, test } from 'vitest'
import { filterRows, nextSort, sortRows, type ValueColumn } from '../../src/ui/app/parts/tableRows.js'

interface Row {
  readonly key: string
  readonly size: number | null
}

const columns: readonly ValueColumn<Row>[] = [
  { name: 'key', title: 'key', value: ({ key }) => key },
  { name: 'size', title: 'size', kind: 'bytes', value: ({ size }) => size },
]
const [key, size] = columns as [ValueColumn<Row>, ValueColumn<Row>]

const rows: readonly Row[] = [
  { key: 'b', size: 20 },
  { key: '\u{10000}', size: null },
  { key: '\ue000', size: 3_000 },
  { key: 'a', size: 20 },
]
const keys = (sorted: readonly Row[]) => sorted.map(row => row.key)

describe('sorting', () => {
  test('keys are in the order of S3, by code points', () =>
    expect(keys(sortRows(rows, columns, { column: 'key', direction: 'asc' }))).toEqual([
      'a',
      'b',
      '\ue000',
      '\u{10000}',
    ]))

  test.each([
    ['asc', ['b', 'a', '\ue000', '\u{10000}']], // equal ones as they were, and what isn't known last
    ['desc', ['\ue000', 'b', 'a', '\u{10000}']],
  ] as const)('figures %s', (direction, expected) =>
    expect(keys(sortRows(rows, columns, { column: 'size', direction }))).toEqual(expected),
  )

  test.each([undefined, { column: 'gone', direction: 'asc' as const }])('by %j leaves them as they are', sort =>
    expect(sortRows(rows, columns, sort)).toBe(rows),
  )

  test('a header is clicked again to turn it round', () => {
    expect(nextSort(key, undefined)).toEqual({ column: 'key', direction: 'asc' })
    expect(nextSort(size, { column: 'key', direction: 'asc' })).toEqual({ column: 'size', direction: 'desc' })
    expect(nextSort(size, { column: 'size', direction: 'desc' })).toEqual({ column: 'size', direction: 'asc' })
  })
})

describe('filtering', () => {
  test.each([
    ['', ['b', '\u{10000}', '\ue000', 'a']],
    [' A ', ['a']],
    ['3.0 kb', ['\ue000']], // as it is shown
    ['nothing', []],
  ])('%j', (filter, expected) => expect(keys(filterRows(rows, columns, filter))).toEqual(expected))
})
