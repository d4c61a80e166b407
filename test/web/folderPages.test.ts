import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FOLDER_SORTS } from '../../src/api/folders.js'
import { compareCodePoints } from '../../src/codePoints.js'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { pickSnapshot } from '../../src/snapshot/findSnapshot.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { buildFolderIndex } from '../../src/web/buildFolderIndex.js'
import type { FolderIndex } from '../../src/web/folderIndex.js'
import { openFolderIndexes } from '../../src/web/folderIndexes.js'
import { type FolderTexts, folderPagesOfLake, type ReadFolderPage } from '../../src/web/folderPages.js'
import type { LakeReader } from '../../src/web/lakeReader.js'
import { openLakeReader } from '../../src/web/openLakeReader.js'
import { formatShownFolders, type ShownFoldersQuestion } from '../../src/web/shownFolders.js'
import { closeTestLake, FIRST, importOne, openTestLake, SECOND, type TestLake } from '../snapshot/importing.js'
import { putCsv } from '../snapshot/reports.js'
import { type PlainFolder, type PlainObject, parentOf, plainFolders } from './folderOracle.js'

const OBJECTS: PlainObject[] = [...new Set([...listOddKeys(), 'was/here/once.txt', 'Was/x.txt', 'was/a.txt'])].map(
  (key, i) => ({ key, size: (i * 37) % 11, eTag: `e${i}` }),
)
/** A fifth is gone, a seventh other content; some are new, one of them where a folder was. */
const LATER: PlainObject[] = [
  ...OBJECTS.filter(({ key }, i) => i % 5 !== 0 && !key.startsWith('was/here/')).map((object, i) =>
    i % 7 === 0 ? { ...object, size: object.size + 5, eTag: `${object.eTag}*` } : object,
  ),
  ...['was/here', 'new one/a', 'new one/b/c', '東京/新/a'].map(key => ({ key, size: 3, eTag: key })),
]

const rowOf = ({ key, size, eTag }: PlainObject) => ({ key, size, eTag, lastModified: FIRST, storageClass: 'STANDARD' })

const idle = async (): Promise<void> => {}

interface Opened {
  readonly lake: TestLake
  readonly reader: LakeReader
  readonly question: Omit<ShownFoldersQuestion, 'parent' | 'sort' | 'first'>
  readonly index: FolderIndex
}

async function open(...snapshots: readonly (readonly PlainObject[])[]): Promise<Opened> {
  const lake = await openTestLake()
  for (const [i, objects] of snapshots.entries()) {
    await putCsv(lake.reports, i === 0 ? FIRST : SECOND, objects.map(rowOf))
    await importOne(lake)
  }
  const now = () => new Date()
  const openCatalog = (store: TestLake['store']) => filesCatalog(store, { now })
  const reader = openLakeReader({ ...lake, openCatalog, declared: [], now })
  const { connectors, receipts } = await reader.look()
  const found = pickSnapshot({ connector: 'photos' }, connectors, receipts)
  const index = await buildFolderIndex(found, 'folders test', {
    reader,
    signal: new AbortController().signal,
    idle,
    stepRows: 9,
  })
  return { lake, reader, index, question: { ...found, count: 1000 } }
}

async function close({ lake, reader, index }: Opened): Promise<void> {
  await index.close()
  await reader.close()
  await closeTestLake(lake)
}

const parsed = ({ parent, folders, total }: FolderTexts) => ({
  parent: JSON.parse(parent),
  folders: folders.map(text => JSON.parse(text)),
  total,
})

const pick = (row: Record<string, unknown>): PlainFolder => {
  const { path, object_count, total_size_bytes, direct_object_count, folder_count, change } = row
  const { new_count, modified_count, deleted_count, object_count_change, size_change } = row
  const counts = { new_count, modified_count, deleted_count, object_count_change, size_change }
  return {
    ...{ path, object_count, total_size_bytes, direct_object_count, folder_count, change },
    ...counts,
  } as PlainFolder
}

const byBytes = (a: PlainFolder, b: PlainFolder): number =>
  b.total_size_bytes - a.total_size_bytes || compareCodePoints(a.path, b.path)

