import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { NotFoundError } from '../../src/errors.js'
import { ObjectNotFoundError, type ObjectStore, readText } from '../../src/lake/objectStore.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const listKeys = async (store: ObjectStore, prefix: string): Promise<string[]> =>
  (await collect(store.list(prefix))).map(({ key }) => key)

/**
 * What every store promises, as tests; for the body of a `describe`.
 * @param open an empty store, of which a test may use the folder given
 * @param numRuns of the properties
 */
export function testPromises(open: (folder: string) => ObjectStore | Promise<ObjectStore>, numRuns = 40): void {
  let folder: string
  let store: ObjectStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-stores-'))
    store = await open(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('what was put is read, found and listed', async () => {
    await store.put('a/b.txt', bytes('hello'))
    expect(await readText(store, 'a/b.txt')).toBe('hello')
    expect(await store.find('a/b.txt')).toMatchObject({ key: 'a/b.txt', sizeBytes: 5, lastModified: expect.any(Date) })
    expect(await collect(store.list(''))).toMatchObject([{ ...(await store.find('a/b.txt')) }])
  })

  test('nothing is there before', async () => {
    expect(await store.find('a')).toBeUndefined()
    expect(await listKeys(store, '')).toEqual([])
    expect(await collect(store.listFolders(''))).toEqual([])
    await expect(store.read('a')).rejects.toThrow(ObjectNotFoundError)
    await expect(collect(store.stream('a'))).rejects.toThrow(ObjectNotFoundError)
    await expect(store.read('a')).rejects.toThrow(NotFoundError)
    await store.remove('a')
  })

  test('a folder is no object', async () => {
    await store.put('a/b', bytes('x'))
    expect(await store.find('a')).toBeUndefined()
    await expect(store.read('a')).rejects.toThrow(ObjectNotFoundError)
    await expect(collect(store.stream('a'))).rejects.toThrow(ObjectNotFoundError)
  })

  test.each([
    [{ start: 0 }, '0123456789'],
    [{ start: 3 }, '3456789'],
    [{ start: 3, end: 5 }, '34'],
    [{ start: 8, end: 50 }, '89'],
    [{ start: 10 }, ''],
    [{ start: 50, end: 60 }, ''],
    [{ start: 5, end: 5 }, ''],
    [undefined, '0123456789'],
  ])('the range %j is %j', async (range, text) => {
    await store.put('a', bytes('0123456789'))
    expect(new TextDecoder().decode(await store.read('a', range))).toBe(text)
    expect(Buffer.concat(await collect(store.stream('a', range))).toString()).toBe(text)
  })

  test('a stream of many chunks is whole', async () => {
    const big = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 7) % 251)
    await store.put('big', big)
    expect(Buffer.concat(await collect(store.stream('big'))).equals(big)).toBe(true)
    expect(Buffer.concat(await collect(store.stream('big', { start: 500_000, end: 900_000 })))).toHaveLength(400_000)
  })

  test('put replaces', async () => {
    await store.put('a', bytes('old and longer'))
    await store.put('a', bytes('new'))
    expect(await readText(store, 'a')).toBe('new')
  })

  test('putIfAbsent creates once, and never again over another', async () => {
    expect(await store.putIfAbsent('a/1.json', bytes('first'))).toBe(true)
    expect(await store.putIfAbsent('a/1.json', bytes('second'))).toBe(false)
    expect(await store.putIfAbsent('a/1.json', bytes('first'))).toBe(false) // the same bytes, and yet another's
    expect(await readText(store, 'a/1.json')).toBe('first')
    await store.remove('a/1.json')
    expect(await store.putIfAbsent('a/1.json', bytes('third'))).toBe(true)
  })

  test('of many creators at once one wins', async () => {
    const won = await Promise.all(Array.from({ length: 20 }, (_, i) => store.putIfAbsent('a', bytes(`writer ${i}`))))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await readText(store, 'a')).toBe(`writer ${won.indexOf(true)}`)
  })

  test('bytes belong to the store once they are put', async () => {
    const mine = bytes('mine')
    await store.put('a', mine)
    mine.fill(0)
    ;(await store.read('a')).fill(0)
    expect(await readText(store, 'a')).toBe('mine')
  })

  test('putFile takes a file over, also over another', async () => {
    const file = join(folder, 'finished.parquet')
    await store.put('t/data/1.parquet', bytes('old'))
    for (const text of ['PAR1…PAR1', 'PAR1']) {
      await writeFile(file, text)
      await store.putFile('t/data/1.parquet', file)
      await rm(file, { force: true }) // linked, moved or copied: the object stays
      expect(await readText(store, 't/data/1.parquet')).toBe(text)
    }
    expect(await listKeys(store, '')).toEqual(['t/data/1.parquet'])
  })

  test('remove removes one object', async () => {
    await store.put('a', bytes('x'))
    await store.put('ab', bytes('x'))
    await store.remove('a')
    expect(await listKeys(store, '')).toEqual(['ab'])
  })

  const keys = ['a', 'a-b/c', 'a.txt', 'a/b', 'a/b/c', 'a0', 'b/1', 'b/10', 'b/2', '\ue000', '\u{10000}', 'é', 'z']

  test.each([
    ['', keys],
    ['a', ['a-b/c', 'a.txt', 'a/b/c', 'a0']],
    ['a/', ['a/b/c']],
    ['a/b', ['a/b/c']],
    ['b/1', ['b/1', 'b/10']],
    ['b/1/', []],
    ['c', []],
  ])('keys that start with %j are listed in code-point order', async (prefix, expected) => {
    const files = keys.filter(key => key !== 'a' && key !== 'a/b') // a folder can't hold a file of the same name
    for (const key of [...files].reverse()) await store.put(key, bytes(key))
    expect(await listKeys(store, prefix)).toEqual(expected.filter(key => files.includes(key)).sort(compareCodePoints))
  })

  test('folders directly under a prefix are listed in order', async () => {
    for (const key of ['t/b/1', 't/a/x/1', 't/a-b/1', 't/a0/1', 't/file']) await store.put(key, bytes('x'))
    expect(await collect(store.listFolders('t/'))).toEqual(['t/a-b/', 't/a/', 't/a0/', 't/b/'])
    expect(await collect(store.listFolders(''))).toEqual(['t/'])
    expect(await collect(store.listFolders('none/'))).toEqual([])
  })

  const listEntries = async (prefix: string): Promise<string[]> =>
    (await collect(store.listDirectly(prefix))).map(entry => (entry.kind === 'object' ? entry.object.key : entry.path))

  test.each([
    ['', ['a-b/', 'a.txt', 'a/', 'a0', 'b/', 'c']],
    ['a', ['a-b/', 'a.txt', 'a/', 'a0']],
    ['a/', ['a/b/', 'a/b0', 'a/c']],
    ['a/b', ['a/b/', 'a/b0']],
    ['c', ['c']],
    ['c/', []],
    ['d', []],
  ])('what lies directly under %j is listed in order', async (prefix, expected) => {
    for (const key of ['a-b/1', 'a.txt', 'a/b/1', 'a/b/2', 'a/b0', 'a/c', 'a0', 'b/x/y', 'c'])
      await store.put(key, bytes('12'))
    expect(await listEntries(prefix)).toEqual(expected)
    for await (const entry of store.listDirectly(prefix))
      if (entry.kind === 'object') expect(entry.object).toMatchObject({ ...(await store.find(entry.object.key)) })
  })

  test.each([
    ['', 'a', ['a-b/1', 'a.txt', 'a/b/1', 'a/b/2', 'a0', 'b']],
    ['', 'a/b/1', ['a/b/2', 'a0', 'b']],
    ['', 'a/b/15', ['a/b/2', 'a0', 'b']],
    ['', 'a/b/~', ['a0', 'b']],
    ['a/', 'a.txt', ['a/b/1', 'a/b/2']],
    ['a/', 'b', []],
    ['a', 'a/b.', ['a/b/1', 'a/b/2', 'a0']],
    ['', 'b', []],
  ])('keys that start with %j can be listed after %j', async (prefix, after, expected) => {
    for (const key of ['a-b/1', 'a.txt', 'a/b/1', 'a/b/2', 'a0', 'b']) await store.put(key, bytes('x'))
    expect((await collect(store.list(prefix, after))).map(({ key }) => key)).toEqual(expected)
  })

  test('any keys come back in code-point order', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', '.', '0', '~', 'é', '\ue000', '\u{1f600}'),
      minLength: 1,
      maxLength: 3,
    })
    const key = fc
      .array(
        name.filter(part => part !== '.' && part !== '..'),
        { minLength: 1, maxLength: 3 },
      )
      .map(parts => parts.map((part, i) => (i < parts.length - 1 ? `${part}_` : part)).join('/'))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 8 }), async wanted => {
        for (const old of await listKeys(store, '')) await store.remove(old)
        for (const each of wanted) await store.put(each, bytes(each))
        expect(await listKeys(store, '')).toEqual([...wanted].sort(compareCodePoints))
      }),
      { numRuns },
    )
  })
}
