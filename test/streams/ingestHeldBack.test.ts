import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FileSystemError } from '../../src/errors.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { lineSource } from '../../src/streams/lineSource.js'
import { readReady, startIngest, streamOf, until } from './ingesting.js'

/** A disk that is full for a while. */
class FullStore extends MemoryStore {
  isFull = false

  override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.isFull)
      throw new FileSystemError({ subject: key, expected: 'room on the disk', fix: 'make some, and run it again' })
    return super.putIfAbsent(key, bytes)
  }
}

test('while nothing can be stored no more is read than fits into memory, and then all is stored', async () => {
  const store = new FullStore()
  const input = new PassThrough({ highWaterMark: 1 << 16 })
  const stream = streamOf({ source: 'json', products: [] })
  const ingest = await startIngest(stream, store, { source: lineSource(input, stream), random: () => 0.1 })
  input.write('{"n":0}\n')
  await until(() => ingest.news.length > 0)
  store.isFull = true
  const line = (n: number) => `{"n":${n},"padding":"${'x'.repeat(980)}"}\n`
  const LINES = 40_000
  let written = 0
  const writing = (async () => {
    for (let n = 1; n <= LINES; n++) {
      written = n
      if (!input.write(line(n))) await new Promise(drained => input.once('drain', drained))
    }
    input.end()
  })()
  await until(() => ingest.news.some(({ kind }) => kind === 'held back'))
  await sleep(300)
  expect(written * 1_000).toBeLessThan(20_000_000)
  store.isFull = false
  await writing
  expect(await ingest.ended).toMatchObject({ records: LINES + 1 })
  const kinds = ingest.news.map(({ kind }) => kind)
  for (const kind of ['trouble', 'trouble is over', 'held back', 'reading on']) expect(kinds).toContain(kind)
  const numbers = (await readReady(store)).flatMap(({ json }) => (json ? JSON.parse(json).n : []))
  expect(numbers).toEqual(Array.from({ length: LINES + 1 }, (_, n) => n))
})

test('what cannot be stored when it is to end is told, and fails', async () => {
  const store = new FullStore()
  const input = new PassThrough()
  const stream = streamOf({ source: 'json', products: [], flush: { every: '10s' } })
  const ingest = await startIngest(stream, store, { source: lineSource(input, stream) })
  input.write('{"n":0}\n')
  await until(() => ingest.news.length > 0)
  store.isFull = true
  input.end()
  await expect(ingest.ended).rejects.toThrow('room on the disk')
  expect(ingest.news).toContainEqual({ kind: 'not stored', records: 1 })
})
