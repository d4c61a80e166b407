import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type FolderPlace,
  foldersAbove,
  formatFolderPlace,
  lastName,
  parentOf,
  parseFolderPlace,
} from '../../src/ui/app/folders/folderPlace.js'

test.each<[Record<string, string>, Partial<FolderPlace>]>([
  [{}, { path: '', search: '', sort: 'bytes', color: 'change' }],
  [
    { connector: 'photos', path: '2020/', sort: 'new' },
    { connector: 'photos', path: '2020/', sort: 'new' },
  ],
  [{ path: '2020' }, { path: '2020/' }], // as a person types it
  [
    { sort: 'luck', color: 'red' },
    { sort: 'bytes', color: 'change' },
  ],
  [{ at: '' }, { path: '' }],
])('parameters %j are a place', (params, place) => expect(parseFolderPlace(params)).toMatchObject(place))

test('a place survives its URL, whatever folders are called', () => {
  const place = fc.record<FolderPlace>({
    connector: fc.string({ minLength: 1 }),
    at: fc.constantFrom(undefined, '2026-01-20T01-00Z'),
    path: fc.string().map(text => (text === '' ? '' : `${text}/`)),
    search: fc.string(),
    sort: fc.constantFrom('bytes', 'objects', 'modified', 'path', 'size_change', 'new', 'deleted'),
    color: fc.constantFrom('change', 'age'),
  })
  fc.assert(
    fc.property(place, each => {
      expect(parseFolderPlace(formatFolderPlace(each))).toEqual(withoutNothing(each))
    }),
  )
})

const withoutNothing = (place: FolderPlace) =>
  Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined))

test.each([
  ['', [], undefined, ''],
  ['a/', [''], '', 'a/'],
  ['a/b/', ['', 'a/'], 'a/', 'b/'],
  ['/', [''], '', '/'], // a folder without a name
  ['a//b/', ['', 'a/', 'a//'], 'a//', 'b/'],
  ['///', ['', '/', '//'], '//', '/'],
])('%j lies in %j', (path, above, parent, name) => {
  expect(foldersAbove(path)).toEqual(above)
  expect(parentOf(path)).toBe(parent)
  expect(lastName(path)).toBe(name)
})
