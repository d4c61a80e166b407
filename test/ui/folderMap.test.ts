import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutMap } from '../../src/ui/app/folders/layoutMap.js'
import { nextTile } from '../../src/ui/app/folders/nextTile.js'
import { shadeOf } from '../../src/ui/app/folders/tileShade.js'
import { shownFolder } from './shownFolder.js'

const SIZE = { width: 400, height: 300 }

describe('a map', () => {
  const sizes = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 60 })

  test('has areas by bytes, which cover it', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: 1_000_000 }), fc.nat({ max: 1_000_000 }), (bytes, direct, unread) => {
        const total = bytes.reduce((sum, each) => sum + each, 0) + direct + unread
        fc.pre(total > 0)
        const parent = shownFolder('', { total_size_bytes: total, direct_size_bytes: direct })
        const folders = bytes.map((each, i) => shownFolder(`${i}/`, { total_size_bytes: each }))
        const { tiles, by } = layoutMap(parent, folders, folders.length + 5, SIZE)
        const area = SIZE.width * SIZE.height
        expect(by).toBe('bytes')
        expect(tiles.reduce((sum, tile) => sum + tile.sizeBytes, 0)).toBe(total)
        for (const { width, height, sizeBytes } of tiles)
          expect((width * height) / area).toBeCloseTo(sizeBytes / total, 6)
      }),
    )
  })

  test('gathers what is too small to be seen, and what was not read', () => {
    const parent = shownFolder('', { total_size_bytes: 1_000_000 })
    const folders = [shownFolder('a/', { total_size_bytes: 900_000 }), shownFolder('b/', { total_size_bytes: 10 })]
    const { tiles } = layoutMap(parent, folders, 100, SIZE)
    expect(tiles.map(({ part, sizeBytes, folderCount }) => [part, sizeBytes, folderCount])).toEqual([
      ['folder', 900_000, 1],
      ['others', 100_000, 99],
    ])
  })

  test('counts objects where no size is known', () => {
    const parent = shownFolder('', { object_count: 4 })
    const { tiles, by } = layoutMap(parent, [shownFolder('a/', { object_count: 4 })], 1, SIZE)
    expect([by, tiles.length]).toEqual(['objects', 1])
  })

  test.each([
    [shownFolder(''), SIZE],
    [shownFolder('', { total_size_bytes: 1 }), { width: 0, height: 0 }],
  ])('of nothing, or without room, has no tiles', (parent, size) =>
    expect(layoutMap(parent, [], 0, size).tiles).toEqual([]),
  )
})

describe('an arrow key', () => {
  // a above c, b and d beside them
  const tiles = [
    { left: 0, top: 0, width: 50, height: 50 },
    { left: 50, top: 0, width: 50, height: 50 },
    { left: 0, top: 50, width: 50, height: 50 },
    { left: 50, top: 50, width: 50, height: 50 },
  ]
  test.each([
    [0, 'ArrowRight', 1],
    [0, 'ArrowDown', 2],
    [3, 'ArrowLeft', 2],
    [3, 'ArrowUp', 1],
    [0, 'ArrowLeft', undefined],
    [0, 'Enter', undefined],
    [9, 'ArrowUp', undefined],
  ])('from %d, %s goes to %s', (from, key, to) => expect(nextTile(tiles, from, key)).toBe(to))
})

describe('a shade', () => {
  const at = Date.parse('2026-01-20T01:00:00Z')
  test.each([
    [1000, 1000, 'more-2'], // new: all of it
    [1000, 91, 'more-2'],
    [1000, 50, 'more-1'],
    [1000, 5, 'same'],
    [1000, 0, 'same'],
    [1000, -5, 'same'],
    [950, -50, 'less-1'],
    [900, -100, 'less-2'],
    [0, -5, 'less-2'],
    [1000, null, 'unknown'],
  ])('of %d bytes after a change by %s is %s', (total_size_bytes, size_change, shade) =>
    expect(shadeOf(shownFolder('a/', { total_size_bytes, size_change }), 'change', 'bytes', at)).toBe(shade),
  )

  test.each([
    ['2026-01-19T00:00:00Z', 'age-0'],
    ['2026-01-21T00:00:00Z', 'age-0'], // clocks differ
    ['2025-12-01T00:00:00Z', 'age-1'],
    ['2025-03-01T00:00:00Z', 'age-2'],
    ['2024-01-01T00:00:00Z', 'age-3'],
    ['2020-01-01T00:00:00Z', 'age-4'],
    [null, 'unknown'],
  ])('of a newest object of %s is %s', (last_modified, shade) =>
    expect(shadeOf(shownFolder('a/', { last_modified }), 'age', 'bytes', at)).toBe(shade),
  )
})
