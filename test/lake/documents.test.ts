import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DocumentFormatError, formatDocument } from '../../src/lake/documentFormat.js'
import { listNumbers, loadNewest, putNext, removeNumbers } from '../../src/lake/documentNumbers.js'
import {
  CHANGE_ATTEMPTS,
  changeDocument,
  DocumentConflictError,
  type DocumentEffects,
  type DocumentPlace,
  loadDocument,
  loadDocuments,
} from '../../src/lake/documents.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { ObjectNotFoundError, type ObjectStore } from '../../src/lake/objectStore.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { compileFolderStore, startWriter } from './writers.js'

const schema = z.object({ names: z.array(z.string()) })
type Names = z.output<typeof schema>

const placeIn = (store: ObjectStore, folder = 'state/things/one'): DocumentPlace<Names> => ({ store, folder, schema })

const effects: DocumentEffects = {
  now: () => new Date(0),
  sleep: async () => {},
  random: () => 0,
  signal: new AbortController().signal,
}

const withName = (name: string) => (current: Names | undefined) => ({ names: [...(current?.names ?? []), name] })

const add = (place: DocumentPlace<Names>, name: string, others: Partial<DocumentEffects> = {}) =>
  changeDocument(place, withName(name), { ...effects, ...others })

const putText = (store: ObjectStore, key: string, text: string) => store.put(key, new TextEncoder().encode(text))

/** A store whose methods a test replaces. */
function altered(store: ObjectStore, methods: Partial<ObjectStore>): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

describe('a document', () => {
  let store: MemoryStore
  let place: DocumentPlace<Names>
  beforeEach(() => {
    store = new MemoryStore()
    place = placeIn(store)
  })

  test('is not there before it is made', async () => expect(await loadDocument(place)).toBeUndefined())

  test('is one object more for each change', async () => {
    expect(await add(place, 'a')).toEqual({ current: { names: ['a'] }, isChanged: true })
    expect(await add(place, 'b')).toEqual({ current: { names: ['a', 'b'] }, isChanged: true })
    expect(await loadDocument(place)).toEqual({ names: ['a', 'b'] })
    expect([...store.objects.keys()]).toEqual(['state/things/one/1.json', 'state/things/one/2.json'])
    expect(JSON.parse(Buffer.from(await store.read('state/things/one/1.json')).toString())).toEqual({
      format_version: 1,
      commit: expect.stringMatching(/^[0-9a-f-]{36}$/),
      value: { names: ['a'] },
    })
  })

  test('stays as it is where there is nothing to change', async () => {
    expect(await changeDocument(place, () => undefined, effects)).toEqual({ current: undefined, isChanged: false })
    await add(place, 'a')
    const unchanged = await changeDocument(place, () => undefined, effects)
    expect(unchanged).toEqual({ current: { names: ['a'] }, isChanged: false })
    expect(store.objects.size).toBe(1)
  })

  test('is the highest number, beside whatever else lies there', async () => {
    for (let i = 1; i <= 11; i++) await add(place, String(i))
    for (const name of ['99.json.bak', '099.json', 'x99.json', '99', 'deeper/99.json', '-99.json', '9e9.json'])
      await putText(store, `state/things/one/${name}`, 'not a document')
    await putText(store, 'state/things/one-two/99.json', 'not a document')
    expect((await loadDocument(place))?.names).toHaveLength(11)
    await store.remove('state/things/one/1.json')
    await store.remove('state/things/one/5.json')
    expect((await add(place, '12')).current?.names).toHaveLength(12)
  })

  test.each([
    ['half of one', '{"format_version": 1, "com'],
    ['nothing', ''],
    ['something else', '[]'],
    ['of another shape', '{"format_version":1,"commit":"0b7fc3a4-9d9a-4a4e-8d5f-0d4c8e7b1a11","value":{"names":1}}'],
    ['of a later version', '{"format_version":2,"commit":"0b7fc3a4-9d9a-4a4e-8d5f-0d4c8e7b1a11","value":{"names":[]}}'],
  ])('that is %s is refused, and not written over', async (_, text) => {
    await putText(store, 'state/things/one/1.json', text)
    await expect(loadDocument(place)).rejects.toThrow(DocumentFormatError)
    await expect(loadDocument(place)).rejects.toThrow('memory://lake/state/things/one/1.json')
    await expect(add(place, 'a')).rejects.toThrow(DocumentFormatError)
    expect(store.objects.size).toBe(1)
  })

  test('that could not be read again is not written', async () => {
    const wrong = { names: [1] } as unknown as Names
    await expect(changeDocument(place, () => wrong, effects)).rejects.toThrow(DocumentFormatError)
    expect(store.objects.size).toBe(0)
  })

  test('of several in a folder is found by its name', async () => {
    for (const name of ['b', 'a', 'a-c', 'b']) await add(placeIn(store, `state/things/${name}`), name)
    await putText(store, 'state/things/deeper/still/1.json', 'not a document')
    await putText(store, 'state/things/1.json', 'not a document')
    const found: unknown[] = []
    for await (const document of loadDocuments(placeIn(store, 'state/things'))) found.push(document)
    expect(found).toEqual([
      { name: 'a-c', value: { names: ['a-c'] } },
      { name: 'a', value: { names: ['a'] } },
      { name: 'b', value: { names: ['b', 'b'] } },
    ])
  })

  test('of hundreds is found', async () => {
    for (let i = 0; i < 100; i++) await add(placeIn(store, `state/things/${i}`), String(i))
    let count = 0
    for await (const { name, value } of loadDocuments(placeIn(store, 'state/things'))) {
      expect(value.names).toEqual([name])
      count++
    }
    expect(count).toBe(100)
  })
})

