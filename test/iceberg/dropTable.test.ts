import { describe, expect, test } from 'vitest'
import { NotFoundError } from '../../src/errors.js'
import { type Catalog, CommitConflictError, type Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { dataFile, SPEC } from './examples.js'
import { FailingStore } from './storeFakes.js'

const effects = { now: () => new Date(1_000), sleep: async () => undefined }
const keysOf = (store: MemoryStore) => [...store.objects.keys()].sort()

async function makeTable(store = new MemoryStore('s3://b/lake')) {
  const catalog = filesCatalog(store, effects)
  await catalog.create(SPEC)
  const table = await append(catalog, store, 'a')
  return { store, catalog, table }
}

async function append(catalog: Catalog, store: MemoryStore, name: string): Promise<Table> {
  const file = dataFile({ location: 's3://b/lake/tables/objects_v1' }, name)
  await store.put(`tables/objects_v1/data/${name}.parquet`, Buffer.from(name))
  return changeTable(catalog, SPEC.name, async () => ({ operation: 'append', add: [file], drop: () => false }), effects)
}

async function namesOf(catalog: Catalog): Promise<string[]> {
  const names: string[] = []
  for await (const name of catalog.list()) names.push(name)
  return names
}

describe('a list of tables', () => {
  test('has those that are there, in order', async () => {
    const { store, catalog, table } = await makeTable()
    await catalog.create({ ...SPEC, name: 'pricing_dev.sales' })
    await catalog.create({ ...SPEC, name: 'Z' })
    await store.put('tables/no-table/data/x.parquet', new Uint8Array())
    await store.put('tables/.hidden/metadata/v1.metadata.json', new Uint8Array())
    await store.put('tables/unread/metadata/v1.metadata.json', Buffer.from('{"format-version":3}'))
    expect(await namesOf(catalog)).toEqual(['Z', 'objects_v1', 'pricing_dev.sales', 'unread'])
    await catalog.drop(table)
    expect(await namesOf(catalog)).toEqual(['Z', 'pricing_dev.sales', 'unread'])
  })

  test('of a new lake is empty', async () =>
    expect(await namesOf(filesCatalog(new MemoryStore(), effects))).toEqual([]))
})

describe('a table that is dropped', () => {
  test('is gone with its files, and one of its name is a new one', async () => {
    const { store, catalog, table } = await makeTable()
    await catalog.create({ ...SPEC, name: 'objects_v10' })
    await catalog.drop(table)
    expect(await catalog.load(SPEC.name)).toBeUndefined()
    expect(keysOf(store).filter(key => key.startsWith('tables/objects_v1/'))).toEqual([
      'tables/objects_v1/metadata/v3.metadata.json',
    ])
    expect(await catalog.load('objects_v10')).toBeDefined()
    const again = await catalog.create({ ...SPEC, partitionFields: [] })
    expect(again.metadata['table-uuid']).not.toBe(table.metadata['table-uuid'])
    expect([again.version, await planFiles(again, [])]).toEqual([4, []])
    await expect(catalog.drop(table)).rejects.toThrow(CommitConflictError)
    expect(await catalog.load(SPEC.name)).toEqual(again)
  })

  test('goes also where it has changed since', async () => {
    const { store, catalog, table } = await makeTable()
    await append(catalog, store, 'b')
    await catalog.drop(table)
    expect(keysOf(store)).toEqual(['tables/objects_v1/metadata/v4.metadata.json'])
  })

  test('is not brought back by a writer that had it', async () => {
    const { store, catalog, table } = await makeTable()
    const own = filesCatalog(store, effects)
    const rival: Catalog = {
      ...own,
      async commit(base, next) {
        if (await catalog.load(SPEC.name)) await catalog.drop(table)
        return own.commit(base, next)
      },
    }
    const late = append(rival, store, 'late')
    await expect(late).rejects.toThrow(NotFoundError)
    await expect(changeMetadata(rival, SPEC.name, () => table.metadata, effects)).rejects.toThrow(NotFoundError)
    expect(await catalog.load(SPEC.name)).toBeUndefined()
  })

  test.each(['before', 'after'] as const)('is whole or gone when any write fails (%s it is done)', async when => {
    const { store: whole, table } = await makeTable()
    for (let failAt = 1; ; failAt++) {
      const store = new FailingStore(whole, failAt, when)
      const catalog = filesCatalog(store, effects)
      const loaded = { ...table, store }
      await catalog.drop(loaded).catch(() => undefined)
      const left = await catalog.load(SPEC.name)
      if (left) {
        expect(await planFiles(left, [])).toHaveLength(1)
        for (const [key] of whole.objects) expect(store.objects.has(key)).toBe(true)
      }
      if (store.writes < failAt) return expect(failAt).toBeGreaterThan(5)
      await catalog.drop(loaded)
      expect(keysOf(store)).toEqual(['tables/objects_v1/metadata/v3.metadata.json'])
    }
  })
})

describe('a change of metadata', () => {
  const setOwner = (owner: string) => (table: Table) => ({
    ...table.metadata,
    properties: { ...table.metadata.properties, [owner]: 'yes' },
  })

  test('is made on what is there by then, whoever is first', async () => {
    const { store } = await makeTable()
    const owners = Array.from({ length: 10 }, (_, i) => `owner ${i}`)
    await Promise.all(
      owners.map(owner => changeMetadata(filesCatalog(store, effects), SPEC.name, setOwner(owner), effects)),
    )
    const table = await filesCatalog(store, effects).load(SPEC.name)
    expect(Object.keys(table?.metadata.properties ?? {}).sort()).toEqual(owners)
    expect(table?.version).toBe(12)
  })

  test('that is none writes nothing', async () => {
    const { store, catalog, table } = await makeTable()
    const before = keysOf(store)
    expect(await changeMetadata(catalog, SPEC.name, () => undefined, effects)).toEqual(table)
    expect(await changeMetadata(catalog, SPEC.name, ({ metadata }) => metadata, effects)).toEqual(table)
    expect(keysOf(store)).toEqual(before)
  })
})
