import { expect, test } from 'vitest'
import { planTreeStep } from '../../src/ui/app/folders/treeKeys.js'
import { type Branch, planFoundRows, planTreeRows, type TreeRow } from '../../src/ui/app/folders/treeRows.js'
import { shownFolder } from './shownFolder.js'

const branch = (paths: string[], facts: Partial<Branch> = {}): Branch => ({
  folders: paths.map(path => shownFolder(path, { folder_count: path.endsWith('leaf/') ? 0 : 2 })),
  total: paths.length,
  before: 0,
  hasMore: false,
  isFull: false,
  ...facts,
})

/** `1 a/ -` for an opened folder of level 1, `+` for a closed one, ` ` for one with nothing in it. */
const draw = (rows: readonly TreeRow[]): string[] =>
  rows.map(row =>
    row.kind === 'folder'
      ? `${row.level} ${row.folder.path} ${row.isOpen === undefined ? '' : row.isOpen ? '-' : '+'}`.trim()
      : `${row.level} ${row.kind} ${row.count} in ${row.parent}`,
  )

const plain = { altKey: false, ctrlKey: false, metaKey: false }
const ROOT = shownFolder('', { folder_count: 2 })
const BRANCHES = new Map([
  ['', branch(['a/', 'b/leaf/'])],
  ['a/', branch(['a/b/', 'a/leaf/'])],
])

test('what lies in an opened folder stands below it', () =>
  expect(draw(planTreeRows(ROOT, BRANCHES, new Set(['', 'a/'])))).toEqual([
    '1  -',
    '2 a/ -',
    '3 a/b/ +',
    '3 a/leaf/',
    '2 b/leaf/',
  ]))

test('a folder in a closed one has no row, even if it is open', () =>
  expect(draw(planTreeRows(ROOT, BRANCHES, new Set(['', 'a/b/'])))).toEqual(['1  -', '2 a/ +', '2 b/leaf/']))

test.each<[string, Partial<Branch> | undefined, string[]]>([
  ['nothing of which was read', undefined, ['1 waiting 0 in']],
  ['with more to read', { total: 500, hasMore: true }, ['1 a/ +', '1 waiting 499 in']],
  ['that has no more room', { total: 500, isFull: true }, ['1 a/ +', '1 behind 499 in']],
  ['that was moved on', { total: 500, before: 200, isFull: true }, ['1 before 200 in', '1 a/ +', '1 behind 299 in']],
  ['that failed', { total: 500, hasMore: true, error: new Error('no') }, ['1 a/ +', '1 failed 499 in']],
])('a folder %s', (_, facts, rows) => {
  const branches = new Map<string, Branch>(facts ? [['', branch(['a/'], facts)]] : [])
  expect(draw(planTreeRows(undefined, branches, new Set())).map(row => row.trim())).toEqual(rows)
})

test('places go on counting where a part was put away', () => {
  const [, row] = planTreeRows(undefined, new Map([['', branch(['a/'], { total: 500, before: 200 })]]), new Set())
  expect(row).toMatchObject({ position: 201, setSize: 500 })
})

const BELOW = planTreeRows(ROOT, BRANCHES, new Set(['', 'a/']), 'a/')

test('a tree that begins in a folder says how many levels are above, and counts them', () => {
  expect(draw(BELOW)).toEqual(['1  -', '2 above 1 in a/', '3 a/b/ +', '3 a/leaf/'])
  expect(planTreeStep({ key: 'ArrowLeft', ...plain }, BELOW, 3, 2)).toEqual({ act: 'move', to: 1 })
  expect(planTreeStep({ key: 'Enter', ...plain }, BELOW, 1, 2)).toEqual({ act: 'go', at: 1 })
})

test('what was found opens nowhere', () =>
  expect(draw(planFoundRows(branch(['a/b/', 'c/leaf/'])))).toEqual(['1 a/b/', '1 c/leaf/']))

const ROWS = planTreeRows(ROOT, BRANCHES, new Set(['', 'a/'])) // root, a/, a/b/, a/leaf/, b/leaf/

test.each([
  ['ArrowDown', 0, { act: 'move', to: 1 }],
  ['j', 4, { act: 'move', to: 4 }],
  ['k', 4, { act: 'move', to: 3 }],
  ['ArrowUp', 0, { act: 'move', to: 0 }],
  ['End', 0, { act: 'move', to: 4 }],
  ['PageDown', 1, { act: 'move', to: 3 }],
  ['ArrowRight', 2, { act: 'open', at: 2 }], // a closed folder
  ['ArrowRight', 1, { act: 'move', to: 2 }], // an open one: goes in
  ['ArrowRight', 3, undefined], // nothing in it
  ['ArrowLeft', 1, { act: 'close', at: 1 }],
  ['ArrowLeft', 3, { act: 'move', to: 1 }], // out
  ['ArrowLeft', 0, { act: 'move', to: 0 }], // the root stays open
  [' ', 2, { act: 'select', at: 2 }],
  ['Enter', 2, { act: 'go', at: 2 }],
  ['x', 2, undefined],
])('%s on row %d', (key, at, step) => expect(planTreeStep({ key, ...plain }, ROWS, at, 2)).toEqual(step))

test('keys of the browser are left to it', () =>
  expect(planTreeStep({ ...plain, key: 'ArrowLeft', altKey: true }, ROWS, 1, 2)).toBeUndefined())
