import { expect, test } from 'vitest'
import { z } from 'zod'
import { NotFoundError, UsageError } from '../../src/errors.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import {
  createLake,
  LAKE_FORMAT_VERSION,
  LakeAuthorityError,
  LakeFormatError,
  loadReadable,
  OtherLakeError,
  openLake,
  openStore,
  requireSameLake,
} from '../../src/lake/lake.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { readText } from '../../src/lake/objectStore.js'

const now = new Date('2026-01-20T01:00:00.000Z')

test('a lake is made once, and stays the same', async () => {
  const store = new MemoryStore()
  const first = await createLake(store, now)
  expect(first).toMatchObject({ isNew: true, lake: { store, createdAt: now } })
  expect(JSON.parse(await readText(store, 'lake.json'))).toEqual({
    formatVersion: 1,
    id: first.lake.id,
    createdAt: '2026-01-20T01:00:00.000Z',
  })
  expect(await createLake(store, new Date())).toEqual({ isNew: false, lake: first.lake })
  expect(await openLake(store)).toEqual(first.lake)
})

test('two that make it at once get the same lake', async () => {
  const store = new MemoryStore()
  const made = await Promise.all([createLake(store, now), createLake(store, now)])
  expect(new Set(made.map(({ lake }) => lake.id)).size).toBe(1)
  expect(made.filter(({ isNew }) => isNew)).toHaveLength(1)
})

test('where there is none, init is the fix', async () => {
  await expect(openLake(new MemoryStore())).rejects.toThrow(NotFoundError)
  await expect(openLake(new MemoryStore())).rejects.toThrow('memory://lake: no lake there; `stocktake init` creates it')
})

test.each([
  [`{"formatVersion":${LAKE_FORMAT_VERSION + 1}}`, 'expected format version 2 at most, got 3; a later Stocktake'],
  ['{"formatVersion":0,"id":"x","createdAt":"y"}', 'expected {"formatVersion":1,"id":…,"createdAt":…}'],
  ['', 'expected {"formatVersion":1,"id":…,"createdAt":…}, got ""'],
  ['[]', 'expected {"formatVersion":1'],
  ['{"formatVersion":1', 'expected {"formatVersion":1'],
])('lake.json with %s is refused', async (text, message) => {
  const store = new MemoryStore()
  await store.put('lake.json', new TextEncoder().encode(text))
  await expect(openLake(store)).rejects.toThrow(LakeFormatError)
  await expect(openLake(store)).rejects.toThrow(message)
  await expect(createLake(store, now)).rejects.toThrow(message)
})

test('a lake keeps the catalog that it was made with; a program that knows none but files refuses the other', async () => {
  const glue = { type: 'glue', database: 'stock' } as const
  const [ofGlue, ofFiles] = [new MemoryStore(), new MemoryStore()]
  const { lake } = await createLake(ofGlue, now, glue)
  await createLake(ofFiles, now)
  expect(lake.authority).toEqual(glue)
  expect(JSON.parse(await readText(ofGlue, 'lake.json'))).toMatchObject({ formatVersion: 2, catalog: glue })
  expect(await openLake(ofGlue, glue)).toEqual(lake)
  expect(await openLake(ofGlue)).toEqual(lake)
  await expect(openLake(ofGlue, { type: 'files' })).rejects.toThrow(
    'expected a lake whose catalog is files, got one whose catalog is Glue, database stock; set catalog to { type: glue, database: stock }, or lake',
  )
  await expect(openLake(ofGlue, { type: 'glue', database: 'shop' })).rejects.toThrow(LakeAuthorityError)
  await expect(createLake(ofGlue, now)).rejects.toThrow(LakeAuthorityError)
  await expect(openLake(ofFiles, glue)).rejects.toThrow(
    'got one whose catalog is files; set catalog to { type: files }',
  )
})

test('keys of lake.json that are not known yet are left alone', async () => {
  const store = new MemoryStore()
  const { lake } = await createLake(store, now)
  const document = { ...JSON.parse(await readText(store, 'lake.json')), owner: 'ops' }
  await store.put('lake.json', new TextEncoder().encode(JSON.stringify(document)))
  expect(await openLake(store)).toEqual(lake)
})

test.each([
  ['/data/lake', 'file:///data/lake'],
  ['/data/lake/', 'file:///data/lake'],
  ['file:///data/my%20lake', 'file:///data/my%20lake'],
])('the store at %s', (place, url) => {
  expect(openStore(place)).toBeInstanceOf(FolderStore)
  expect(openStore(place).url).toBe(url)
})

test.each(['s3://bucket/prefix', 'gs://bucket'])('a store at %s is not to be had', place =>
  expect(() => openStore(place)).toThrow(UsageError),
)

test('whether a place still is the lake that it was is found out', async () => {
  const store = new MemoryStore()
  const { lake } = await createLake(store, now)
  await expect(requireSameLake(lake)).resolves.toBeUndefined()
  await store.remove('lake.json')
  await expect(requireSameLake(lake)).rejects.toThrow(`memory://lake: expected the lake ${lake.id}, got no lake there`)
  const other = await createLake(store, now)
  await expect(requireSameLake(lake)).rejects.toThrow(OtherLakeError)
  await expect(requireSameLake(lake)).rejects.toThrow(`got the lake ${other.lake.id}`)
})

test.each([1, 3, 50])(
  'of %i documents, those that cannot be read are told of, and keep none of the others away',
  async count => {
    const store = new MemoryStore()
    const place = { store, folder: 'state/things', schema: z.object({ n: z.int() }) }
    const put = (name: string, document: object) =>
      store.put(`state/things/${name}/1.json`, new TextEncoder().encode(JSON.stringify(document)))
    const commit = '0b7fc3a4-9d9a-4a4e-8d5f-0d4c8e7b1a11'
    const names = Array.from({ length: count }, (_, n) => `thing-${String(n).padStart(2, '0')}`)
    for (const [n, name] of names.entries()) await put(name, { format_version: 1, commit, value: { n } })
    await put('thing-00b', { format_version: 2, commit, value: {} })
    await put('thing-99', { format_version: 1, commit, value: { n: 'damaged' } })
    const unreadable: string[] = []
    const found: string[] = []
    for await (const { name } of loadReadable(place, ({ message }) => unreadable.push(message))) found.push(name)
    expect(found).toEqual(names)
    expect(unreadable).toEqual([expect.stringContaining('/thing-00b/'), expect.stringContaining('/thing-99/')])
  },
)
