import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { METADATA_LOCATION } from '../../src/iceberg/glueEntry.js'
import { loadMetadata } from '../../src/iceberg/loadMetadata.js'
import { parseCopyNumber } from '../../src/iceberg/metadataCopy.js'
import { planPublish } from '../../src/publish/planPublish.js'
import { publish } from '../../src/publish/publish.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'
import { OPTIONS, publishEffects } from './handmadePublish.js'
import { type MemoryGlue, memoryGlue } from './memoryGlue.js'

const TABLES = ['changes_v1', 'folders_v1', 'objects_v1', 'snapshots_v1']

let lake: HandmadeLake
let glue: MemoryGlue
beforeEach(async () => {
  lake = await openHandmadeLake()
  glue = memoryGlue()
  await put('one', '2026-01-19T01-00Z')
})
afterEach(() => closeHandmadeLake(lake))

async function put(id: string, snapshot: string): Promise<void> {
  await appendImport(lake, { id, snapshot })
  await vouchFor(lake, { id, snapshot })
}

/** Tables of which something is changed, and what. */
const publishIt = async () =>
  (await publish(OPTIONS, publishEffects(lake, glue)))
    .filter(({ kind, change }) => kind === 'table' && change !== 'same')
    .map(({ name, detail }) => [name, detail])
    .sort()

/** The copies that are there, by table and number. */
async function listCopies(): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of lake.store.list('tables/')) {
    const number = parseCopyNumber(key)
    if (number !== undefined) found.push(`${key.split('/')[1]} ${number}`)
  }
  return found.sort()
}

/** The key of the metadata file that Glue names. */
async function keyInGlue(name: string): Promise<string> {
  const location = (await glue.findTable('shop', name))?.parameters[METADATA_LOCATION] ?? ''
  return location.slice(location.indexOf(`tables/${name}`))
}

/** Has Glue name another metadata file of the same folder. */
async function nameInGlue(name: string, file: string): Promise<void> {
  const found = await glue.findTable('shop', name)
  const location = found?.parameters[METADATA_LOCATION] ?? ''
  const changed = {
    ...found?.parameters,
    [METADATA_LOCATION]: `${location.slice(0, location.lastIndexOf('/') + 1)}${file}`,
  }
  await glue.updateTable('shop', { ...found?.raw, Name: name, Parameters: changed })
}

describe('a follower', () => {
  test('names a copy of what the table is, which is put when it is published and not when that is planned', async () => {
    await planPublish(OPTIONS, publishEffects(lake, glue))
    expect(await listCopies()).toEqual([])
    await publishIt()
    expect(await listCopies()).toEqual(TABLES.map(name => `${name} 2`))
    for (const name of TABLES) {
      const table = await lake.catalog.load(name)
      const { 'metadata-log': log, ...said } = await loadMetadata(lake.store, await keyInGlue(name))
      expect(table?.metadata).toMatchObject(said)
      expect(log.at(-1)?.['metadata-file']).toMatch(new RegExp(`/${table?.metadataKey}$`))
    }
  })

  test('has one copy of each state, whoever publishes it, and how often', async () => {
    const both = await Promise.allSettled([publishIt(), publishIt()])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(await publishIt()).toEqual([])
    expect(await listCopies()).toEqual(TABLES.map(name => `${name} 2`))
    await put('two', '2026-01-20T01-00Z')
    expect(await publishIt()).toEqual(TABLES.map(name => [name, 'v2 → v3']))
    expect(await listCopies()).toEqual(TABLES.flatMap(name => [`${name} 2`, `${name} 3`]))
  })

  test('whose copy was removed by somebody gets it again', async () => {
    await publishIt()
    const key = await keyInGlue('folders_v1')
    await lake.store.remove(key)
    expect(await publishIt()).toEqual([['folders_v1', 'its metadata file was gone']])
    expect(await lake.store.find(key)).toBeDefined()
    expect(await publishIt()).toEqual([])
  })

  test('that names the table’s own metadata file is led to a copy, from an earlier one as well', async () => {
    await publishIt()
    await nameInGlue('objects_v1', 'v2.metadata.json')
    await nameInGlue('folders_v1', 'v1.metadata.json')
    expect(await publishIt()).toEqual([
      ['folders_v1', 'v1 → v2'],
      ['objects_v1', expect.stringMatching(/^v2 → 00002-[0-9a-f-]{36}$/)],
    ])
    await nameInGlue('objects_v1', 'v2.metadata.json')
    await put('two', '2026-01-20T01-00Z')
    expect(await publishIt()).toEqual(TABLES.map(name => [name, 'v2 → v3']))
  })
})

test.each([
  ['one list of its database', true, []],
  ['each table as well, where a list leaves out versions', false, TABLES],
])('a plan asks Glue for %s', async (_, hasVersions, asked) => {
  await publishIt()
  const found: string[] = []
  const glueThere: MemoryGlue = {
    ...glue,
    async findTable(database, name) {
      found.push(name)
      return glue.findTable(database, name)
    },
    async *listTables(database) {
      for await (const table of glue.listTables(database))
        yield hasVersions ? table : { ...table, versionId: undefined }
    },
  }
  await planPublish(OPTIONS, publishEffects(lake, glueThere))
  expect(found.filter(name => TABLES.includes(name)).sort()).toEqual(asked)
})
