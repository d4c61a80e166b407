import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { CommitConflictError } from '../../src/iceberg/catalog.js'
import { TableFormatError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { filesCatalog, MAX_BASE_AGE_MS } from '../../src/iceberg/filesCatalog.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { SCHEMA, SPEC } from './examples.js'

const folder = 'tables/objects_v1/metadata'
const text = (store: MemoryStore, key: string) => Buffer.from(store.objects.get(key)?.bytes ?? []).toString()

function openCatalog(store = new MemoryStore('s3://b/lake')) {
  const clock = { nowMs: 1_000 }
  return { store, clock, catalog: filesCatalog(store, { now: () => new Date(clock.nowMs) }) }
}

describe('a table', () => {
  test('is created with all that other readers need', async () => {
    const { store, catalog } = openCatalog()
    const table = await catalog.create(SPEC)
    expect([...store.objects.keys()]).toEqual([`${folder}/v1.metadata.json`, `${folder}/version-hint.text`])
    expect(text(store, `${folder}/version-hint.text`)).toBe('1') // no newline
    expect(JSON.parse(text(store, `${folder}/v1.metadata.json`))).toMatchObject({
      'format-version': 2,
      location: 's3://b/lake/tables/objects_v1',
      'last-sequence-number': 0,
      'last-updated-ms': 1_000,
      'last-column-id': 5,
      'current-schema-id': 0,
      schemas: [{ type: 'struct', 'schema-id': 0, fields: SCHEMA.fields }],
      'default-spec-id': 0,
      'last-partition-id': 1001,
      'default-sort-order-id': 1,
      'current-snapshot-id': -1,
      refs: {},
    })
    expect(table).toMatchObject({ version: 1, location: 's3://b/lake/tables/objects_v1' })
    expect(await catalog.load('other')).toBeUndefined()
  })

  test('is created once, whoever asks', async () => {
    const { store, catalog } = openCatalog()
    const tables = await Promise.all([1, 2, 3].map(() => catalog.create(SPEC)))
    const ids = new Set(tables.map(table => table.metadata['table-uuid']))
    expect(ids.size).toBe(1)
    const later = await catalog.create({ ...SPEC, partitionFields: [] })
    expect(later.metadata['partition-specs'][0]?.fields).toHaveLength(2)
    expect(store.objects.size).toBe(2)
  })

  test.each(['', '../x', 'a/b', '.hidden', 'a b'])('is not called %j', async name =>
    expect(openCatalog().catalog.load(name)).rejects.toThrow(UsageError),
  )
})

describe('the newest metadata', () => {
  test('is the highest number that is there, whatever the hint says', async () => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    for (let version = 2; version <= 11; version++) {
      await store.put(
        `${folder}/v${version}.metadata.json`,
        store.objects.get(base.metadataKey)?.bytes ?? new Uint8Array(),
      )
    }
    await store.put(`${folder}/version-hint.text`, Buffer.from('3\n'))
    expect((await catalog.load(SPEC.name))?.version).toBe(11) // and not 9, which is the last by name
  })

  test.each(['v2.gz.metadata.json', 'v2.metadata.json.gz'])('may be gzipped by another writer: %s', async name => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    await store.put(`${folder}/${name}`, gzipSync(text(store, base.metadataKey)))
    expect(await catalog.load(SPEC.name)).toMatchObject({ version: 2, metadata: base.metadata })
  })

  test.each([
    ['{}', TableFormatError],
    ['{"format-version":3}', UnsupportedTableError],
    [Buffer.from([0x1f, 0x8b, 1]), TableFormatError],
  ])('that cannot be read is an error that names the file: %s', async (bytes, error) => {
    const { store, catalog } = openCatalog()
    await store.put(`${folder}/v7.metadata.json`, Buffer.from(bytes))
    await expect(catalog.load(SPEC.name)).rejects.toThrow(error)
    await expect(catalog.load(SPEC.name)).rejects.toThrow('s3://b/lake/tables/objects_v1/metadata/v7.metadata.json')
  })
})

describe('a commit', () => {
  test('is the next number, and logs the one before', async () => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    const next = await catalog.commit(base, { ...base.metadata, properties: { owner: 'me' } })
    expect(next).toMatchObject({
      version: 2,
      metadataKey: `${folder}/v2.metadata.json`,
      metadata: { properties: { owner: 'me' } },
    })
    expect(next.metadata['metadata-log']).toEqual([
      { 'timestamp-ms': 1_000, 'metadata-file': `s3://b/lake/${folder}/v1.metadata.json` },
    ])
    expect(await catalog.load(SPEC.name)).toEqual(next)
    expect(text(store, `${folder}/version-hint.text`)).toBe('2')
  })

  test('on a base that is no longer the newest is a conflict', async () => {
    const { catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    await catalog.commit(base, { ...base.metadata, properties: { first: 'yes' } })
    await expect(catalog.commit(base, { ...base.metadata, properties: { second: 'yes' } })).rejects.toThrow(
      CommitConflictError,
    )
  })

  test('on a base older than an hour is a conflict: the number after it may have been removed since', async () => {
    const { catalog, clock } = openCatalog()
    const base = await catalog.create(SPEC)
    clock.nowMs += MAX_BASE_AGE_MS + 1
    await expect(catalog.commit(base, base.metadata)).rejects.toThrow('60 minutes ago')
  })

  test('whose first answer was lost is found to be won; a failed hint changes nothing', async () => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    const put = store.putIfAbsent.bind(store)
    store.putIfAbsent = async (key, bytes) => (await put(key, bytes)) && false // the retry met its first try
    const replace = store.put.bind(store)
    store.put = async (key, bytes) => {
      if (key.endsWith('.text')) throw new Error('no space for hints')
      await replace(key, bytes)
    }
    expect((await catalog.commit(base, { ...base.metadata, properties: { x: 'y' } })).version).toBe(2)
  })

  test.each([
    ['nobody’s is there: the error stays', undefined, 'connection reset'],
    ['another’s is there: lost', 'theirs', 'another writer committed first'],
  ])('that failed, and %s', async (_, theirs, message) => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    store.putIfAbsent = async key => {
      if (theirs) store.objects.set(key, { bytes: Buffer.from(theirs), lastModified: new Date(0) })
      throw new Error('connection reset')
    }
    await expect(catalog.commit(base, base.metadata)).rejects.toThrow(message)
  })

  test('that lost to a file which is gone when looked for is a conflict too', async () => {
    const { store, catalog } = openCatalog()
    const base = await catalog.create(SPEC)
    store.putIfAbsent = async () => false
    await expect(catalog.commit(base, base.metadata)).rejects.toThrow(CommitConflictError)
    store.read = async () => Promise.reject(new Error('forbidden'))
    await expect(catalog.commit(base, base.metadata)).rejects.toThrow('forbidden')
  })
})
