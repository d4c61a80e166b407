import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConflictError, UsageError } from '../../src/errors.js'
import { type Catalog, CommitConflictError, type Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { FileOutsideTableError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { glueCatalog } from '../../src/iceberg/glueCatalog.js'
import { UnknownTableError } from '../../src/iceberg/glueTable.js'
import { listOldMetadata } from '../../src/iceberg/oldMetadata.js'
import { GlueConflictError } from '../../src/lake/glue.js'
import { GlueNotFoundError, GlueUnavailableError } from '../../src/lake/glueErrors.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { planEntry } from '../../src/publish/entry.js'
import { commentEntry } from '../../src/publish/tableEntries.js'
import { planDrop } from '../../src/tables/dropDeclared.js'
import { SPEC } from './examples.js'
import { MemoryGlue } from './memoryGlue.js'

const SALES = { ...SPEC, name: 'shop.sales' }
const FOLDER = 'tables/objects_v1/metadata'

function openCatalog(store = new MemoryStore('s3://b/lake')) {
  const clock = { nowMs: 1_000 }
  const glue = new MemoryGlue('stock')
  const open = () => glueCatalog(store, glue, { database: 'stock' }, { now: () => new Date(clock.nowMs) })
  return { store, glue, clock, open, catalog: open() }
}

/** The metadata files of a table, by their numbers. */
const metadataNames = (store: MemoryStore, folder = FOLDER): string[] =>
  [...store.objects.keys()]
    .filter(key => key.startsWith(folder))
    .map(key => key.slice(folder.length + 1, folder.length + 6))

async function listed(catalog: Catalog): Promise<string[]> {
  const names: string[] = []
  for await (const name of catalog.list()) names.push(name)
  return names
}

const withOwner = ({ metadata }: Table, owner: string) => ({
  ...metadata,
  properties: { ...metadata.properties, owner },
})

describe('a table', () => {
  test('is what Glue names, in the words of other writers', async () => {
    const { store, glue, catalog } = openCatalog()
    const table = await catalog.create(SPEC)
    expect(table).toMatchObject({ name: 'objects_v1', version: 0, location: 's3://b/lake/tables/objects_v1' })
    const next = await catalog.commit(table, withOwner(table, 'me'))
    expect(metadataNames(store)).toEqual(['00000', '00001'])
    const url = (key: string) => `s3://b/lake/${key}`
    const found = await glue.findTable('stock', 'objects_v1')
    expect(found).toMatchObject({
      versionId: '2',
      tableType: 'EXTERNAL_TABLE',
      location: 's3://b/lake/tables/objects_v1',
      parameters: {
        table_type: 'ICEBERG',
        metadata_location: url(next.metadataKey),
        previous_metadata_location: url(table.metadataKey),
      },
    })
    expect(found?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['import_id', 'string'],
      ['dt', 'date'],
      ['key', 'string'],
      ['size', 'bigint'],
      ['share', 'double'],
    ])
    expect(found?.columns[3]?.parameters).toMatchObject({ 'iceberg.field.current': 'true' })
    expect(await catalog.load('objects_v1')).toEqual(next)
    expect(next.metadata['metadata-log'].map(entry => entry['metadata-file'])).toEqual([url(table.metadataKey)])
    expect(await catalog.load('other')).toBeUndefined()
  })

  test('that names a database is in that one, which is made with it', async () => {
    const { glue, catalog } = openCatalog()
    await catalog.create(SALES)
    await catalog.create(SPEC)
    expect([...glue.databases.keys()]).toEqual(['stock', 'shop'])
    expect([...glue.tables.keys()]).toEqual(['shop.sales', 'stock.objects_v1'])
    expect(await listed(catalog)).toEqual(['objects_v1', 'shop.sales'])
  })

  test('is created once, whoever asks', async () => {
    const { store, open } = openCatalog()
    const tables = await Promise.all([1, 2, 3].map(() => open().create(SPEC)))
    expect(new Set(tables.map(({ metadata }) => metadata['table-uuid'])).size).toBe(1)
    expect(metadataNames(store)).toEqual(['00000'])
  })

  test.each(['', '../x', 'a/b', 'Objects', 'a b', 'a.b.c', 'a.', '.a'])('is not called %j', async name =>
    expect(openCatalog().catalog.load(name)).rejects.toThrow(UsageError),
  )

  test('without its database is no lake without tables', async () => {
    const { glue, catalog } = openCatalog()
    glue.databases.clear()
    await expect(catalog.load('objects_v1')).rejects.toThrow(GlueNotFoundError)
    await expect(catalog.create(SPEC)).rejects.toThrow('`stocktake init` creates it')
    await expect(listed(catalog)).rejects.toThrow(GlueNotFoundError)
  })
})

describe('what others put into Glue', () => {
  test('is passed on with a commit', async () => {
    const { glue, catalog } = openCatalog()
    const made = await catalog.create(SPEC)
    const key = 'stock.objects_v1'
    const input = glue.tables.get(key)?.input ?? { Name: '' }
    const Parameters = { ...input.Parameters, 'team.owner': 'ops' }
    const StorageDescriptor = { ...input.StorageDescriptor, SerdeInfo: { Name: 'theirs' } }
    glue.tables.set(key, {
      input: { ...input, Description: 'theirs', Parameters, StorageDescriptor, Retention: 7 },
      version: 9,
    })
    await expect(catalog.commit(made, withOwner(made, 'me'))).rejects.toThrow(CommitConflictError)
    const table = await catalog.load('objects_v1')
    if (!table) throw new Error('it is there')
    await catalog.commit(table, withOwner(table, 'me'))
    expect(await glue.findTable('stock', 'objects_v1')).toMatchObject({
      versionId: '10',
      description: 'theirs',
      parameters: { 'team.owner': 'ops' },
      raw: { Retention: 7, StorageDescriptor: { SerdeInfo: { Name: 'theirs' } } },
    })
  })

  test.each<[string, Record<string, string>, string | undefined, new (...args: never[]) => Error]>([
    ['a view', { presto_view: 'true' }, undefined, UnsupportedTableError],
    ['a table of files', {}, undefined, UnsupportedTableError],
    ['a follower', { table_type: 'ICEBERG', 'stocktake.authority': 'files' }, undefined, UnsupportedTableError],
    ['no metadata', { table_type: 'ICEBERG' }, undefined, FileOutsideTableError],
    [
      'metadata elsewhere',
      { table_type: 'iceberg' },
      's3://other/lake/tables/t/metadata/1.metadata.json',
      FileOutsideTableError,
    ],
    [
      'metadata of a lake of a longer name',
      { table_type: 'ICEBERG' },
      's3://b/lake2/t/metadata/1.metadata.json',
      FileOutsideTableError,
    ],
    ['metadata above', { table_type: 'ICEBERG' }, 's3://b/lake/../x/metadata/1.metadata.json', FileOutsideTableError],
  ])('and is %s, is refused and not listed', async (_, parameters, location, error) => {
    const { glue, catalog } = openCatalog()
    const Parameters = { ...parameters, ...(location !== undefined && { metadata_location: location }) }
    glue.tables.set('stock.t', { input: { Name: 't', TableType: 'EXTERNAL_TABLE', Parameters }, version: 1 })
    await expect(catalog.load('t')).rejects.toThrow(error)
    expect(await listed(catalog)).toEqual([])
  })

  test('elsewhere in the lake is read and committed to there, and its files are not removed', async () => {
    const { store, glue, catalog } = openCatalog()
    const made = await catalog.create(SPEC)
    const metadata = { ...made.metadata, location: 's3a://b/lake/made/by/spark/' }
    const key = 'made/by/spark/metadata/00004-abc.gz.metadata.json'
    await store.put(
      key,
      gzipSync(JSON.stringify(metadata, (_, value) => (typeof value === 'bigint' ? Number(value) : value))),
    )
    const Parameters = { table_type: 'ICEBERG', metadata_location: `s3n://b/lake/${key}` }
    glue.tables.set('stock.t', { input: { Name: 't', Parameters }, version: 1 })
    const table = await catalog.load('t')
    if (!table) throw new Error('it is there')
    expect(table).toMatchObject({ version: 4, metadataKey: key, location: 's3://b/lake/made/by/spark' })
    const next = await catalog.commit(table, withOwner(table, 'me'))
    expect(next.metadataKey).toMatch(/^made\/by\/spark\/metadata\/00005-.*\.metadata\.json$/)
    expect((await catalog.load('t'))?.metadata.properties).toEqual({ owner: 'me' })
    await expect(catalog.drop(next)).rejects.toThrow(ConflictError)
    expect(await listed(catalog)).toEqual(['objects_v1', 't'])
  })
})

describe('files of a table that Glue does not know', () => {
  test('are no reason to make another beside it', async () => {
    const { store, glue, catalog } = openCatalog()
    const table = await catalog.create(SPEC)
    await catalog.commit(table, withOwner(table, 'me'))
    glue.tables.clear() // as the Glue of another region is
    await expect(catalog.create(SPEC)).rejects.toThrow(UnknownTableError)
    await expect(catalog.create(SPEC)).rejects.toThrow('check catalog.database, catalog.region and the account')
    expect(metadataNames(store)).toEqual(['00000', '00001'])
  })

  test('but were only put by one who was killed before it asked Glue, are none', async () => {
    const { glue, store, catalog } = openCatalog()
    await catalog.create(SPEC)
    glue.tables.clear()
    expect(await catalog.create(SPEC)).toMatchObject({ version: 0 })
    expect(metadataNames(store)).toEqual(['00000', '00000'])
  })
})

test('columns that are no more are in Glue as not current, and comments in one line', async () => {
  const { glue, catalog } = openCatalog()
  const base = await catalog.create(SPEC)
  const [first, ...fields] = SPEC.schema.fields
  const schema = {
    ...SPEC.schema,
    'schema-id': 1,
    fields: fields.map(each => ({ ...each, doc: `line\nof ${'x'.repeat(300)}` })),
  }
  const list = { type: 'list', 'element-id': 12, 'element-required': false, element: 'decimal(9,2)' } as const
  const map = {
    type: 'map',
    'key-id': 13,
    key: 'uuid',
    'value-id': 14,
    'value-required': false,
    value: 'fixed[4]',
  } as const
  const struct = { type: 'struct', fields: [{ id: 15, name: 'at', required: true, type: 'timestamptz' }] } as const
  const nested = [list, map, struct].map((type, i) => ({ id: 20 + i, name: `n${i}`, required: false, type }))
  const schemas = [SPEC.schema, { ...schema, fields: [...schema.fields, ...nested] }]
  await catalog.commit(base, {
    ...base.metadata,
    schemas,
    'current-schema-id': 1,
    properties: { comment: 'what it is' },
  })
  const found = await glue.findTable('stock', 'objects_v1')
  expect(found?.description).toBe('what it is')
  expect(
    found?.columns.map(({ name, type, parameters }) => [name, type, parameters?.['iceberg.field.current']]),
  ).toEqual([
    ['dt', 'date', 'true'],
    ['key', 'string', 'true'],
    ['size', 'bigint', 'true'],
    ['share', 'double', 'true'],
    ['n0', 'array<decimal(9,2)>', 'true'],
    ['n1', 'map<string,binary>', 'true'],
    ['n2', 'struct<at:timestamp>', 'true'],
    [first?.name, 'string', 'false'],
  ])
  expect(found?.columns[0]?.comment).toMatch(/^line of x{246}…$/)
})

describe('a commit', () => {
  test('of many writers loses none', async () => {
    const { store, open } = openCatalog()
    await open().create(SPEC)
    const effects = { now: () => new Date(2_000), sleep: async () => {} }
    const add = (owner: string) =>
      changeMetadata(
        open(),
        'objects_v1',
        ({ metadata }) => ({ ...metadata, properties: { ...metadata.properties, [owner]: 'yes' } }),
        effects,
      )
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(`w${i}`)))
    const table = await open().load('objects_v1')
    expect(Object.keys(table?.metadata.properties ?? {})).toHaveLength(20)
    expect(table?.version).toBe(20)
    expect(metadataNames(store)).toHaveLength(21) // what those who came second have put is gone
  })

  /** What a request does before its answer is lost. */
  const lose = (glue: MemoryGlue, times: number, mayBeOurs: boolean) => {
    const update = glue.updateTable.bind(glue)
    glue.updateTable = async (database, input, versionId) => {
      for (let i = 0; i < times; i++) await update(database, input, versionId).catch(() => undefined)
      if (mayBeOurs) throw new GlueConflictError('t', 'another', true, undefined)
      throw new GlueUnavailableError({ subject: 'Glue', got: 'a reset connection' })
    }
    return update
  }

  test.each([
    ['given up', false],
    ['sent again, and met itself', true],
  ])('whose answer was lost, %s, is found to be won', async (_, mayBeOurs) => {
    const { glue, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    lose(glue, 1, mayBeOurs)
    const next = await catalog.commit(base, withOwner(base, 'me'))
    expect(await catalog.load('objects_v1')).toEqual(next)
  })

  test('whose answer was lost is found to be won under what came after it', async () => {
    const { glue, catalog, open } = openCatalog()
    const base = await catalog.create(SPEC)
    const update = lose(glue, 1, true)
    const find = glue.findTable.bind(glue)
    let isFirst = true
    glue.findTable = async (database, name) => {
      if (isFirst) {
        isFirst = false
        Object.assign(glue, { updateTable: update, findTable: find })
        const rival = open()
        const table = await rival.load('objects_v1')
        if (table) await rival.commit(table, withOwner(table, 'rival'))
      }
      return find(database, name)
    }
    const next = await catalog.commit(base, { ...base.metadata, properties: { mine: 'yes' } })
    expect(next.version).toBe(1)
    expect((await catalog.load('objects_v1'))?.metadata.properties).toEqual({ mine: 'yes', owner: 'rival' })
  })

  test.each([
    ['it may still come: the file stays, and nobody says that it failed for sure', 0, GlueUnavailableError, 2],
  ])('that got no answer and is not there: %s', async (_, times, error, files) => {
    const { glue, store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    lose(glue, times, false)
    await expect(catalog.commit(base, withOwner(base, 'me'))).rejects.toThrow(error)
    expect(metadataNames(store)).toHaveLength(files)
  })

  test('that got no answer, and another was first, is lost; its file goes', async () => {
    const { glue, store, catalog, open } = openCatalog()
    const base = await catalog.create(SPEC)
    const rival = await open().load('objects_v1')
    if (rival) await open().commit(rival, withOwner(rival, 'rival'))
    lose(glue, 1, false)
    await expect(catalog.commit(base, withOwner(base, 'me'))).rejects.toThrow(CommitConflictError)
    expect(metadataNames(store)).toEqual(['00000', '00001'])
  })

  test('on a table that was dropped is a conflict', async () => {
    const { glue, store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    glue.tables.clear()
    await expect(catalog.commit(base, withOwner(base, 'me'))).rejects.toThrow(CommitConflictError)
    await expect(catalog.commit({ ...base }, withOwner(base, 'me'))).rejects.toThrow(CommitConflictError)
    expect(metadataNames(store)).toEqual(['00000'])
  })

  test('that is cut off anywhere leaves the old state or the new one, whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), fc.boolean(), async (cut, isDone) => {
        const { glue, store, catalog, open } = openCatalog()
        const base = await catalog.create(SPEC)
        let calls = 0
        const cutOff = <T extends object>(target: T, name: keyof T & string) => {
          const act = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target)
          Object.assign(target, {
            [name]: async (...args: unknown[]) => {
              const isCut = calls++ >= cut
              if (isCut && (!isDone || calls - 1 > cut)) throw new Error('killed')
              const result = await act(...args)
              if (isCut) throw new Error('killed')
              return result
            },
          })
          return act
        }
        const acts = { putIfAbsent: cutOff(store, 'putIfAbsent'), remove: cutOff(store, 'remove') }
        const calling = { updateTable: cutOff(glue, 'updateTable'), findTable: cutOff(glue, 'findTable') }
        await catalog.commit(base, withOwner(base, 'me')).catch(() => undefined)
        Object.assign(store, acts)
        Object.assign(glue, calling)
        const now = await open().load('objects_v1')
        if (!now) return false
        const next = await open().commit(now, withOwner(now, 'next'))
        return [undefined, 'me'].includes(now.metadata.properties.owner) && next.version === now.version + 1
      }),
      { numRuns: 50 },
    )
  })
})