test.each([0, 40])('where one of %i and more cannot be read, that is told, and nothing else', async others => {
  const store = new MemoryStore()
  for (let i = 0; i <= others + 1; i++) await add(placeIn(store, `state/things/${i}`), String(i))
  const failing = altered(store, {
    async *list(prefix, after) {
      for await (const object of store.list(prefix, after)) {
        yield object
        await sleep(1) // a listing takes its time
      }
    },
    read: () => Promise.reject(new Error('access denied')),
  })
  const unhandled: unknown[] = []
  const hear = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', hear)
  const reading = async () => {
    for await (const _ of loadDocuments(placeIn(failing, 'state/things'))) expect.unreachable()
  }
  await expect(reading()).rejects.toThrow('access denied')
  process.off('unhandledRejection', hear)
  expect(unhandled).toEqual([])
})

describe('a change', () => {
  let store: MemoryStore
  beforeEach(() => {
    store = new MemoryStore()
  })

  test('that another was faster than is planned again, on what the other made', async () => {
    let rivals = 3
    const place = placeIn(
      altered(store, {
        async putIfAbsent(key, bytes) {
          if (rivals-- > 0) await add(placeIn(store), `rival ${rivals}`)
          return store.putIfAbsent(key, bytes)
        },
      }),
    )
    const seen: (string[] | undefined)[] = []
    const { current } = await changeDocument(
      place,
      names => {
        seen.push(names?.names)
        return withName('mine')(names)
      },
      effects,
    )
    expect(current).toEqual({ names: ['rival 2', 'rival 1', 'rival 0', 'mine'] })
    expect(seen).toEqual([undefined, ['rival 2'], ['rival 2', 'rival 1'], ['rival 2', 'rival 1', 'rival 0']])
    expect(await loadDocument(place)).toEqual(current)
  })

  test('that always loses is given up', async () => {
    let plans = 0
    const place = placeIn(altered(store, { putIfAbsent: async () => false }))
    const plan = () => {
      plans++
      return { names: [] }
    }
    await expect(changeDocument(place, plan, effects)).rejects.toThrow(DocumentConflictError)
    expect(plans).toBe(CHANGE_ATTEMPTS)
  })

  test.each([
    ['an error', () => Promise.reject(new Error('reset'))],
    ['no', () => Promise.resolve(false)],
  ])('whose answer is %s counts once, if it was made', async (_, answer) => {
    const lying = altered(store, {
      async putIfAbsent(key, bytes) {
        await store.putIfAbsent(key, bytes)
        return answer()
      },
    })
    expect(await add(placeIn(lying), 'a')).toEqual({ current: { names: ['a'] }, isChanged: true })
    expect(await loadDocument(placeIn(store))).toEqual({ names: ['a'] })
  })

  test('that the store refuses fails, and nothing is changed', async () => {
    const refusing = altered(store, { putIfAbsent: () => Promise.reject(new Error('access denied')) })
    await expect(add(placeIn(refusing), 'a')).rejects.toThrow('access denied')
    expect(store.objects.size).toBe(0)
  })

  test('stops waiting for another turn when the signal is raised', async () => {
    const place = placeIn(altered(store, { putIfAbsent: async () => false }))
    const stopped = AbortSignal.abort(new Error('interrupted'))
    await expect(add(place, 'a', { signal: stopped })).rejects.toThrow('interrupted')
  })

  test('loads again what was removed between its listing and its reading', async () => {
    await add(placeIn(store), 'a')
    let isFirst = true
    const place = placeIn(
      altered(store, {
        async read(key) {
          if (!isFirst) return store.read(key)
          isFirst = false
          await add(placeIn(store), 'b')
          throw new ObjectNotFoundError({ subject: key })
        },
      }),
    )
    expect((await add(place, 'c')).current).toEqual({ names: ['a', 'b', 'c'] })
  })

  test.each([
    ['59 min later', 59 * 60_000, 1],
    ['61 min later', 61 * 60_000, 2],
    ['before it was loaded, by a clock that was set back', -1, 2],
  ])('that is planned %s: planned %i ms later, %i times', async (_, aheadMs, times) => {
    let ms = 1_000_000
    let plans = 0
    const plan = (current: Names | undefined) => {
      if (plans++ === 0) ms += aheadMs
      return withName('a')(current)
    }
    await changeDocument(placeIn(store), plan, { ...effects, now: () => new Date(ms) })
    expect(plans).toBe(times)
    expect(await loadDocument(placeIn(store))).toEqual({ names: ['a'] })
  })
})