describe.each<[what: string, snapshots: PlainObject[][]]>([
  ['two snapshots of odd keys', [OBJECTS, LATER]],
  [
    'two snapshots, of which the newer lacks no folder',
    [OBJECTS, [...OBJECTS, { key: 'o/new/x', size: 1, eTag: 'n' }]],
  ],
  ['a first snapshot', [OBJECTS]],
  ['a bucket that was emptied', [OBJECTS, []]],
  ['an empty bucket', [[]]],
])('%s', (_, snapshots) => {
  let opened: Opened
  const ways = new Map<string, ReadFolderPage>()
  const folders = plainFolders(snapshots.at(-1) ?? [], snapshots.length > 1 ? snapshots[0] : undefined)
  beforeAll(async () => {
    opened = await open(...snapshots)
    ways.set('lake', folderPagesOfLake(opened.reader))
    ways.set('index', async question => {
      const page = await opened.index.readPage(question)
      if (!page) throw new Error(`the index has no ${JSON.stringify(question.parent)}`)
      return page
    })
  })
  afterAll(() => close(opened))

  const read = async (way: string, more: Pick<ShownFoldersQuestion, 'parent'> & Partial<ShownFoldersQuestion>) => {
    const page = await ways.get(way)?.({ ...opened.question, sort: 'bytes', first: 0, ...more })
    return parsed(page as FolderTexts)
  }

  test('the index has every folder, each as its objects say', async () => {
    expect(opened.index.folderCount).toBe(folders.length)
    for (const folder of folders) {
      const page = await read('index', { parent: folder.path })
      expect(pick(page.parent)).toEqual(folder)
      const children = folders.filter(({ path }) => path !== '' && parentOf(path) === folder.path).sort(byBytes)
      expect(page.folders.map(pick)).toEqual(children)
      expect(page.total).toBe(children.length)
    }
  })

  // Each is some statements over files: some folders, and all orders.
  const parents = ['', ...folders.map(({ path }) => path).filter((_, i) => i % 9 === 1)].slice(0, 8)

  test.each([...new Set(parents)])('of %j the lake and the index say the same', async parent => {
    for (const sort of parent === '' ? FOLDER_SORTS : FOLDER_SORTS.slice(0, 1))
      expect(await read('lake', { parent, sort })).toEqual(await read('index', { parent, sort }))
    const part = { parent, sort: 'path', first: 1, count: 2 } as const
    expect(await read('lake', part)).toEqual(await read('index', part))
  })

  test.each(['o', 'ODD', 'é', '/', '%', "'", 'Ö', 'nowhere', 'was/'])('so they do of a search for %j', async search => {
    const wanted = folders.filter(({ path }) => path !== '' && path.toLowerCase().includes(search.toLowerCase()))
    for (const way of ['lake', 'index']) {
      const page = await read(way, { parent: '', search })
      expect(page.folders.map(pick)).toEqual([...wanted].sort(byBytes))
      expect(page.total).toBe(wanted.length)
    }
    const below = { parent: 'was/', search, sort: 'deleted' } as const
    if (folders.some(({ path }) => path === 'was/'))
      expect(await read('lake', below)).toEqual(await read('index', below))
  })

  test.each(FOLDER_SORTS)('so they do of a search sorted by %s, page by page', async sort => {
    const pages = sort === 'path' ? [{ first: 3, count: 4 }, { first: 5000 }] : [{ first: 3, count: 4 }]
    for (const page of pages) {
      const part = { parent: '', search: 'o', sort, ...page }
      expect(await read('lake', part)).toEqual(await read('index', part))
    }
  })

  test('its SQL over the views gives the same', async () => {
    const { engine } = opened.lake
    await registerViews(['folders', 'changes'], opened.lake)
    const question = { ...opened.question, parent: '', sort: 'bytes', first: 0 } as const
    const rows = await engine.rows(formatShownFolders(question))
    expect(rows.map(({ path }) => path)).toEqual((await read('index', { parent: '' })).folders.map(({ path }) => path))
  })
})

test('the index has no folder that is not there, and none once it is closed', async () => {
  const opened = await open(OBJECTS)
  const question = { ...opened.question, sort: 'bytes', first: 0 } as const
  expect(await opened.index.readPage({ ...question, parent: 'nowhere/' })).toBeUndefined()
  await opened.index.close()
  expect(await opened.index.readPage({ ...question, parent: '' })).toBeUndefined()
  await sleep(0)
  await close(opened)
})

test('a search answers while the index is being made', async () => {
  const { lake, reader, index, question } = await open(OBJECTS)
  const stop = new AbortController()
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  let reads = 0
  const held: LakeReader = {
    ...reader,
    async read(act, signal) {
      begin()
      if (++reads === 1) await new Promise(resolve => stop.signal.addEventListener('abort', resolve))
      return reader.read(act, signal)
    },
  }
  const log = { notice: () => {}, warn: () => {}, detail: () => {} }
  const folders = openFolderIndexes({ reader: held, log, signal: stop.signal })
  await folders.prepare()
  await begun
  const page = await folders.readPage({ ...question, parent: '', search: 'was/', sort: 'path', first: 0 })
  expect(parsed(page).folders.map(({ path }) => path)).toEqual(['Was/', 'was/', 'was/here/'])
  stop.abort()
  await close({ lake, reader, index, question })
})
