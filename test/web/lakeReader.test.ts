import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { quoteString } from '../../src/engine/sqlText.js'
import { InterruptedError } from '../../src/errors.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { openAnswerCache } from '../../src/web/answerCache.js'
import { openGate } from '../../src/web/engineSessions.js'
import type { LakeReader } from '../../src/web/lakeReader.js'
import { cacheMetadata } from '../../src/web/metadataCache.js'
import { openLakeReader } from '../../src/web/openLakeReader.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'

const T1 = '2026-01-19T01-00Z'
const T2 = '2026-01-20T01-00Z'

let lake: HandmadeLake
let reader: LakeReader
let clock: Date
beforeEach(async () => {
  lake = await openHandmadeLake()
  clock = new Date('2026-01-20T02:00Z')
  const now = () => clock
  const openCatalog = (store: ObjectStore) => filesCatalog(store, { now })
  reader = openLakeReader({ ...lake, openCatalog, declared: [], now })
})
afterEach(async () => {
  await reader.close()
  await closeHandmadeLake(lake)
})

const importOf = async (id: string, snapshot: string): Promise<void> => {
  await appendImport(lake, { id, snapshot })
  await vouchFor(lake, { id, snapshot })
}
const later = (ms: number): void => {
  clock = new Date(clock.getTime() + ms)
}
const lookFor = async (): Promise<string[]> => (await reader.look()).receipts.map(({ snapshot }) => snapshot)

test('a lake is looked at again after a second, or when it is said to have changed, and its version is another then', async () => {
  expect(await lookFor()).toEqual([])
  const { version } = await reader.look()
  await importOf('a', T1)
  expect(await lookFor()).toEqual([])
  later(999)
  expect(await lookFor()).toEqual([])
  later(1)
  expect(await lookFor()).toEqual([T1])
  expect((await reader.look()).version).not.toBe(version)
  await importOf('b', T2)
  reader.forget()
  expect(await lookFor()).toEqual([T2, T1])
})

test('what changed by a time is looked at again, unless that was done later', async () => {
  await lookFor()
  await importOf('a', T1)
  reader.forget(new Date(clock.getTime() - 1))
  expect(await lookFor()).toEqual([])
  reader.forget(new Date(clock.getTime()))
  expect(await lookFor()).toEqual([T1])
})

test('what has not changed is of the same version, also by a clock that went back', async () => {
  await importOf('a', T1)
  const first = await reader.look()
  later(-3_600_000)
  expect(await reader.look()).toBe(first)
})

test('files that were read are forgotten when the lake is another', async () => {
  const file = quoteString(join(lake.engine.tempFolder, 'x.parquet'))
  await lake.engine.run(`copy (select 1 as one) to ${file} (format parquet)`)
  const known = async () => (await lake.engine.rows(`from duckdb_external_file_cache() where path = ${file}`)).length
  await lookFor()
  await reader.read(({ engine }) => engine.rows(`from read_parquet(${file})`))
  expect(await known()).toBeGreaterThan(0)
  later(1000)
  await lookFor()
  expect(await known()).toBeGreaterThan(0)
  await importOf('a', T1)
  later(1000)
  await lookFor()
  expect(await known()).toBe(0)
})

test('a look that a change came into is not kept', async () => {
  const look = reader.look()
  reader.forget()
  await importOf('a', T1)
  await look
  expect(await lookFor()).toEqual([T1])
})

test('whoever reads has tables as they were found, and views of their own', async () => {
  await importOf('a', T1)
  await reader.look()
  await importOf('b', T2)
  const read = (text: string) =>
    reader.read(async ({ engine, catalog }) => {
      await engine.run(`create view own as select '${text}' as text`)
      const table = await catalog.load('snapshots_v1')
      const { rows } = await engine.query('select text from own')
      const texts: unknown[] = []
      for await (const row of rows) texts.push(row.text)
      return [texts, table?.version]
    })
  const answers = await Promise.all(['x', 'y', 'z', 'x'].map(read))
  expect(answers.map(([texts]) => texts)).toEqual([['x'], ['y'], ['z'], ['x']])
  expect(new Set(answers.map(([, version]) => version)).size).toBe(1)
  await expect(reader.readQuick(engine => engine.rows('from own'))).rejects.toThrow(/own/)
})

test('of somebody who has gone the statement ends, and nothing more runs', async () => {
  const gone = new AbortController()
  const began = deferred()
  const reading = reader.read(async ({ engine }) => {
    const running = engine.rows('select count(*) from range(100000000000) a, range(1000) b')
    began.resolve(undefined)
    return running
  }, gone.signal)
  await began.promise
  setTimeout(() => gone.abort(), 50)
  await expect(reading).rejects.toThrow(InterruptedError)
  await expect(reader.read(async () => 1, gone.signal)).rejects.toThrow(InterruptedError)
  expect(await reader.readQuick(engine => engine.rows('select 1 as one'))).toEqual([{ one: 1 }])
})

function deferred() {
  let resolve = (_: unknown): void => {}
  const promise = new Promise(done => {
    resolve = done
  })
  return { promise, resolve }
}

test('no more pass a gate at once than may, in the order they came', async () => {
  const gate = openGate(2)
  let running = 0
  let most = 0
  const order: number[] = []
  await Promise.all(
    [0, 1, 2, 3, 4].map(async i => {
      const pass = gate(async () => {
        order.push(i)
        most = Math.max(most, ++running)
        await Promise.resolve()
        running--
        if (i === 1) throw new Error('one that fails')
      })
      await pass.catch(() => undefined)
    }),
  )
  expect([most, order]).toEqual([2, [0, 1, 2, 3, 4]])
})

test('of a store, files of metadata are read once, and others each time', async () => {
  const store = new MemoryStore()
  let reads = 0
  const counted = Object.assign(Object.create(store) as MemoryStore, {
    read: (key: string) => {
      reads++
      return store.read(key)
    },
  })
  const cached = cacheMetadata(counted, 100)
  const text = async (key: string) => new TextDecoder().decode(await cached.read(key))
  const [metadata, hint] = ['tables/a/metadata/v1.metadata.json', 'tables/a/metadata/version-hint.text']
  for (const key of [metadata, hint]) await store.put(key, Buffer.from('1'))
  expect([await text(metadata), await text(metadata), reads]).toEqual(['1', '1', 1])
  await text(hint)
  await store.put(hint, Buffer.from('2'))
  expect([await text(hint), reads]).toEqual(['2', 3])
  await expect(cached.read('tables/a/metadata/v2.metadata.json')).rejects.toThrow()
  await store.put('tables/a/metadata/v2.metadata.json', Buffer.alloc(100)) // which leaves no room for the first
  await cached.read('tables/a/metadata/v2.metadata.json')
  const before = reads
  await text(metadata)
  expect(reads).toBe(before + 1)
})

test('an answer is made once for all who ask, kept, and goes when there is no room', async () => {
  const cache = openAnswerCache(8)
  let made = 0
  const ask = (name: string) => cache.get(name, async () => `${name}${++made}`)
  expect(await Promise.all([ask('a'), ask('a')])).toEqual(['a1', 'a1'])
  expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['a1', 'b2', 'a1'])
  await ask('c') // of three there is no room for b, which was asked for first
  expect([await ask('a'), await ask('b')]).toEqual(['a1', 'b4'])
  await expect(cache.get('d', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await cache.get('d', async () => 'd')).toBe('d')
})