describe('old numbers', () => {
  const DAY_MS = 86_400_000
  let day = 0
  let store: MemoryStore
  beforeEach(() => {
    day = 0
    store = new MemoryStore('memory://lake', () => new Date(day * DAY_MS))
  })

  const numbers = () => [...store.objects.keys()].map(key => Number(/(\d+)\.json$/.exec(key)?.[1]))

  test('stay for 7 days after a later one, whatever the clock of the writer says', async () => {
    const kept: [day: number, numbers: number[]][] = []
    for (day of [0, 1, 7, 8.5, 9, 100, 101]) {
      await add(placeIn(store), String(day), { now: () => new Date(-day * 1e12) })
      kept.push([day, numbers()])
    }
    expect(kept).toEqual([
      [0, [1]],
      [1, [1, 2]],
      [7, [1, 2, 3]],
      [8.5, [1, 2, 3, 4]],
      [9, [3, 4, 5]],
      [100, [3, 4, 5, 6]],
      [101, [6, 7]],
    ])
    expect((await loadDocument(placeIn(store)))?.names).toHaveLength(7)
  })

  test("that cannot be removed don't keep a change from being made", async () => {
    const place = placeIn(altered(store, { remove: () => Promise.reject(new Error('access denied')) }))
    for (day of [0, 10, 20]) await add(place, String(day))
    expect(numbers()).toEqual([1, 2, 3])
  })

  test('that were left by a writer that was killed are removed by the next', async () => {
    const place = placeIn(altered(store, { remove: () => Promise.reject(new Error('killed')) }))
    for (day of [0, 10, 20]) await add(place, String(day))
    await add(placeIn(store), 'next')
    expect(numbers()).toEqual([3, 4])
  })

  test('are not created again by who slept for longer', async () => {
    await add(placeIn(store), 'a')
    let ms = 0
    let isFirst = true
    const plan = async (current: Names | undefined) => {
      if (isFirst) {
        isFirst = false
        for (day of [10, 20, 30, 40]) await add(placeIn(store), String(day))
        ms += 40 * DAY_MS
      }
      return withName('mine')(current)
    }
    expect(numbers()).toEqual([1])
    await changeDocument(placeIn(store), plan, { ...effects, now: () => new Date(ms) })
    expect((await loadDocument(placeIn(store)))?.names).toEqual(['a', '10', '20', '30', '40', 'mine'])
  })
})

