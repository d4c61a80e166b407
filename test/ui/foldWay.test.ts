import { expect, test } from 'vitest'
import { foldWay } from '../../src/ui/app/parts/foldWay.js'

const steps = (count: number) => Array.from({ length: count }, (_, i) => i)

test.each([
  [0, 0],
  [12, 0],
  [13, 4],
  [1023, 1014],
])('of %i folders %i are folded', (count, folded) => {
  const way = foldWay(steps(count), false)
  expect(way.folded).toHaveLength(folded)
  expect([...way.first, ...way.folded, ...way.last]).toEqual(steps(count))
})

test('the nearest are shown, and where it begins', () =>
  expect(foldWay(steps(100), false)).toMatchObject({ first: [0, 1], last: [93, 94, 95, 96, 97, 98, 99] }))

test('all of them are shown to who asked', () => expect(foldWay(steps(100), true).first).toEqual(steps(100)))
