import { beforeEach, expect, test } from 'vitest'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ProcessFacts } from '../../src/lake/processFacts.js'
import { countIngest } from '../../src/streams/ingestCounts.js'
import type { IngestEffects, IngestNews } from '../../src/streams/ingestEffects.js'
import { IngestBusyError, type IngestLease, IngestLostError, takeIngestLease } from '../../src/streams/ingestLease.js'
import { loadIngestState } from '../../src/streams/ingestState.js'
import { realEffects } from './ingesting.js'
import { VirtualTime } from './virtualTime.js'

const STREAM = 'coinbase'
const BEGIN = new Date('2026-01-20T10:00:00Z')
/** Of another machine: whether it lives can't be known. */
const ELSEWHERE: ProcessFacts = { pid: 7, space: 'another machine', began: '1' }

let time: VirtualTime
let store: MemoryStore
beforeEach(() => {
  time = new VirtualTime(BEGIN)
  store = new MemoryStore('memory://lake', time.now)
})

async function take(changed: Partial<IngestEffects> = {}) {
  const news: IngestNews[] = []
  const { now, sleep, elapsedMs } = time
  const effects: IngestEffects = {
    ...(await realEffects(store)),
    ...{ now, sleep, elapsedMs, runner: ELSEWHERE, told: each => void news.push(each), random: () => 0 },
    ...changed,
  }
  const counts = countIngest(now(), elapsedMs())
  const taken = takeIngestLease(STREAM, () => counts.tell(elapsedMs()), effects)
  taken.catch(() => {})
  return { taken, news }
}

/** One whose process stands still: it renews nothing, and doesn't know. */
const suspended = () => take({ sleep: () => new Promise(() => {}) })

/** @returns after how many seconds it was taken */
async function secondsUntil(taken: Promise<IngestLease>): Promise<number> {
  let isOver = false
  void taken.finally(() => {
    isOver = true
  })
  const startedMs = time.elapsedMs()
  while (!isOver) await time.pass(1_000)
  return (time.elapsedMs() - startedMs) / 1_000
}

test.each<[what: string, change: () => Promise<void>, seconds: [least: number, most: number]]>([
  ['that was silent for two minutes', () => time.pass(121_000), [0, 1]],
  ['that was heard of just now', async () => {}, [60, 65]],
  ['whose clock was an hour ahead', async () => time.step(-3_600_000), [60, 65]],
])('a stream of one on another machine %s is taken', async (_what, change, [least, most]) => {
  const first = await (await suspended()).taken
  await change()
  const { taken, news } = await take()
  const seconds = await secondsUntil(taken)
  expect(seconds).toBeGreaterThanOrEqual(least)
  expect(seconds).toBeLessThanOrEqual(most)
  expect(news.map(({ kind }) => kind)).toEqual(least > 0 ? ['waiting'] : [])
  await taken
  // The first wakes up.
  await time.pass(1_000)
  await expect(first.requireHeld()).rejects.toThrow(IngestLostError)
  expect(first.lost.aborted).toBe(true)
  await expect(first.allotSegment()).rejects.toThrow(IngestLostError)
})

test('one on another machine that says something while it is waited for keeps its stream', async () => {
  const first = await (await take()).taken
  const { taken } = await take()
  expect(await secondsUntil(taken.catch(() => first))).toBeLessThan(15)
  await expect(taken).rejects.toThrow(IngestBusyError)
  expect(first.lost.aborted).toBe(false)
})

test('numbers of segments are never given twice, and figures go on', async () => {
  const first = await (await take()).taken
  expect([await first.allotSegment(), await first.allotSegment()]).toEqual([1, 2])
  await first.release()
  expect((await loadIngestState(store, STREAM))?.holder).toBeNull()
  const second = await (await take()).taken
  expect([await second.allotSegment(), second.before]).toEqual([3, expect.objectContaining({ records: 0 })])
})

test('a store that cannot be reached is no reason to stop, as long as nobody else takes the stream', async () => {
  let isDown = false
  const failing = new Proxy(store, {
    get: (target, name) => {
      if (isDown && name === 'list') throw new Error('no answer')
      const own = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
  const { taken, news } = await take({ store: failing })
  const lease = await taken
  isDown = true
  await time.pass(300_000)
  await expect(lease.requireHeld()).rejects.toThrow('no answer')
  isDown = false
  await lease.requireHeld()
  await time.pass(20_000)
  expect(lease.lost.aborted).toBe(false)
  expect(news.map(({ kind }) => kind)).toEqual(['trouble', 'trouble is over'])
})
