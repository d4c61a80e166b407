import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeGrowth, thinPoints } from '../../src/ui/app/overview/growthScale.js'

const points = (...values: number[]) => values.map((value, i) => ({ time: i * 1000, value }))

describe('a chart of growth', () => {
  test('begins at 0 where the values are far apart', () => {
    const { points: placed, low, high } = placeGrowth(points(10, 100))
    expect({ low, high }).toEqual({ low: 0, high: 113.5 })
    expect(placed.map(({ x }) => x)).toEqual([0, 1])
  })

  test('has a scale of its own where all values are much the same', () =>
    expect(placeGrowth(points(1000, 1100))).toMatchObject({ low: 985, high: 1115 }))

  test.each([[[0, 0]], [[5, 5]], [[7]]])('has a place for %j', values => {
    for (const { x, y } of placeGrowth(points(...values)).points)
      expect(x >= 0 && x <= 1 && y >= 0 && y <= 1).toBe(true)
  })

  test('has every point within it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), values =>
        placeGrowth(points(...values)).points.every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1),
      ),
    )
  })
})

test('of many points the first and the last stay', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i)
  const thin = thinPoints(many, 240)
  expect(thin).toHaveLength(240)
  expect([thin[0], thin.at(-1)]).toEqual([0, 999])
  expect(thinPoints([1, 2, 3], 240)).toEqual([1, 2, 3])
})
