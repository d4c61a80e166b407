import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { METADATA_LOCATION } from '../../src/iceberg/glueEntry.js'
import { parseMetadata } from '../../src/iceberg/metadata.js'
import { listDifferences, type PublishOptions, planPublish } from '../../src/publish/planPublish.js'
import { publish, requirePublished } from '../../src/publish/publish.js'
import { dropImport } from '../../src/snapshot/commitTables.js'
import { holdsImport } from '../../src/snapshot/dataFiles.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { removeReceipts } from '../../src/snapshot/removeReceipts.js'
import { IMPORT_TABLES, SNAPSHOTS } from '../../src/snapshot/tables.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'
import { OPTIONS, publishEffects } from './handmadePublish.js'
import { type MemoryGlue, memoryGlue } from './memoryGlue.js'

const FIRST = '2026-01-19T01-00Z'
const SECOND = '2026-01-20T01-00Z'

let lake: HandmadeLake
let glue: MemoryGlue
beforeEach(async () => {
  lake = await openHandmadeLake()
  glue = memoryGlue()
  await put({ id: 'one', snapshot: FIRST })
})
afterEach(() => closeHandmadeLake(lake))

const effects = () => publishEffects(lake, glue)

const publishIt = (options: Partial<PublishOptions> = {}) => publish({ ...OPTIONS, ...options }, effects())

async function put(made: HandmadeImport) {
  await appendImport(lake, made)
  await vouchFor(lake, made)
}

const drop = (id: string, snapshot: string) =>
  dropImport(
    { connector: 'a', dt: snapshot.slice(0, 10), import_id: id },
    { catalog: lake.catalog, now: () => new Date() },
  )

/** What changes, by the name. */
const changes = (differences: Awaited<ReturnType<typeof publish>>) =>
  Object.fromEntries(differences.filter(({ change }) => change !== 'same').map(({ name, change }) => [name, change]))

/** A table as Glue has it. */
async function published(name: string) {
  const table = await lake.catalog.load(name)
  const location = (await glue.findTable('shop', name))?.parameters[METADATA_LOCATION]
  if (!table || location === undefined) return undefined
  const key = `tables/${name}${location.slice(table.location.length)}`
  return { ...table, metadata: parseMetadata(new TextDecoder().decode(await lake.store.read(key)), key) }
}

/** Receipts that Glue shows, and whose rows it doesn't. */
async function receiptsWithoutRows(): Promise<string[]> {
  const snapshots = await published(SNAPSHOTS.name)
  if (!snapshots) return []
  const receipts = await lake.engine.rows(`select * from (${await selectLoaded(snapshots, [])})`)
  const missing: string[] = []
  for (const { name } of IMPORT_TABLES) {
    const table = await published(name)
    for (const { connector, dt, import_id } of receipts) {
      const partition = { connector: String(connector), dt: String(dt), import_id: String(import_id) }
      if (!table || !(await holdsImport(table, partition))) missing.push(`${import_id} in ${name}`)
    }
  }
  return missing
}

