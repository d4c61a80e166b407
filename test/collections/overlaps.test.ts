import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { indexOverlaps, overlapText } from '../../src/collections/overlaps.js'
import type { Collection } from '../../src/lake/lakeCollections.js'

const collectionOf = (name: string, folder: string, connector = 'photos'): Collection => ({
  ...{ collection: `col_${name}`, name, connector, folder },
  ...{ created_at: new Date(0), created_by: 'anna', version: 0 },
})

const ALL = [
  collectionOf('A', 'a/'),
  collectionOf('AB', 'a/b/'),
  collectionOf('ABC', 'a/b/c/'),
  collectionOf('Ax', 'ax/'),
  collectionOf('Everything', ''),
  collectionOf('Other', 'a/', 'other'),
  collectionOf('Twin', 'a/b/'),
]

describe('collections that share files', () => {
  test.each([
    ['A', ['AB', 'ABC', 'Everything', 'Twin']],
    ['AB', ['A', 'ABC', 'Everything', 'Twin']],
    ['ABC', ['A', 'AB', 'Everything', 'Twin']],
    ['Ax', ['Everything']], // ax/ is no folder of a/
    ['Everything', ['A', 'AB', 'ABC', 'Ax', 'Twin']],
    ['Other', []], // another bucket
  ])('%s: %j', (name, names) => {
    const found = ALL.find(each => each.name === name)
    expect(
      found &&
        indexOverlaps(ALL)
          .listOverlaps(found)
          .map(each => each.name),
    ).toEqual(names)
  })

  test('a folder without a name has those of all around it', () =>
    expect(
      indexOverlaps(ALL)
        .listOverlaps({ connector: 'photos', folder: 'a/b/' })
        .map(({ name }) => name),
    ).toEqual(['A', 'AB', 'ABC', 'Everything', 'Twin']))
})

test('are those of which one folder starts with the other', () => {
  const folder = fc.array(fc.constantFrom('a', 'b', '', 'a b'), { maxLength: 4 })
  fc.assert(
    fc.property(fc.array(folder, { maxLength: 12 }), folders => {
      const all = folders.map((names, i) => collectionOf(`N${i}`, names.map(name => `${name}/`).join('')))
      const { listOverlaps } = indexOverlaps(all)
      for (const each of all) {
        const plain = all.filter(
          other => other !== each && (other.folder.startsWith(each.folder) || each.folder.startsWith(other.folder)),
        )
        expect(new Set(listOverlaps(each))).toEqual(new Set(plain))
        expect(listOverlaps(each)).toHaveLength(plain.length)
      }
    }),
  )
})

test.each([
  ['A', 'AB', '"A" (a/) holds "AB" (a/b/)'],
  ['AB', 'A', '"AB" (a/b/) lies in "A" (a/)'],
  ['AB', 'Twin', '"AB" (a/b/) is the same folder as "Twin" (a/b/)'],
  ['A', 'Everything', '"A" (a/) lies in "Everything" (the whole bucket)'],
])('%s and %s: %s', (a, b, text) => {
  const [one, other] = [a, b].map(name => ALL.find(each => each.name === name) as Collection)
  expect(one && other && overlapText(one, other)).toBe(text)
})