describe('a drop', () => {
  test('takes the table out of Glue, and all its files', async () => {
    const { glue, store, catalog } = openCatalog()
    const table = await catalog.commit(await catalog.create(SALES), (await catalog.create(SALES)).metadata)
    await store.put('tables/shop.sales/data/a.parquet', Buffer.from('rows'))
    await catalog.drop(table)
    expect([[...glue.tables.keys()], [...store.objects.keys()]]).toEqual([[], []])
    expect(await catalog.create(SALES)).toMatchObject({ version: 0 })
  })

  test.each([0, 1, 2, 3, 4, 5])('that is stopped at removal %i is no table, and goes on', async stopAt => {
    const { glue, store, catalog, open } = openCatalog()
    const table = await catalog.create(SALES)
    await store.put('tables/shop.sales/data/a.parquet', Buffer.from('rows'))
    let removals = 0
    const [remove, deleteTable] = [store.remove.bind(store), glue.deleteTable.bind(glue)]
    store.remove = async key => {
      if (removals++ === stopAt) throw new Error('killed')
      await remove(key)
    }
    glue.deleteTable = async (...args) => {
      if (removals++ === stopAt) throw new Error('killed')
      return deleteTable(...args)
    }
    const isStopped = await catalog.drop(table).then(
      () => false,
      () => true,
    )
    Object.assign(store, { remove })
    Object.assign(glue, { deleteTable })
    expect(await open().load('shop.sales')).toBeUndefined()
    expect(await listed(open())).toEqual([])
    const rest = await open().findDropped('shop.sales')
    expect(rest !== undefined).toBe(isStopped)
    expect((await planDrop('shop.sales', open(), store)) !== undefined).toBe(isStopped)
    if (rest) await open().drop(rest)
    expect([[...glue.tables.keys()], [...store.objects.keys()]]).toEqual([[], []])
  })

  test('that is stopped doesn’t stand in the way of a new table', async () => {
    const { glue, store, catalog, open } = openCatalog()
    const table = await catalog.create(SALES)
    glue.deleteTable = async () => Promise.reject(new Error('killed'))
    await expect(catalog.drop(table)).rejects.toThrow('killed')
    Object.assign(glue, { deleteTable: MemoryGlue.prototype.deleteTable })
    const made = await open().create(SALES)
    expect(made).toMatchObject({ version: 0 })
    expect(await open().load('shop.sales')).toMatchObject({ metadata: made.metadata })
    await expect(catalog.drop(table)).rejects.toThrow(CommitConflictError)
    expect(store.objects.has(made.metadataKey)).toBe(true)
  })

  test('of a table that another was put in the place of leaves that one', async () => {
    const { glue, catalog } = openCatalog()
    const table = await catalog.create(SALES)
    await catalog.drop(table)
    const other = await catalog.create(SALES)
    await expect(catalog.drop(table)).rejects.toThrow(CommitConflictError)
    expect(await catalog.load('shop.sales')).toEqual(other)
    expect(glue.tables.size).toBe(1)
  })
})

