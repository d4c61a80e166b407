import { appendFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { IngestLostError } from '../../src/streams/ingestLease.js'
import { openSegment } from '../../src/streams/openSegment.js'
import { recoverSegments } from '../../src/streams/recoverSegments.js'
import { activeFolder, chunkKey, readyFolder, segmentKey } from '../../src/streams/streamPlaces.js'
import { gather } from '../jobs/queuePlace.js'
import { listActive, listKeys } from './ingesting.js'
import { type IngestPlace, openFolderPlace, PLACES } from './ingestPlaces.js'

const STREAM = 'coinbase'
const SEGMENT = 'segment_20260120T10_00042'
const READY = segmentKey(readyFolder(STREAM), SEGMENT)

const lost = () => new IngestLostError(STREAM)
/** Who has the stream for certain, and who finds out by the segments alone that it hasn't. */
const HOLDS = { requireHeld: async () => {}, lostError: lost }

const recover = (store: ObjectStore) => gather(recoverSegments(store, STREAM))
const textOf = async (store: ObjectStore, key = READY) => Buffer.from(await store.read(key)).toString()

describe.each(PLACES)('a segment %s', (_name, open) => {
  let place: IngestPlace
  let store: ObjectStore
  beforeEach(async () => {
    place = await open(() => new Date())
    store = place.store
  })
  afterEach(() => place.remove())

  test('is handed over whole', async () => {
    const segment = await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)
    await segment.append(Buffer.from('1\n2\n'))
    await segment.append(Buffer.from('3\n'))
    expect(await listKeys(store, readyFolder(STREAM))).toEqual([])
    await segment.finish()
    expect([await textOf(store), await listActive(store)]).toEqual(['1\n2\n3\n', []])
    expect(await recover(store)).toEqual([])
  })

  test('that was left is handed over as far as it was durable', async () => {
    const segment = await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)
    await segment.append(Buffer.from('1\n2\n'))
    await segment.abandon()
    expect(await recover(store)).toEqual([{ segment: SEGMENT, bytes: 4 }])
    expect([await textOf(store), await listActive(store)]).toEqual(['1\n2\n', []])
  })

  test('can have no more from who was suspended, while another handed it over', async () => {
    const segment = await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)
    await segment.append(Buffer.from('1\n'))
    await recover(store)
    if (store instanceof MemoryStore) store.objects.delete(READY) // and an etl is done with it
    const late = openSegment(
      { store, stream: STREAM, lease: { ...HOLDS, requireHeld: async () => Promise.reject(lost()) } },
      SEGMENT,
    )
    if (store instanceof FolderStore) {
      await expect(segment.append(Buffer.from('2\n'))).rejects.toThrow(IngestLostError)
      await expect(segment.finish()).rejects.toThrow(IngestLostError)
      expect(await textOf(store)).toBe('1\n')
    } else await expect((await late).append(Buffer.from('2\n'))).rejects.toThrow(IngestLostError)
    for (const each of [segment, await late]) await each.abandon()
  })

  test('of which nothing became durable leaves nothing', async () => {
    await (await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)).abandon()
    await recover(store)
    expect([await listKeys(store, readyFolder(STREAM)), await listActive(store)]).toEqual([[], []])
  })
})

