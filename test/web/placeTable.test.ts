import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makePlaceTable, PlaceRuns, placeOf } from '../../src/web/placeTable.js'

const place = fc.integer({ min: 0, max: 40 }) // few, so that they meet

test('a table finds what was added, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(place, { maxLength: 30 }), place, (places, other) => {
      const table = makePlaceTable(places.length)
      const isNew = places.map((each, row) => table.add(each, row))
      expect(isNew.every(Boolean)).toBe(true)
      expect(places.map(each => table.find(each))).toEqual(places.map((_, row) => row))
      if (!places.includes(other)) expect(table.find(other)).toBeUndefined()
    }),
  )
})

test('a place is taken once', () => {
  const table = makePlaceTable(2)
  expect([table.add(7, 0), table.add(7, 1), table.find(7)]).toEqual([true, false, 0])
})

test('runs are where their places stand', () => {
  fc.assert(
    fc.property(fc.array(place), place, (unsorted, asked) => {
      const places = unsorted.sort((a, b) => a - b)
      const runs = new PlaceRuns()
      for (const each of places) runs.add(each)
      const { first, end } = runs.finish().childrenOf(asked)
      expect(places.slice(first, end)).toEqual(places.filter(each => each === asked))
    }),
  )
})

test('a place is 53 bits of the MD5', () => {
  expect(placeOf('photos/')).toBe(5889708943428751)
})
