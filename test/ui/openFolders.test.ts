import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_OPEN, openAlso, pathTo, treeTop } from '../../src/ui/app/folders/openFolders.js'

test.each([
  [[''], 'a/b/', ['', 'a/', 'a/b/']],
  [['', 'x/', 'a/'], 'a/b/', ['', 'x/', 'a/', 'a/b/']],
  [['', 'x/'], '', ['', 'x/']],
])('beside %j, %s opens %j', (opened, path, all) => expect(openAlso(opened, path)).toEqual(all))

test.each([
  [4, 0, 5],
  [30, 0, 31],
  [31, 1, 32],
  [511, 481, 32], // a/a/…/f has room for no more levels
])('of a folder %i levels deep the tree begins %i deep, and opens %i', (depth, top, openCount) => {
  const path = 'a/'.repeat(depth)
  expect(treeTop(path)).toBe('a/'.repeat(top))
  expect(pathTo(path)).toHaveLength(openCount)
  expect(pathTo(path)).toEqual(expect.arrayContaining(['', treeTop(path), path]))
})

test('folders without a name, as many as a key has room for', () => {
  expect(treeTop('/'.repeat(1023))).toBe('/'.repeat(993))
  expect(openAlso(['', 'a/'], '/'.repeat(1023))).toHaveLength(33)
})

test('a way that was opened level by level stays open, however long', () => {
  const way = Array.from({ length: 200 }, (_, i) => 'a/'.repeat(i + 1))
  expect(new Set(way.reduce<string[]>(openAlso, ['', 'x/']))).toEqual(new Set(['', ...way]))
})

test('the ones opened first are closed for what is opened last, never the way to it', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
    .map(names => names.map(n => `${n}/`).join(''))
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 400 }), paths => {
      const opened = paths.reduce<string[]>(openAlso, [''])
      expect(opened).toEqual(expect.arrayContaining(pathTo(paths.at(-1) ?? '')))
      expect(new Set(opened).size).toBe(opened.length)
      expect(opened.length).toBeLessThanOrEqual(MOST_OPEN)
      expect(opened[0]).toBe('')
    }),
  )
})