describe('where numbers are kept for a short time', () => {
  const folder = 'state/things/one'
  let ms = 0
  let store: MemoryStore
  let place: DocumentPlace<Names>
  beforeEach(() => {
    ms = 0
    store = new MemoryStore('memory://lake', () => new Date(ms))
    place = { ...placeIn(store), keptMs: 0 }
  })

  const removeAll = async () => {
    const numbers = await listNumbers(place)
    expect(await removeNumbers(place, numbers)).toBe(true)
  }

  test('the newest two stay', async () => {
    for (ms = 1; ms <= 12; ms++) await add(place, String(ms))
    expect([...store.objects.keys()]).toEqual([`${folder}/11.json`, `${folder}/12.json`])
    expect((await loadDocument(place))?.names).toHaveLength(12)
  })

  test('a writer whose base was removed takes its number back, and looks again', async () => {
    await add(place, 'a')
    await add(place, 'b')
    const seen: (Names | undefined)[] = []
    const plan = async (current: Names | undefined) => {
      seen.push(current)
      if (seen.length === 1) await removeAll()
      return current && withName('late')(current)
    }
    expect(await changeDocument(place, plan, effects)).toEqual({ current: undefined, isChanged: false })
    expect(seen).toEqual([{ names: ['a', 'b'] }, undefined])
    expect(store.objects.size).toBe(0)
  })

  test('another that wrote the base anew, and came too late as well, does not help it', async () => {
    await add(place, 'a')
    const late = await loadNewest(place)
    await add(place, 'b')
    const later = await loadNewest(place)
    await removeAll()
    await store.put(`${folder}/2.json`, formatDocument({ names: ['a', 'too late'] }))
    expect(await putNext(place, later, { names: ['later'] })).toBeUndefined()
    await store.remove(`${folder}/2.json`)
    expect(await putNext(place, late, { names: ['late'] })).toBeUndefined()
    expect(store.objects.size).toBe(0)
  })

  test('none is removed before an older one', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await add(place, name)
    const removed: string[] = []
    const stubborn = altered(store, {
      async remove(key) {
        if (key.endsWith('/3.json')) throw new Error('access denied')
        removed.push(key)
        return store.remove(key)
      },
    })
    expect(await removeNumbers({ store: stubborn }, await listNumbers(place))).toBe(false)
    expect(removed).toEqual([`${folder}/1.json`, `${folder}/2.json`])
    expect((await loadDocument(place))?.names).toHaveLength(4)
  })

  test('by a clock that went back none is removed before an older one', async () => {
    for (ms of [1, 5, 2, 6, 7]) await add(place, String(ms))
    expect([...store.objects.keys()].map(key => key.slice(-6))).toEqual(['4.json', '5.json'])
    for (ms of [100, 3, 50, 60]) await add(place, String(ms)) // the one of 100 is newer than all
    expect([...store.objects.keys()].map(key => key.slice(-6))[0]).toBe('6.json')
  })
})

/** Writers that change one document at once: each change is there at the end, once. */
async function race(place: (writer: number) => DocumentPlace<Names>, writers: number, changes: number): Promise<void> {
  const waits = { ...effects, sleep: (ms: number) => sleep(ms / 10), random: Math.random }
  const names = Array.from({ length: writers }, (_, writer) =>
    Array.from({ length: changes }, (_, change) => `${writer}.${change}`),
  )
  await Promise.all(
    names.map(async (own, writer) => {
      for (const name of own) await changeDocument(place(writer), withName(name), waits)
    }),
  )
  const made = (await loadDocument(place(0)))?.names ?? []
  expect([...made].sort()).toEqual(names.flat().sort())
  for (const own of names) expect(made.filter(name => own.includes(name))).toEqual(own)
}

