import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noteNames, partsForUrl } from '../../src/ui/app/folders/mapping.js'

const COLLECTIONS = [{ name: 'Weddings', connector: 'photos', folder: '2021/' }]
const note = (name: string, folder = 'a/') => noteNames([{ folder, name }], COLLECTIONS, [])[0]

test.each([
  ['Concerts', undefined],
  ['weddings', 'taken: photos, 2021/'], // in other letters
  [' Weddings  ', 'taken: photos, 2021/'],
  ['', 'a name needs at least one letter'],
  ['   ', 'a name needs at least one letter'],
  ['a\u202eb', 'a name needs no control characters'],
  ['..', 'a name needs more than dots'],
])('of the name %j is said %j', (name, mistake) => expect(note(name)?.mistake).toBe(mistake))

test('two drafts of one name are told of each other', () => {
  const drafts = [
    { folder: 'a/', name: 'Same' },
    { folder: '', name: 'same' },
    { folder: 'c/', name: 'Other' },
  ]
  expect(noteNames(drafts, [], []).map(({ mistake }) => mistake)).toEqual([
    'also the name of the whole bucket here',
    'also the name of a/ here',
    undefined,
  ])
})

test('overlaps with collections and among the drafts are told', () => {
  const drafts = [
    { folder: 'a/', name: 'A' },
    { folder: 'a/b/', name: 'B' },
    { folder: 'ab/', name: 'C' },
  ]
  const suggestions = drafts.map(each => ({ ...each, clash: null, overlaps: each.folder === 'a/' ? ['Old one'] : [] }))
  expect(noteNames(drafts, [], suggestions).map(({ overlaps }) => overlaps)).toEqual([['Old one', 'a/b/'], ['a/'], []])
})

test('no folder gets lost on the way into URLs that are short enough', () => {
  const folders = fc.array(fc.string({ maxLength: 80 }).map(text => `${text}/`))
  fc.assert(
    fc.property(folders, all => {
      const parts = partsForUrl(all, 400)
      expect(parts.flat()).toEqual(all)
      for (const part of parts) {
        const query = part.map(folder => `&folder=${encodeURIComponent(folder)}`).join('')
        expect(part.length === 1 || query.length <= 400).toBe(true)
      }
    }),
  )
})