describe('publishing', () => {
  test('makes all, receipts behind rows and views behind tables, and then nothing', async () => {
    await publishIt()
    expect(glue.writes).toEqual([
      'database shop',
      ...['objects_v1', 'folders_v1', 'changes_v1', 'snapshots_v1'].map(name => `create shop.${name}`),
      ...['objects', 'folders', 'changes', 'snapshots', 'objects_latest', 'folders_latest', 'changes_latest'].map(
        name => `create shop.${name}`,
      ),
      'create shop.objects_current',
    ])
    glue.writes.length = 0
    expect(changes(await publishIt())).toEqual({})
    expect(glue.writes).toEqual([])
  })

  test('a plan changes nothing, and says what would be done', async () => {
    const plan = listDifferences(await planPublish(OPTIONS, effects()))
    expect(glue.writes).toEqual([])
    expect(await publishIt()).toEqual(plan)
  })

  test('takes tables further after another import', async () => {
    await publishIt()
    await put({ id: 'two', snapshot: SECOND })
    const differences = await publishIt()
    expect(differences.filter(({ change }) => change !== 'same')).toEqual(
      ['objects_v1', 'folders_v1', 'changes_v1', 'snapshots_v1'].map(name => ({
        ...{ kind: 'table', database: 'shop', name, change: 'change' },
        detail: 'v2 → v3',
      })),
    )
  })

  test('leaves out views whose tables are not there, and passes on what others have put there', async () => {
    await publishIt()
    expect(await glue.findTable('shop', 'gaps')).toBeUndefined()
    const found = await glue.findTable('shop', 'objects')
    await glue.updateTable('shop', {
      ...found?.raw,
      Name: 'objects',
      Parameters: { ...found?.parameters, owner: 'me' },
    })
    expect(changes(await publishIt())).toEqual({})
    const text = found?.raw.ViewOriginalText
    await glue.updateTable('shop', { ...found?.raw, Name: 'objects', ViewOriginalText: text?.replace('ey', 'eY') })
    expect(changes(await publishIt())).toEqual({ objects: 'foreign' })
  })

  test('says whose tables are whose, and leaves those of others', async () => {
    await glue.createDatabase({ Name: 'shop' })
    await glue.createTable('shop', { Name: 'objects', TableType: 'VIRTUAL_VIEW' })
    await glue.createTable('shop', { Name: 'folders_v1', Parameters: { table_type: 'ICEBERG' } })
    const differences = await publishIt({ replace: true })
    const left = differences.filter(({ change }) => change === 'foreign' || change === 'held')
    expect(left.map(({ name, change, detail }) => [name, change, detail])).toEqual([
      ['objects_v1', 'held', 'goes with folders_v1'],
      ['folders_v1', 'foreign', 'not of this lake: an Iceberg table of the same name'],
      ['changes_v1', 'held', 'goes with folders_v1'],
      ['snapshots_v1', 'held', 'goes with folders_v1'],
      ['objects', 'foreign', 'not of this lake: a view of the same name'],
    ])
    expect(() => requirePublished(differences)).toThrow('shop.folders_v1: not of this lake')
  })

  test('does not put the lake over what another has committed to it by Glue, unless it is told to', async () => {
    await publishIt()
    const found = await glue.findTable('shop', 'objects_v1')
    const metadata_location = String(found?.parameters[METADATA_LOCATION]).replace(
      /00002-[^.]*/,
      `00003-${randomUUID()}`,
    )
    const foreign = { ...found?.raw, Name: 'objects_v1', Parameters: { ...found?.parameters, metadata_location } }
    await glue.updateTable('shop', foreign)
    await put({ id: 'two', snapshot: SECOND })
    const differences = await publishIt()
    expect(changes(differences)).toEqual({
      ...{ objects_v1: 'foreign', folders_v1: 'held', changes_v1: 'held', snapshots_v1: 'held' },
    })
    expect((await glue.findTable('shop', 'objects_v1'))?.parameters).toMatchObject({ metadata_location })
    expect(() => requirePublished(differences)).toThrow(
      `shop.objects_v1: another has committed to it by Glue: ${metadata_location}; --replace`,
    )
    expect(changes(await publishIt({ replace: true }))).toMatchObject({ objects_v1: 'change', snapshots_v1: 'change' })
    expect(await receiptsWithoutRows()).toEqual([])
  })

  test('removes what it has published and is no more, and nothing else', async () => {
    await publishIt()
    await glue.createTable('shop', { Name: 'mine' })
    await glue.createTable('shop', {
      Name: 'theirs',
      Parameters: { 'stocktake.lake': 'other', 'stocktake.kind': 'view' },
    })
    await glue.createTable('shop', {
      Name: 'gone',
      Parameters: { 'stocktake.lake': 'the-lake', 'stocktake.kind': 'view' },
    })
    expect(changes(await publishIt())).toEqual({ gone: 'remove' })
    const follower = { 'stocktake.lake': 'the-lake', 'stocktake.kind': 'table', 'stocktake.authority': 'files' }
    await glue.createTable('shop', { Name: 'dropped', Parameters: follower })
    expect(changes(await publishIt({ authority: 'glue' }))).not.toHaveProperty('dropped') // may be the only one that names it
    expect(changes(await publishIt())).toMatchObject({ dropped: 'remove' })
    const names: string[] = []
    for await (const { name } of glue.listTables('shop')) names.push(name)
    expect(names).toEqual(expect.arrayContaining(['mine', 'theirs', 'objects']))
    expect(names).not.toContain('gone')
  })

  test('of a lake whose catalog Glue is puts views and comments, and removes none of its tables', async () => {
    await publishIt()
    const differences = await publishIt({ authority: 'glue' })
    expect(differences.filter(({ change }) => change !== 'same').map(({ name, detail }) => [name, detail])).toEqual(
      ['objects_v1', 'folders_v1', 'changes_v1', 'snapshots_v1'].map(name => [name, 'comment']),
    )
    const { Description } = (await glue.findTable('shop', 'folders_v1'))?.raw ?? {}
    expect(Description).toMatch(/^The view folders shows what counts of it \(one row per folder of each snapshot\)/)
    await glue.deleteTable('shop', 'folders')
    expect(changes(await publishIt({ authority: 'glue' }))).toEqual({ folders: 'create' })
  })
})

