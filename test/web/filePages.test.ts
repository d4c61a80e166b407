import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { Collection } from '../../src/lake/lakeCollections.js'
import { listReceipts } from '../../src/snapshot/receipts.js'
import { type FileQuestion, type FileRow, listFiles, planFilePages, readFiles } from '../../src/web/filePages.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

const T1 = '2026-01-19T01-00Z'
const T2 = '2026-01-20T10-31-07Z'

const importAll = async (...imports: readonly HandmadeImport[]): Promise<void> => {
  for (const each of imports) {
    await appendImport(lake, each)
    await vouchFor(lake, each)
  }
}

const collectionOf = (folder: string): Collection => ({
  ...{ collection: `col_${'0'.repeat(32)}`, name: 'x', connector: 'a', folder },
  ...{ created_at: new Date(0), created_by: 'test', version: 0 },
})

const planOf = async (folder: string) => planFilePages(collectionOf(folder), await listReceipts(lake), lake)

/** All files, page by page. */
async function readPages(folder: string, question: FileQuestion, count: number): Promise<FileRow[]> {
  const plan = await planOf(folder)
  const rows: FileRow[] = []
  for (let after = question.after; ; after = String(rows.at(-1)?.key)) {
    const page = await readFiles(plan, { ...question, ...(after !== undefined && { after }) }, count, lake)
    rows.push(...page)
    if (page.length < count) return rows
  }
}

const keysOf = (rows: readonly FileRow[]): string[] => rows.map(({ key }) => String(key))

const ODD = [...new Set(listOddKeys())].sort(compareCodePoints)

test.each(['', 'odd names/', 'odd names/東京/', '/', 'nowhere/'])(
  'pages of %j have each key once, in order',
  async folder => {
    await importAll({ id: 'w', snapshot: T1, keys: ODD })
    const expected = ODD.filter(key => key.startsWith(folder))
    expect(keysOf(await readPages(folder, {}, 20))).toEqual(expected)
    const listed: FileRow[] = []
    for await (const row of listFiles(await planOf(folder), {}, lake)) listed.push(row)
    expect(keysOf(listed)).toEqual(expected)
  },
)

test('of what a newer scan has looked at, its keys are the ones', async () => {
  await importAll(
    { id: 'w', snapshot: T1, keys: ['a/1', 'a/2', 'a/x/1', 'b/1'] },
    { id: 's', snapshot: T2, scope: 'a/', keys: ['a/2', 'a/3'] },
  )
  const rows = await readPages('', {}, 2)
  expect(rows.map(({ key, source }) => [key, source])).toEqual([
    ['a/2', 'api'],
    ['a/3', 'api'],
    ['b/1', 'inventory'],
  ])
  expect(rows[0]?.updated_at).toEqual(new Date('2026-01-20T10:31:07Z'))
})

test.each<[FileQuestion, string[]]>([
  [{ search: 'UPPER' }, ['odd names/UPPER.TXT', 'odd names/upper.txt']],
  [{ search: '%' }, ODD.filter(key => key.includes('%'))],
  [{ search: "';" }, ["odd names/'; drop table objects; --"]],
  [{ after: 'odd names/~' }, ODD.filter(key => compareCodePoints(key, 'odd names/~') > 0)],
  [{ after: '\u{10ffff}' }, []],
])('%j', async (question, expected) => {
  await importAll({ id: 'w', snapshot: T1, keys: ODD })
  expect(keysOf(await readPages('', question, 20))).toEqual(expected)
})

test('of what nothing has looked at there are no files, nor counts', async () => {
  const plan = await planOf('a/')
  expect(await readFiles(plan, {}, 10, lake)).toEqual([])
  expect(plan.counts).toBeUndefined()
})
