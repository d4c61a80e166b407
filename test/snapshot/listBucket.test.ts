import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeCsvKey } from '../../src/inventory/csvKey.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { DirectEntry, StoredObject } from '../../src/lake/objectStore.js'
import { countRequests } from '../../src/snapshot/countingStore.js'
import { type Listing, type ListingOptions, listBucket } from '../../src/snapshot/listBucket.js'
import { discoverUnits, listUnit, type ScanUnit } from '../../src/snapshot/scanUnits.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-listing-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A store whose answers come in another order than they were asked for. */
class JitteryStore extends MemoryStore {
  turn = 0
  override async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    for await (const object of super.list(prefix, after)) {
      await this.#wait()
      yield object
    }
  }
  override async *listDirectly(prefix: string): AsyncIterable<DirectEntry> {
    for await (const entry of super.listDirectly(prefix)) {
      await this.#wait()
      yield entry
    }
  }
  async #wait(): Promise<void> {
    this.turn = (this.turn * 7 + 3) % 11
    for (let i = 0; i < this.turn % 4; i++) await Promise.resolve()
  }
}

const storeOf = (keys: Iterable<string>, store = new MemoryStore()): MemoryStore => {
  for (const key of keys) store.objects.set(key, { bytes: Buffer.from(key), lastModified: new Date(0) })
  return store
}

/** The keys that a listing of the store wrote down, in its order. */
async function listKeys(store: MemoryStore, options: Partial<ListingOptions> = {}) {
  const rows = { folder: await mkdtemp(join(folder, 'rows-')), bucket: 'b', fileBytes: 500 }
  const listing = await listBucket(
    { scope: '', rate: 1, rows, ...options },
    { store, progress: () => undefined, signal: new AbortController().signal },
  )
  return { listing, keys: await readKeys(listing) }
}

async function readKeys({ files }: Listing): Promise<string[]> {
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')))
  expect(texts.map(text => Buffer.byteLength(text))).toEqual(files.map(({ sizeBytes }) => sizeBytes))
  return texts
    .flatMap(text => text.trimEnd().split('\n'))
    .map(line => decodeCsvKey(line.split(',')[1]?.slice(1, -1) ?? ''))
}

/** Keys of few letters, so that there are deep folders, many in one, and objects beside folders of their name. */
const key = fc
  .array(fc.constantFrom('a', 'b', '/', '/', '.', '0', '-', '\u{10ffff}', '"', '\n'), { minLength: 1, maxLength: 9 })
  .map(letters => letters.join(''))
const tree = fc.uniqueArray(key, { maxLength: 60 })
const scope = fc.constantFrom('', '', 'a', 'a/', '/', 'a.', 'b/a')
const width = fc.integer({ min: 1, max: 9 })

/** Every object that discovery with so little patience comes to: those it meets, and those of its units. */
async function walk(store: MemoryStore, scope: string, enoughFolders: number, width: number) {
  const met: string[] = []
  const meet = async (object: StoredObject): Promise<void> => void met.push(object.key)
  const { units } = await discoverUnits({ scope, enoughFolders, width }, { store, meet, isWanted: () => true })
  const listed: string[] = []
  for (const unit of units) for await (const { key } of listUnit(unit, store)) listed.push(key)
  return { units, all: [...met, ...listed] }
}

describe('a full listing', () => {
  test('has every object of the scope exactly once', () =>
    fc.assert(
      fc.asyncProperty(tree, scope, width, async (keys, scope, width) => {
        const { keys: listed } = await listKeys(storeOf(keys, new JitteryStore()), { scope, width })
        expect(listed.sort()).toEqual(keys.filter(key => key.startsWith(scope)).sort())
      }),
      { numRuns: 150 },
    ))

  test('is whole wherever the discovery ends', () =>
    fc.assert(
      fc.asyncProperty(tree, scope, width, fc.integer({ min: 1, max: 12 }), async (keys, scope, width, enough) => {
        const { all } = await walk(storeOf(keys, new JitteryStore()), scope, enough, width)
        expect(all.sort()).toEqual(keys.filter(key => key.startsWith(scope)).sort())
      }),
      { numRuns: 400 },
    ))

  test('of nothing has nothing', async () => {
    const { listing, keys } = await listKeys(new MemoryStore())
    expect([keys, listing.files, listing.isEmpty]).toEqual([[], [], true])
  })

  test('costs few requests where folders are small and many, and holds few of them', async () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `year/${String(i).padStart(6, '0')}/game.json`)
    const { units, all } = await walk(storeOf(keys), '', 100, 8)
    expect(all).toHaveLength(20_000)
    expect(units.length).toBeLessThan(1000)
  })

  test('asks once where all lies on one level', async () => {
    const { store, counts } = countRequests(storeOf(Array.from({ length: 5 }, (_, i) => `${i}.txt`)))
    await listKeys(store as MemoryStore)
    expect(counts().lists).toBe(1)
  })
})

