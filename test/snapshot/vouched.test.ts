import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Row } from '../../src/engine/engine.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { loadBase, selectBaseObjects } from '../../src/snapshot/base.js'
import { getChangeTotals, listChanges } from '../../src/snapshot/changeListing.js'
import { dropImport } from '../../src/snapshot/commitTables.js'
import { listFiles } from '../../src/snapshot/fileListing.js'
import { getSnapshot } from '../../src/snapshot/findSnapshot.js'
import { findFolder, listFolders } from '../../src/snapshot/folderListing.js'
import type { LakeEffects } from '../../src/snapshot/lakeTables.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from './handmadeLake.js'

const FIRST = '2026-01-19T01-00Z'
const SECOND = '2026-01-20T01-00Z'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
  await putImport({ id: 'base', snapshot: FIRST })
  await putImport({ id: 'old', snapshot: SECOND, base: FIRST })
})
afterEach(() => closeHandmadeLake(lake))

async function putImport(made: HandmadeImport) {
  await appendImport(lake, made)
  await vouchFor(lake, made)
}

const drop = (snapshot: string, id: string) =>
  dropImport(
    { connector: 'a', dt: snapshot.slice(0, 10), import_id: id },
    { catalog: lake.catalog, now: () => new Date() },
  )

const newestReceipt = async (): Promise<Receipt> => (await getSnapshot({ connector: 'a' }, [], lake)).receipt

/** A lake where something happens right before a table is loaded for the nth time. */
function meanwhile(tableName: string, act: () => Promise<void>, n = 1): LakeEffects {
  let count = 0
  const catalog: Catalog = {
    ...lake.catalog,
    async load(name) {
      if (name === tableName && ++count === n) await act()
      return lake.catalog.load(name)
    },
  }
  return { ...lake, catalog }
}

/** Another import takes the place of the second snapshot's, and drops its rows. */
async function replace(): Promise<void> {
  await putImport({ id: 'new', snapshot: SECOND, base: FIRST })
  await drop(SECOND, 'old')
}

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

type Ask = (receipt: Receipt, effects: LakeEffects) => Promise<unknown>

const QUESTIONS: [what: string, table: string, ask: Ask, answer: unknown][] = [
  [
    'folders',
    FOLDERS.name,
    async (receipt, effects) => {
      const rows = await listFolders({ receipt, path: '', depth: 1, sort: 'bytes' }, effects)
      return (await collect(rows as AsyncIterable<object> as AsyncIterable<Row>)).map(({ path }) => path)
    },
    ['new/'],
  ],
  ['a folder', FOLDERS.name, async (receipt, effects) => (await findFolder(receipt, 'new/', effects))?.path, 'new/'],
  [
    'files',
    OBJECTS.name,
    async (receipt, effects) => {
      const question = { receipt, prefix: '', recursive: true, versions: false }
      return (await collect(listFiles(question, effects))).map(({ key }) => key)
    },
    ['new/key'],
  ],
  [
    'changes',
    CHANGES.name,
    async (receipt, effects) => (await collect(listChanges(receipt, effects))).map(({ key }) => key),
    ['new/key'],
  ],
  ['the totals of changes', CHANGES.name, async (receipt, effects) => getCount(receipt, effects), 1n],
]

const getCount = async (receipt: Receipt, effects: LakeEffects) => (await getChangeTotals(receipt, effects)).new_count

describe.each(QUESTIONS)('%s', (_, table, ask, answer) => {
  test('of an import that is replaced after its receipt was read are those of the new one', async () => {
    expect(await ask(await newestReceipt(), meanwhile(table, replace))).toEqual(answer)
  })

  test('of a snapshot that is removed meanwhile are not told as none', async () => {
    const receipt = { ...(await newestReceipt()), snapshot: '2026-01-21T01-00Z', import_id: 'gone' }
    await expect(ask(receipt, lake)).rejects.toThrow('a 2026-01-21T01-00Z: removed a moment ago')
  })
})

test('an import that is replaced and not dropped yet is still read', async () => {
  const receipt = await newestReceipt()
  await putImport({ id: 'new', snapshot: SECOND, base: FIRST })
  expect(await findFolder(receipt, 'old/', lake)).toMatchObject({ path: 'old/' })
})

test.each(QUESTIONS)('a snapshot without %s has none', async (_, __, ask) => {
  await putImport({ id: 'empty', snapshot: '2026-01-22T01-00Z', base: SECOND, keys: [] })
  const receipt = await newestReceipt()
  await drop('2026-01-22T01-00Z', 'empty')
  expect([[], undefined, 0n]).toContainEqual(await ask(receipt, lake))
})

test('a base that is replaced meanwhile is compared with as it is now', async () => {
  const again = async () => {
    await putImport({ id: 'base again', snapshot: FIRST })
    await drop(FIRST, 'base')
  }
  const base = await loadBase(meanwhile(OBJECTS.name, again), { connector: 'a', snapshot: SECOND, scope: '' })
  expect(base?.receipt.import_id).toBe('base again')
  expect(
    base && (await lake.engine.rows(`select key from (${await selectBaseObjects(base, [], lake.engine)})`)),
  ).toEqual([{ key: 'base again/key' }])
})