test('what nobody names is removed from the table’s own folder, and no metadata file', async () => {
  const store = new MemoryStore('s3://b/lake', () => new Date(0))
  const { glue, catalog } = openCatalog(store)
  const made = await catalog.create(SPEC)
  const folder = 'tables/objects_v1'
  for (const name of ['data/a.parquet', 'metadata/snap-1.avro', 'metadata/00009-x.metadata.json'])
    await store.put(`${folder}/${name}`, Buffer.from('x'))
  store.objects.set(`${folder}/metadata/new`, { bytes: Buffer.from(''), lastModified: new Date(9_000) })
  const effects = { now: () => new Date(10_000), signal: new AbortController().signal }
  const options = { graceMs: 5_000, dryRun: false }
  expect(await removeOrphans(catalog, SPEC.name, options, effects)).toMatchObject({ files: 2 })
  const left = ['metadata/00009-x.metadata.json', 'metadata/new'].map(name => `${folder}/${name}`)
  expect([...store.objects.keys()].sort()).toEqual([made.metadataKey, ...left].sort())
  // The same table by another name: its folder is another's.
  const input = glue.tables.get('stock.objects_v1')?.input ?? { Name: '' }
  glue.tables.set('stock.other', { input: { ...input, Name: 'other' }, version: 1 })
  await store.put(`${folder}/data/b.parquet`, Buffer.from('x'))
  expect(await removeOrphans(catalog, 'other', options, effects)).toMatchObject({ files: 0 })
})