describe('at every moment each receipt in Glue has its rows', () => {
  const HISTORIES: readonly (readonly [what: string, act: () => Promise<void>])[] = [
    ['another import', () => put({ id: 'two', snapshot: SECOND })],
    [
      'an import in the place of another',
      async () => {
        await put({ id: 'again', snapshot: FIRST })
        await drop('one', FIRST)
      },
    ],
    [
      'several, one after the other',
      async () => {
        await put({ id: 'two', snapshot: SECOND })
        for (const [id, before, snapshot] of [
          ['again', 'one', FIRST],
          ['two-b', 'two', SECOND],
          ['third', 'again', FIRST],
        ] as const) {
          await put({ id, snapshot })
          await drop(before, snapshot)
        }
      },
    ],
    [
      'a snapshot that was dropped',
      async () => {
        await put({ id: 'two', snapshot: SECOND })
        await removeReceipts(all => all.filter(({ import_id }) => import_id === 'one'), {
          catalog: lake.catalog,
          engine: lake.engine,
          now: () => new Date(),
        })
        await drop('one', FIRST)
      },
    ],
  ]

  test.each(HISTORIES)('after %s', async (_, act) => {
    await publishIt()
    await act()
    const moments: string[][] = []
    glue.after = async () => void moments.push(await receiptsWithoutRows())
    await publishIt()
    expect(moments.flat()).toEqual([])
    expect(moments.length).toBeGreaterThan(3)
    glue.writes.length = 0
    await publishIt()
    expect(glue.writes).toEqual([])
  })

  test.each(HISTORIES)('after %s, cut off at any write and done again', async (_, act) => {
    await publishIt()
    await act()
    for (let left = 0; ; left++) {
      let count = 0
      glue.before = async () => {
        if (count++ >= 1) throw new Error('cut off')
      }
      const isDone = await publishIt().then(
        () => true,
        () => false,
      )
      expect(await receiptsWithoutRows()).toEqual([])
      if (isDone) break
      expect(left).toBeLessThan(50)
    }
    glue.before = async () => undefined
    expect(changes(await publishIt())).toEqual({})
  })

  test.each([1, 2, 3, 4])('two publications of lakes that differ, the other before write %i', async at => {
    await publishIt()
    await put({ id: 'two', snapshot: SECOND })
    let count = 0
    glue.before = async () => {
      if (++count !== at) return
      await put({ id: 'again', snapshot: FIRST })
      await drop('one', FIRST)
      await publishIt()
    }
    await publishIt()
    expect(await receiptsWithoutRows()).toEqual([])
    expect(changes(await publishIt())).toEqual({})
  })
})
