import { describe, expect, test } from 'vitest'
import { parseName } from '../../src/collections/collectionName.js'
import {
  CollectionChangedError,
  type CollectionEffects,
  createCollections,
  findClashes,
  MOST_COLLECTIONS,
  NameTakenError,
  removeCollection,
  renameCollection,
} from '../../src/collections/collections.js'
import { NotFoundError, UsageError } from '../../src/errors.js'
import { DocumentFormatError } from '../../src/lake/documentFormat.js'
import { changeCollections, getCollection, listCollections } from '../../src/lake/lakeCollections.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'

const effectsOn = (store: ObjectStore): CollectionEffects => ({
  store,
  now: () => new Date('2026-01-21T00:00Z'),
  sleep: async () => {},
  random: () => 0,
  signal: new AbortController().signal,
})

const create = (store: ObjectStore, ...names: [folder: string, name?: string][]) =>
  createCollections(
    { connector: 'photos', by: 'anna', folders: names.map(([folder, name]) => ({ folder, ...(name && { name }) })) },
    effectsOn(store),
  )

const namesIn = async (store: ObjectStore): Promise<string[]> => (await listCollections(store)).map(({ name }) => name)

describe('making them', () => {
  test('gives each a GUID of its own, and the suggested name unless one is given', async () => {
    const store = new MemoryStore()
    const { created } = await create(store, ['2021/b-c/'], ['2020/', 'Best of 2020'])
    expect(created).toMatchObject([
      { name: '2021 - B C', connector: 'photos', folder: '2021/b-c/', created_by: 'anna', version: 0 },
      { name: 'Best of 2020', folder: '2020/' },
    ])
    expect(await listCollections(store)).toEqual(created)
    for (const { collection } of created) expect(collection).toMatch(/^col_[0-9a-f]{32}$/)
    expect(new Set(created.map(({ collection }) => collection)).size).toBe(2)
  })

  test.each<[what: string, wanted: [string, string?][], told: RegExp]>([
    ['one that is taken', [['b/', 'Weddings']], /name "Weddings": the collection "Weddings" of photos, "a\/" has it/],
    ['in other letters', [['b/', 'WEDDINGS']], /"Weddings" of photos/],
    ['with other spaces', [['b/', ' weddings\u00a0']], /"Weddings" of photos/],
    [
      'two of one name',
      [
        ['b/', 'X'],
        ['c/', 'x'],
      ],
      /2 names: "X": the new one of "c\/" has it; "x": the new one of "b\/" has it/,
    ],
    ['two folders that suggest one name', [['b-c/'], ['b_c/']], /"B C": the new one of "b_c\/"/],
    ['one of several', [['b/'], ['c/', 'Weddings'], ['d/']], /"Weddings"/],
  ])('refuses %s, and makes none', async (_, wanted, told) => {
    const store = new MemoryStore()
    await create(store, ['a/', 'Weddings'])
    const made = create(store, ...wanted)
    await expect(made).rejects.toThrow(NameTakenError)
    await expect(made).rejects.toThrow(told)
    expect(await namesIn(store)).toEqual(['Weddings'])
  })

  test('one folder may have several, of several people', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'Mine'])
    await create(store, ['a/', 'Yours'])
    expect(await namesIn(store)).toEqual(['Mine', 'Yours'])
  })

  test('a thousand are one change', async () => {
    const store = new MemoryStore()
    await create(store, ...Array.from({ length: 1000 }, (_, i): [string] => [`folder ${i}/`]))
    expect(store.objects.size).toBe(1)
    expect((await listCollections(store)).length).toBe(1000)
  })

  test('there is an end to them', async () => {
    const store = new MemoryStore()
    const many = Array.from({ length: MOST_COLLECTIONS }, (_, i): [string] => [`folder ${i}/`])
    await create(store, ...many)
    await expect(create(store, ['one more/'])).rejects.toThrow('10000 in a lake at most')
  })

  test('of two people who give the same name at once one gets it, and the other is told', async () => {
    const store = new MemoryStore()
    const [a, b] = await Promise.allSettled([create(store, ['a/', 'Same'], ['b/', 'B']), create(store, ['c/', 'same'])])
    expect([a.status, b.status].sort()).toEqual(['fulfilled', 'rejected'])
    const lost = [a, b].find(each => each.status === 'rejected')
    expect(lost?.reason).toBeInstanceOf(NameTakenError)
    expect([['B', 'Same'], ['same']]).toContainEqual(await namesIn(store))
  })

  test('people who give other names at once all get them', async () => {
    const store = new MemoryStore()
    await Promise.all(Array.from({ length: 8 }, (_, i) => create(store, [`${i}/`, `N${i}`])))
    expect(await namesIn(store)).toEqual(['N0', 'N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7'])
  })

  test('a change whose answer is lost is made once', async () => {
    const store = new MemoryStore()
    const put = store.putIfAbsent.bind(store)
    store.putIfAbsent = async (key, bytes) => {
      await put(key, bytes)
      throw new Error('the line is dead')
    }
    await create(store, ['a/'])
    expect(await namesIn(store)).toEqual(['A'])
  })
})

