import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FolderLine, partFolders } from '../../src/commands/diffFolders.js'
import { summedLines } from '../../src/commands/diffFolderTable.js'
import { hiddenText, mostlyTexts, moveText } from '../../src/commands/diffTexts.js'
import type { ChangeRow, FolderChanges } from '../../src/snapshot/pairChanges.js'
import { TextSink } from '../output/textSink.js'
import { oddKey } from '../snapshot/changingBucket.js'
import { plainFolderChanges, type SeenBucket } from '../snapshot/plainDelta.js'

const bucketOf = (keys: readonly string[]): SeenBucket => new Map(keys.map(key => [key, { size: 1n, eTag: 'e' }]))

/** The rows that the model gives where those keys are new. */
const rowsOf = (keys: readonly string[], depth: number): FolderChanges[] =>
  plainFolderChanges(new Map(), bucketOf(keys), '', [0, depth]) as unknown as FolderChanges[]

async function partAll([top, ...rows]: readonly FolderChanges[]): Promise<FolderLine[]> {
  const lines: FolderLine[] = []
  async function* later() {
    yield* rows
  }
  if (top) for await (const line of partFolders(top, later())) lines.push(line)
  return lines
}

const times = (count: number, start: string): string[] => Array.from({ length: count }, (_, i) => `${start}${i}`)

test.each<[what: string, keys: string[], depth: number, lines: [folder: string, count: number, remark?: string][]]>([
  ['at the root', ['x', 'y'], 1, [['(at the root)', 2]]],
  [
    'in folders, and at the root',
    ['x', 'a/1', 'b/1', 'b/2'],
    1,
    [
      ['(at the root)', 1],
      ['a/', 1],
      ['b/', 2],
    ],
  ],
  ['in one folder only, which gives way', ['a/b/1', 'a/b/2'], 3, [['a/b/', 2]]],
  ['deeper than the rows go', ['a/b/c/d/1'], 1, [['a/', 1, '← all of it in a/b/c/d/']]],
  [
    'nearly all in one',
    [...times(9, 'a/b/'), 'a/x', 'c/1'],
    3,
    [
      ['a/', 10, '← 90 % of it in a/b/'],
      ['c/', 1],
    ],
  ],
  [
    'directly in a folder and below it',
    ['a/1', 'a/2', 'a/b/1', 'c/1'],
    2,
    [
      ['a/', 2, '← directly in it'],
      ['a/b/', 1],
      ['c/', 1],
    ],
  ],
  [
    'most of it in one',
    [...times(3, 'a/b/'), ...times(2, 'a/c/'), 'd/1'],
    1,
    [
      ['a/', 5, '← 60 % of it in a/b/'],
      ['d/', 1],
    ],
  ],
])('%s', async (_, keys, depth, expected) => {
  const lines = await partAll(rowsOf(keys, depth))
  expect(lines.map(({ folder, new_count, remark }) => [folder, Number(new_count), remark?.[0]])).toEqual(
    expected.map(([folder, count, remark]) => [folder, count, remark]),
  )
})

test('each change is in one line, whatever the folders', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(oddKey, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (keys, depth) => {
        const rows = rowsOf(keys, depth)
        const lines = await partAll(rows)
        expect(lines.reduce((sum, { new_count }) => sum + new_count, 0n)).toBe(BigInt(keys.length))
        expect(new Set(lines.map(line => `${line.isDirect} ${line.path}`)).size).toBe(lines.length)
      },
    ),
  )
})

test.each([
  [100, ['← 98 % of it in photos/2020/Milledgeville, GA/']],
  [45, ['← 98 % of it in …/2020/Milledgeville, GA/']],
  [40, ['← 98 % in …/2020/Milledgeville, GA/']],
  [25, ['← 98 % in …/2020/Milledg…']],
  [12, ['']], // too little to say anything
])('a remark takes what room there is: %i columns', async (room, [remark]) => {
  const rows = [
    { folder: 'photos/', remark: mostlyTexts('photos/2020/Milledgeville, GA/', 0.985, 'photos/') },
    { folder: 'all', remark: null },
  ]
  async function* later() {
    yield* rows
  }
  const stdout = new TextSink('photos/  '.length + room)
  const colors = { bold: String } as never
  const lines: string[] = []
  for await (const line of summedLines(later(), [{ name: 'folder' }], { stdout, colors })) lines.push(line)
  expect(lines.join('')).toBe(`folder\nphotos/${remark === '' ? '' : `  ${remark}`}\n------\nall\n`)
})

test.each([
  ['photos/2020/a.jpg', 'photos/archive/2020/a.jpg', 'photos/{2020 → archive/2020}/a.jpg'],
  ['a/x', 'b/x', '{a → b}/x'],
  ['a/x', 'a/y', 'a/{x → y}'],
  ['x', 'y', 'x → y'],
  ['x', 'a/x', 'x → a/x'],
  ['a/b/c/x', 'a/c/x', 'a/{b/c → c}/x'],
  ['a/a/x', 'a/x', 'a/{a/x → x}'],
  ['a//x', 'a/x', 'a/{/x → x}'],
  ['/x', 'x', '/x → x'],
  ['a/', 'b/', '{a → b}/'],
  ['a/x/b', 'c/y/d', 'a/x/b → c/y/d'],
])('%s that became %s is %s', (before, after, text) => expect(moveText(before, after)).toBe(text))

test('a moved key can be read back', () => {
  fc.assert(
    fc.property(oddKey, oddKey, (before, after) => {
      fc.pre(before !== after && !/[{}→]/.test(before + after))
      const text = moveText(before, after)
      const [, head = '', old = '', now = '', tail = ''] = /^(.*?)\{(.*) → (.*)\}(.*)$/s.exec(text) ?? []
      const read = text.includes('{') ? [head + old + tail, head + now + tail] : text.split(' → ')
      expect(read).toEqual([before, after])
    }),
  )
})

const change = (row: Partial<ChangeRow>): ChangeRow => ({
  ...{ key: 'k', change: 'touched', size_before: 1n, size_after: 1n, e_tag_before: null, e_tag_after: null },
  ...{ last_modified_before: null, last_modified_after: null, storage_class_before: null, storage_class_after: null },
  ...row,
})

test.each<[row: Partial<ChangeRow>, text: string | null]>([
  [{ storage_class_before: 'STANDARD', storage_class_after: 'GLACIER' }, 'STANDARD → GLACIER'],
  [{ storage_class_before: 'STANDARD', storage_class_after: 'STANDARD' }, 'another date'],
  [{ storage_class_before: null, storage_class_after: 'GLACIER' }, 'another date'],
  [{ change: 'modified', size_after: 2n }, null],
  [{ change: 'modified' }, 'other ETag'],
  [{ change: 'modified', size_before: null }, 'other ETag'],
  [{ change: 'new', size_before: null }, null],
  [{ change: 'deleted', size_after: null }, null],
])('what sizes do not show: case %#', (row, text) => expect(hiddenText(change(row))).toBe(text))
