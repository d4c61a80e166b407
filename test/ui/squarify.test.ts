import fc from 'fast-check'
import { expect, test } from 'vitest'
import { squarify } from '../../src/ui/page/squarify.js'

const areas = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1e18, noNaN: true })), { maxLength: 60 })
  .map(list => [...list].sort((a, b) => b - a))
const aspect = fc.double({ min: 0.2, max: 5, noNaN: true })
const EPSILON = 1e-6

test('each box is as large as its share of the whole, and inside of it', () => {
  fc.assert(
    fc.property(areas, aspect, (list, aspect) => {
      const boxes = squarify(list, aspect)
      const whole = list.reduce((sum, area) => sum + area, 0)
      return (
        boxes.length === list.length &&
        boxes.every(({ x, y, width, height }, i) => {
          const share = whole === 0 ? 0 : (list[i] ?? 0) / whole
          const isInside = x > -EPSILON && y > -EPSILON && x + width < 1 + EPSILON && y + height < 1 + EPSILON
          return isInside && Math.abs(width * height - share) < EPSILON
        })
      )
    }),
  )
})

test('no two boxes lie over each other', () => {
  fc.assert(
    fc.property(areas, aspect, (list, aspect) => {
      const boxes = squarify(list, aspect)
      return boxes.every((a, i) =>
        boxes.slice(i + 1).every(b => {
          const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
          const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
          return Math.max(0, wide) * Math.max(0, high) < EPSILON
        }),
      )
    }),
  )
})

test('the example of the paper: 6, 6, 4, 3, 2, 2, 1 in six by four', () => {
  const boxes = squarify([6, 6, 4, 3, 2, 2, 1], 6 / 4)
  const shown = boxes.map(({ x, y, width, height }) => [x * 6, y * 4, width * 6, height * 4].map(v => +v.toFixed(2)))
  expect(shown.slice(0, 4)).toEqual([
    [0, 0, 3, 2],
    [0, 2, 3, 2],
    [3, 0, 1.71, 2.33],
    [4.71, 0, 1.29, 2.33],
  ])
})

test('nothing has no boxes, and what has no size has none', () => {
  expect(squarify([], 2)).toEqual([])
  expect(squarify([0, 0], 2)).toEqual(Array(2).fill({ x: 0, y: 0, width: 0, height: 0 }))
})