describe('of writers that race no change is lost', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-documents-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('in memory, in any order of their steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, writers) => {
        const memory = new MemoryStore()
        const store = altered(memory, {
          read: key => scheduler.schedule(Promise.resolve(), 'read').then(() => memory.read(key)),
          putIfAbsent: (key, bytes) =>
            scheduler.schedule(Promise.resolve(), 'put').then(() => memory.putIfAbsent(key, bytes)),
        })
        const racing = race(() => placeIn(store), writers, 2)
        await scheduler.waitFor(racing)
      }),
      { numRuns: 25 },
    )
  })

  test('in a folder', () => race(() => placeIn(new FolderStore(folder)), 6, 5))

  test('in processes that are killed: what they were told is there, is', async () => {
    const compiled = join(folder, 'compiled')
    const root = join(folder, 'lake')
    const folderStore = await compileFolderStore(compiled)
    const script = (writer: number) => `
      const { changeDocument } = await import(${JSON.stringify(join(compiled, 'lake/documents.js'))})
      const { z } = await import('${join(compiled, 'node_modules/zod/index.js')}')
      const { appendFileSync } = await import('node:fs')
      const place = { store, folder: 'one', schema: z.object({ names: z.array(z.string()) }) }
      const signal = new AbortController().signal
      const effects = { now: () => new Date(), random: Math.random, signal, sleep: ms => new Promise(next => setTimeout(next, ms / 10)) }
      for (let i = 0; i < 1000; i++) {
        const name = '${writer}.' + i
        await changeDocument(place, current => ({ names: [...(current?.names ?? []), name] }), effects)
        appendFileSync(${JSON.stringify(join(folder, `told-${writer}`))}, name + '\\n')
        await new Promise(next => setTimeout(next, 20)) // lets the others in
      }
    `
    const writers: ChildProcess[] = await Promise.all([0, 1, 2].map(i => startWriter(folderStore, root, script(i))))
    const place = placeIn(new FolderStore(root), 'one')
    const ended = writers.map(writer => once(writer, 'exit'))
    for (const writer of writers) writer.send('go')
    for (const [i, writer] of writers.entries()) {
      const namesOf = async () => (await loadDocument(place))?.names.filter(name => name.startsWith(`${i}.`)) ?? []
      while ((await namesOf()).length < 5) await sleep(5)
      writer.kill('SIGKILL')
    }
    await Promise.all(ended)
    const made = (await loadDocument(place))?.names ?? []
    expect(new Set(made).size).toBe(made.length)
    for (const i of [0, 1, 2]) {
      const own = made.filter(name => name.startsWith(`${i}.`))
      const told = (await readFile(join(folder, `told-${i}`), 'utf8')).split('\n').slice(0, -1)
      expect(own.slice(0, told.length)).toEqual(told)
      expect(own.length - told.length).toBeLessThanOrEqual(1) // killed between the change and the telling
    }
    expect((await add(place, 'afterwards')).current?.names).toHaveLength(made.length + 1)
  })
})

describeWithOracles('of writers that race on S3 no change is lost', () => {
  let service: S3Service
  beforeAll(async () => {
    service = await startMiniStack()
  })
  afterAll(() => service?.stop())

  test('each with a connection of its own', async () => {
    const bucket = await createBucket(service)
    const stores = await Promise.all([0, 1, 2, 3].map(() => openTestStore(service, { bucket, prefix: 'lake' })))
    await race(writer => placeIn(stores[writer] ?? new MemoryStore()), 4, 5)
  })

  test('old numbers are removed by the times that S3 gives', async () => {
    const store = await openTestStore(service, { bucket: await createBucket(service) })
    const aged = altered(store, {
      async *list(prefix, after) {
        for await (const object of store.list(prefix, after))
          yield object.key.endsWith('/1.json') ? { ...object, lastModified: new Date(0) } : object
      },
    })
    for (const name of ['a', 'b', 'c']) await add(placeIn(aged), name)
    const keys: string[] = []
    for await (const { key } of store.list('')) keys.push(key)
    expect(keys).toEqual(['state/things/one/2.json', 'state/things/one/3.json'])
    expect((await loadDocument(placeIn(store)))?.names).toEqual(['a', 'b', 'c'])
  })
})