test('old metadata files are those that Glue doesn’t name, nor the log, a week older than what it names', async () => {
  const clock = { day: 0 }
  const store = new MemoryStore('s3://b/lake', () => new Date(clock.day * 86_400_000))
  const { catalog } = openCatalog(store)
  let table = await catalog.create(SPEC)
  const first = table.metadataKey
  await store.put(`${FOLDER}/00001-of-one-who-was-killed.metadata.json`, Buffer.from('{}'))
  await store.put(`${FOLDER}/snap-1.avro`, Buffer.from(''))
  for (let i = 0; i < 101; i++) {
    clock.day = i < 100 ? 1 : 8.5
    table = await catalog.commit(table, table.metadata)
  }
  await store.put(`${FOLDER}/00102-under-way.metadata.json`, Buffer.from('{}'))
  const old = await listOldMetadata(table)
  expect(old.map(({ key }) => key).sort()).toEqual(
    [first, `${FOLDER}/00001-of-one-who-was-killed.metadata.json`].sort(),
  )
})

test.each([
  ['short', 'what it is'],
  ['of two lines', 'what\nit is'],
  ['too long for Glue', 'what it is '.repeat(300)],
])('a comment that is %s is the same after a commit as when it was published', async (_, comment) => {
  const { glue, catalog } = openCatalog()
  const table = await catalog.create({ ...SALES, properties: { comment } })
  const planned = async () =>
    planEntry(commentEntry({ database: 'shop', name: 'sales', comment }), await glue.findTable('shop', 'sales'), false)
  expect((await planned()).difference.change).toBe('same')
  await catalog.commit(table, withOwner(table, 'me'))
  expect((await planned()).difference.change).toBe('same')
  expect((await glue.findTable('shop', 'sales'))?.description).toMatch(/^what it is/)
})