describe('the file of a segment', () => {
  let place: IngestPlace
  let path: string
  beforeEach(async () => {
    place = await openFolderPlace()
    path = (place.store as FolderStore).locate(segmentKey(activeFolder(STREAM), SEGMENT))
    await mkdir(dirname(path), { recursive: true })
  })
  afterEach(() => place.remove())

  test.each<[what: string, left: string, handedOver: string | undefined]>([
    ['that ends with a line', '1\n2\n', '1\n2\n'],
    ['whose last line is torn', '1\n2\n{"rec', '1\n2\n'],
    ['whose torn line is longer than a block', `1\n${'x'.repeat(200_000)}`, '1\n'],
    ['of one torn line', '{"rec', undefined],
    ['of nothing', '', undefined],
  ])('%s', async (_what, left, handedOver) => {
    await writeFile(path, left)
    await recover(place.store)
    const found = await place.store.find(READY)
    expect(found && (await textOf(place.store))).toBe(handedOver)
    expect(await readdir(dirname(path)).catch(() => [])).toEqual([])
  })

  test('is handed over also where who did so was killed over it', async () => {
    await writeFile(path, '1\n')
    await rename(path, `${path}.left`)
    expect(await recover(place.store)).toEqual([{ segment: SEGMENT, bytes: 2 }])
    expect(await textOf(place.store)).toBe('1\n')
  })

  test('stays as it is for who reads it, while who was suspended goes on', async () => {
    const segment = await openSegment({ store: place.store, stream: STREAM, lease: HOLDS }, SEGMENT)
    await segment.append(Buffer.from('1\n'))
    await recover(place.store)
    await expect(segment.append(Buffer.from('2\n'))).rejects.toThrow(IngestLostError)
    expect(await textOf(place.store)).toBe('1\n')
    await segment.abandon()
  })

  test('no other file of the folder is touched', async () => {
    await appendFile(join(dirname(path), 'notes.txt'), 'mine')
    expect(await recover(place.store)).toEqual([])
    expect(await readdir(dirname(path))).toEqual(['notes.txt'])
  })
})

describe('the chunks of a segment', () => {
  /** Fails at the nth change, before or after it is made. */
  class FailingStore extends MemoryStore {
    left: number
    readonly #isMade: boolean
    constructor(left: number, isMade: boolean) {
      super()
      this.left = left
      this.#isMade = isMade
    }
    async #change<T>(make: () => Promise<T>): Promise<T> {
      const isNow = this.left-- === 0
      if (isNow && !this.#isMade) throw new Error('killed')
      const made = await make()
      if (isNow) throw new Error('killed')
      return made
    }
    override putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
      return this.#change(async () => {
        if (this.objects.has(key)) return false
        await super.put(key, bytes)
        return true
      })
    }
    override put(key: string, bytes: Uint8Array): Promise<void> {
      return this.#change(() => super.put(key, bytes))
    }
    override remove(key: string): Promise<void> {
      return this.#change(() => super.remove(key))
    }
  }

  test.each([false, true])('are one segment, wherever it is killed; the change was made: %s', async isMade => {
    let hasEnded = false
    for (let kill = 0; !hasEnded; kill++) {
      const store = new FailingStore(kill, isMade)
      const durable: string[] = []
      try {
        const segment = await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)
        for (const line of ['1\n', '2\n', '3\n']) {
          await segment.append(Buffer.from(line))
          durable.push(line)
        }
        await segment.finish()
        hasEnded = true
      } catch {
        store.left = Infinity
        const ready = store.objects.has(READY) ? await textOf(store) : undefined
        await recover(store)
        expect(ready === undefined || ready === '1\n2\n3\n').toBe(true)
        if (durable.length > 0) expect((await textOf(store)).startsWith(durable.join(''))).toBe(true)
      }
      expect(await listActive(store)).toEqual([])
    }
  })

  test('a chunk of who woke up when all was over is no segment', async () => {
    const store = new MemoryStore()
    const segment = await openSegment({ store, stream: STREAM, lease: HOLDS }, SEGMENT)
    await segment.append(Buffer.from('1\n'))
    await recover(store)
    store.objects.clear() // the etl is done with it, too
    const lease = { ...HOLDS, requireHeld: () => Promise.reject(lost()) }
    await store.put(chunkKey(STREAM, SEGMENT, 1), Buffer.from('1\n'))
    const late = await openSegment({ store, stream: STREAM, lease }, SEGMENT)
    await expect(late.append(Buffer.from('2\n'))).rejects.toThrow(IngestLostError)
    store.objects.delete(chunkKey(STREAM, SEGMENT, 1))
    await store.put(chunkKey(STREAM, SEGMENT, 2), Buffer.from('2\n'))
    expect(await recover(store)).toEqual([{ segment: SEGMENT, bytes: 0 }])
    expect([...store.objects.keys()]).toEqual([])
  })
})
