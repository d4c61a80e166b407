import { expect, test } from 'vitest'
import { canSelect, MOST_SELECTED, sumSelection, toggleSelected } from '../../src/ui/app/folders/selection.js'
import { shownFolder } from './shownFolder.js'

const folder = (path: string, objects: number, bytes: number) =>
  shownFolder(path, { object_count: objects, total_size_bytes: bytes })
const select = (...folders: ReturnType<typeof folder>[]) => folders.reduce(toggleSelected, new Map())

test('what lies in two marked folders is counted once', () => {
  const selection = select(folder('2020/', 10, 100), folder('2020/Atlanta/', 4, 40), folder('2021/', 1, 5))
  expect(sumSelection(selection)).toEqual({ folderCount: 3, objectCount: 11, sizeBytes: 105, nestedCount: 1 })
})

test.each<[paths: string[], objectCount: number]>([
  [['a/', 'ab/'], 2], // a name that begins like another lies beside it
  [['', 'a/', 'a/b/'], 1], // all of them lie in the root
  [['a/b/', 'a/c/'], 2],
  [['a/b/c/', 'a/'], 1], // in any order of marking
  [['/', '//'], 1], // folders without names
])('%j are %d objects of one each', (paths, objectCount) =>
  expect(sumSelection(select(...paths.map(path => folder(path, 1, 1)))).objectCount).toBe(objectCount),
)

test('a second mark takes the first away', () => expect(select(folder('a/', 1, 1), folder('a/', 1, 1)).size).toBe(0))

test('no more are marked than can be made at once', () => {
  const all = Array.from({ length: MOST_SELECTED + 3 }, (_, i) => folder(`${i}/`, 1, 1))
  expect(select(...all).size).toBe(MOST_SELECTED)
})

test('a folder that is gone can not be marked', () => {
  expect(canSelect(shownFolder('a/', { change: 'deleted' }))).toBe(false)
  expect(canSelect(shownFolder('a/', { change: 'new' }))).toBe(true)
})