describe('a unit', () => {
  const store = storeOf(['p.x/1', 'p', 'p/1', 'p/2/3', 'q', 'q0/1', 'r/1', 'r.', 's/1'])
  test.each<[string, ScanUnit, string[]]>([
    ['of one folder', { parent: '', first: 'p/', last: 'p/' }, ['p/1', 'p/2/3']],
    ['of several', { parent: '', first: 'p/', last: 'r/' }, ['p/1', 'p/2/3', 'q0/1', 'r/1']],
    ['that begins before a full stop', { parent: '', first: 'p.x/', last: 'p/' }, ['p.x/1', 'p/1', 'p/2/3']],
    ['below a start of keys', { parent: 'p', first: 'p.x/', last: 'p/' }, ['p.x/1', 'p/1', 'p/2/3']],
  ])('%s has what lies in its folders', async (_, unit, expected) => {
    const keys: string[] = []
    for await (const { key } of listUnit(unit, store)) keys.push(key)
    expect(keys).toEqual(expected)
  })

  test('of folders with the longest names is found, too', async () => {
    const long = `${'x'.repeat(1021)}/`
    const store = storeOf([`${long}1`, `${long}2`])
    const keys: string[] = []
    for await (const { key } of listUnit({ parent: '', first: long, last: `${'y'.repeat(1000)}/` }, store))
      keys.push(key)
    expect(keys).toEqual([`${long}1`, `${long}2`])
  })
})

describe('a sample', () => {
  /** Two levels of folders, some with more than others, and objects above them. */
  const bucket = (): MemoryStore =>
    storeOf([
      ...Array.from({ length: 300 }, (_, i) => `top${i}.txt`),
      ...Array.from({ length: 2000 }, (_, i) => `${i % 10}/${i % 1500}/${i}.txt`),
    ])

  test('of the same bucket is the same, whatever comes first', async () => {
    const first = await listKeys(bucket(), { rate: 0.1 })
    const again = await listKeys(storeOf(bucket().objects.keys(), new JitteryStore()), { rate: 0.1, width: 3 })
    expect(again.keys.sort()).toEqual(first.keys.sort())
    expect(again.listing.sums.estimate().objectCount).toEqual(first.listing.sums.estimate().objectCount)
    expect(first.keys.length).toBeGreaterThan(0)
  })

  test('is a part of the bucket, without anything twice', () =>
    fc.assert(
      fc.asyncProperty(tree, fc.double({ min: 0.05, max: 0.9, noNaN: true }), async (keys, rate) => {
        const { keys: listed, listing } = await listKeys(storeOf(keys), { rate })
        expect(new Set(listed).size).toBe(listed.length)
        expect(listed.filter(key => !keys.includes(key))).toEqual([])
        expect(listing.isEmpty).toBe(keys.length === 0)
        expect(listing.sums.objectCount).toBe(listed.length)
      }),
    ))

  test('takes a folder whole or not at all', async () => {
    const keys = Array.from({ length: 6000 }, (_, i) => `${i % 1200}/${i}.txt`)
    const { keys: listed } = await listKeys(storeOf(keys), { rate: 0.1 })
    const folders = new Set(listed.map(key => key.slice(0, key.indexOf('/') + 1)))
    expect(listed.sort()).toEqual(keys.filter(key => folders.has(key.slice(0, key.indexOf('/') + 1))).sort())
    expect(folders.size).toBeGreaterThan(60)
    expect(folders.size).toBeLessThan(180)
  })

  test('is right on average, and its errors are as large as it says', async () => {
    // Other names give other draws: 60 buckets of the same shape.
    const z: number[] = []
    for (let n = 0; n < 60; n++) {
      const keys = Array.from({ length: 1500 }, (_, i) => (i < 200 ? `${n}-${i}` : `${n}/${i % 400}/${i}`))
      const { listing } = await listKeys(storeOf(keys), { rate: 0.25 })
      const { value, standardError } = listing.sums.estimate().objectCount
      z.push((value - 1500) / standardError)
    }
    const mean = z.reduce((sum, each) => sum + each, 0) / z.length
    const variance = z.reduce((sum, each) => sum + (each - mean) ** 2, 0) / z.length
    expect(Math.abs(mean)).toBeLessThan(0.5) // about 4 standard errors of a mean of 60
    expect(variance).toBeGreaterThan(0.5)
    expect(variance).toBeLessThan(2)
  })
})

describe('a listing that fails', () => {
  test('ends with the first failure, when nothing is at work any more', async () => {
    const keys = Array.from({ length: 400 }, (_, i) => `${i % 200}/${i}`)
    let [atWork, asked] = [0, 0]
    class FailingStore extends MemoryStore {
      override async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
        atWork++
        try {
          await sleep(1)
          if (++asked === 7) throw new Error('no answer')
          yield* super.list(prefix, after)
        } finally {
          atWork--
        }
      }
    }
    await expect(listKeys(storeOf(keys, new FailingStore()))).rejects.toThrow('no answer')
    expect(atWork).toBe(0)
  })

  test('is stopped by the signal', async () => {
    const stop = new AbortController()
    const rows = { folder, bucket: 'b' }
    const effects = { store: storeOf(['a/1', 'b']), progress: () => undefined, signal: stop.signal }
    stop.abort(new Error('enough'))
    await expect(listBucket({ scope: '', rate: 1, rows }, effects)).rejects.toThrow('enough')
  })
})