describe('another name', () => {
  test('is had unless another has it; the own in other letters can be had', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'], ['b/', 'Two'])
    const { before, collection } = await renameCollection({ guidOrName: 'one', name: 'ONE' }, effectsOn(store))
    expect([before.name, collection.name, collection.version]).toEqual(['One', 'ONE', 1])
    expect(await getCollection(store, 'one')).toEqual(collection)
    await expect(renameCollection({ guidOrName: 'ONE', name: 'two ' }, effectsOn(store))).rejects.toThrow(
      NameTakenError,
    )
    const same = await renameCollection({ guidOrName: 'ONE', name: ' ONE' }, effectsOn(store))
    expect(same).toMatchObject({ isChanged: false, collection })
  })

  test('two who give one name to two collections at once: one gets it', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'], ['b/', 'Two'])
    const results = await Promise.allSettled(
      ['One', 'Two'].map(guidOrName => renameCollection({ guidOrName, name: 'Three' }, effectsOn(store))),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await namesIn(store)).filter(name => name === 'Three')).toHaveLength(1)
  })

  test('two who rename one collection at once, as they saw it: one does', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'])
    const rename = (name: string) => renameCollection({ guidOrName: 'One', name, ifVersion: 0 }, effectsOn(store))
    const results = await Promise.allSettled([rename('Two'), rename('Three')])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(CollectionChangedError),
    })
    expect(await namesIn(store)).toHaveLength(1)
  })

  test('a rival who takes the name away meanwhile is not renamed in its place', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'])
    const read = store.read.bind(store)
    store.read = async key => {
      const bytes = await read(key)
      store.read = read
      await renameCollection({ guidOrName: 'One', name: 'Other' }, effectsOn(store))
      await create(store, ['b/', 'One'])
      return bytes
    }
    await renameCollection({ guidOrName: 'One', name: 'Mine' }, effectsOn(store))
    expect((await listCollections(store)).map(({ name, folder }) => [name, folder])).toEqual([
      ['Mine', 'a/'],
      ['One', 'b/'],
    ])
  })
})

describe('removing', () => {
  test('frees the name', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'])
    await removeCollection({ guidOrName: 'one' }, effectsOn(store))
    expect(await listCollections(store)).toEqual([])
    await create(store, ['b/', 'One'])
  })

  test('what somebody else has changed stays', async () => {
    const store = new MemoryStore()
    await create(store, ['a/', 'One'])
    await renameCollection({ guidOrName: 'One', name: 'Two' }, effectsOn(store))
    await expect(removeCollection({ guidOrName: 'Two', ifVersion: 0 }, effectsOn(store))).rejects.toThrow(
      CollectionChangedError,
    )
    expect(await namesIn(store)).toEqual(['Two'])
  })
})

test('one that is not there is not found, and a likely one is named', async () => {
  const store = new MemoryStore()
  await create(store, ['a/', 'Weddings'])
  await expect(getCollection(store, 'Wedings')).rejects.toThrow(NotFoundError)
  await expect(getCollection(store, 'Wedings')).rejects.toThrow('did you mean Weddings?')
})

test('a document of a later Stocktake is not overwritten', async () => {
  const store = new MemoryStore()
  await store.put('state/collections/all/1.json', Buffer.from('{"format_version":2,"commit":"x","value":{}}'))
  await expect(create(store, ['a/'])).rejects.toThrow(DocumentFormatError)
  expect(store.objects.size).toBe(1)
})

test('what a plan throws changes nothing', async () => {
  const store = new MemoryStore()
  const refuse = () => {
    throw new UsageError({ subject: 'no' })
  }
  await expect(changeCollections(store, refuse, effectsOn(store))).rejects.toThrow(UsageError)
  expect(store.objects.size).toBe(0)
})

test.each([
  [' Weddings ', 'Weddings'],
  ['A/B', 'A/B'],
  ['e\u0301', 'é'],
  ['<b>&amp;</b>', '<b>&amp;</b>'],
])('the name %j is kept as %j', (typed, kept) => expect(parseName(typed)).toBe(kept))

test.each(['', '  ', '..', 'a\nb', 'a\u0000', '\u202egpj', 'col_1', 'COL_1', 'x'.repeat(201), '\ud800'])(
  'there is no name %j',
  name => expect(() => parseName(name)).toThrow(UsageError),
)

test('names clash among ten thousand in no time', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ folder: `${i}/`, name: `N ${i % 5_000}` }))
  expect(findClashes(many, [])).toHaveLength(10_000)
})
