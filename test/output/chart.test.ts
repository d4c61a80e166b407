import { describe, expect, test } from 'vitest'
import type { Column } from '../../src/output/cells.js'
import { formatSpark, withBars } from '../../src/output/chart.js'

describe('bars', () => {
  const columns: readonly Column[] = [{ name: 'key' }, { name: 'size', kind: 'bytes' }, { name: 'class' }]
  const bars = (sizes: readonly unknown[], width: number): unknown[] | undefined => {
    const rows = sizes.map(size => ({ key: 'a', size, class: 'STANDARD' }))
    const shown = withBars(rows, columns, 'size', width)
    const column = shown[2]
    return shown.length === columns.length ? undefined : rows.map(row => column?.value?.(row))
  }

  test('stand behind the figures, the largest of which has the longest', () => {
    expect(bars([100, 50, 25, 0], 100)).toEqual(['█'.repeat(18), '█'.repeat(9), '█'.repeat(5), ''])
  })

  test('are of bigints too, and of unknown figures there is none', () => {
    expect(bars([9_007_199_254_740_993n, null, -5], 100)).toEqual(['█'.repeat(18), '', ''])
  })

  test('are of figures that are shown in words', () => {
    const inWords = columns.map(column => (column.name === 'size' ? { ...column, value: () => 'little' } : column))
    const [, , column] = withBars([{ key: 'a', size: 3, class: 'b' }], inWords, 'size', 100)
    expect(column?.value?.({ key: 'a', size: 3, class: 'b' })).toBe('█'.repeat(18))
  })

  // `key  size  class` of `a  1.0 kB  STANDARD` takes 3 + 2 + 6 + 2 + 8 columns, and 2 before the bar
  test.each([
    [100, 18],
    [41, 18],
    [40, 17],
    [29, 6],
    [28, undefined], // too short to say more than the figures
    [0, undefined],
  ])('on a terminal of %i columns are up to %s blocks long', (width, length) => {
    expect(bars([1000], width)).toEqual(length === undefined ? undefined : ['█'.repeat(length)])
  })

  test.each([[[]], [[0, 0]], [[null]], [[-1]]])('are none where nothing is above 0: %j', sizes => {
    expect(bars(sizes, 100)).toBeUndefined()
  })

  test('are none of a column that is not shown', () => {
    expect(withBars([{ key: 'a' }], columns, 'hidden', 100)).toBe(columns)
  })
})

test.each<[figures: number[], width: number, line: string]>([
  [[1, 2, 3, 4, 5, 6, 7, 8], 20, '▁▂▃▄▅▆▇█'],
  [[8, 1, 8], 20, '█▁█'],
  [[-5, 5, 0], 20, '▁█▅'],
  [[7, 7, 7], 20, '▁▁▁'],
  [[1, 2, 3, 4, 5, 6, 7, 8], 4, '▂▄▆█'],
  [[1, 2, 3, 4, 5, 6, 7, 8], 3, '▃▆█'],
  [[5], 20, '▁'],
  [[], 20, ''],
])('the figures %j in %i columns are %s', (figures, width, line) => expect(formatSpark(figures, width)).toBe(line))

test('a line of very many figures has the room that there is', () => {
  const figures = Array.from({ length: 300_000 }, (_, i) => i)
  expect(formatSpark(figures, 40)).toHaveLength(40)
  expect(formatSpark(figures, 40)).toMatch(/^▁.*█$/)
})
