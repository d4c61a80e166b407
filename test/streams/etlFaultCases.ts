import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Stream } from '../../src/config/stream.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { type EtlStep, etlOnce, watchSegments } from '../../src/streams/etl.js'
import type { EtlEffects } from '../../src/streams/etlSegment.js'
import { coinbase, type EtlPlace, eventOf, level2Of, recordOf, tickerOf, tradesOf, UPDATE } from './etlPlace.js'

/**
 * What becomes of records when their worker is killed, others work beside it, or it is done again.
 * @param step which writes a worker is killed at: each one, or only some where a place is slow
 */
export function testFaults(open: () => Promise<EtlPlace>, step: number): void {
  let place: EtlPlace
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place?.remove())

  /** Each record once, in the tables and in what a glob finds, and nothing else left. */
  async function expectEachOnce(stream: Stream, segment: string): Promise<void> {
    const of = (channel: string) => place.tableRows(`${stream.database}.${channel}`, 'line')
    expect(await place.tableRows(`${stream.database}.market_trades`, 'trade_id')).toEqual(TRADES)
    expect(await place.globRows(stream, 'market_trades', 'trade_id')).toEqual(TRADES)
    for (const [channel, line] of [
      ['ticker', 3n],
      ['level2', 4n],
      ['events', 6n],
    ] as const) {
      expect(await of(channel)).toEqual([{ line }])
      expect(await place.globRows(stream, channel, 'line')).toEqual([{ line }])
    }
    expect(await place.rejected(stream, segment)).toEqual([{ line: 5, reason: 'no JSON', text: 'no record' }])
    expect(await place.keys(`raw/ready/${stream.name}/`)).toEqual([])
    expect(await place.keys(`state/streams/${stream.name}/`)).toEqual([])
  }

  describe.each(['before', 'after'] as const)('killed %s any write', when => {
    test('another worker makes each record there once', async () => {
      for (let atWrite = 1; ; atWrite += step) {
        const stream = own()
        const segment = await place.put(stream, LINES)
        const killed = killedStore(place.store, atWrite, when)
        await etl(stream, place.effects({ store: killed })).catch(() => [])
        if (!killed.isDead()) {
          expect(atWrite).toBeGreaterThan(25)
          return
        }
        await etl(stream, place.effects({ now: MINUTES_LATER }))
        await expectEachOnce(stream, segment)
      }
    })
  })

  test('workers at once share the segments, and each record is there once', async () => {
    const stream = own()
    const segments: string[] = []
    for (let n = 1; n <= 6; n++)
      segments.push(await place.put(stream, [recordOf(tradesOf([{ trade_id: String(n) }]))], n))
    const works = await Promise.all([1, 2, 3].map(() => etl(stream, place.effects())))
    expect(works.flat().filter(({ kind }) => kind === 'done')).toHaveLength(6)
    const rows = segments.map((_, i) => ({ trade_id: String(i + 1) }))
    expect(await place.tableRows(`${stream.database}.market_trades`, 'trade_id')).toEqual(rows)
    expect(await place.globRows(stream, 'market_trades', 'trade_id')).toEqual(rows)
  })

  test('two whose leases meet on one segment make each record there once', async () => {
    const stream = own()
    const segment = await place.put(stream, LINES)
    // The clock of the second is ahead: to it, the lease of the first is over.
    const works = await Promise.all([etl(stream, place.effects()), etl(stream, place.effects({ now: MINUTES_LATER }))])
    const done = works.flat().filter(({ kind }) => kind === 'done')
    expect(done.length).toBeGreaterThan(0)
    await etl(stream, place.effects({ now: MINUTES_LATER })) // what a worker that lost its claim left of it
    await expectEachOnce(stream, segment)
  })

  test('a watch outlives a store that fails', async () => {
    const stream = own()
    const segment = await place.put(stream, LINES)
    let isDown = true
    const store = wrapStore(place.store, {
      list: (prefix, after) => (isDown ? failing() : place.store.list(prefix, after)),
    })
    const stop = new AbortController()
    const kinds: string[] = []
    for await (const step of watchSegments(stream, { everyMs: 1 }, place.effects({ store, signal: stop.signal }))) {
      kinds.push(step.kind)
      if (kinds.length === 2) isDown = false
      if (step.kind === 'done') break
    }
    expect(kinds).toEqual(['failed', 'failed', 'done'])
    await expectEachOnce(stream, segment)
  })

  test('a segment that is there again, as it was joined twice, is done by being removed', async () => {
    const stream = own()
    await place.put(stream, LINES)
    await etl(stream, place.effects())
    const segment = await place.put(stream, LINES)
    const [step] = await etl(stream, place.effects())
    expect(step).toMatchObject({ kind: 'done', done: { rows: 0 } })
    await expectEachOnce(stream, segment)
  })

  test.each(['one session', 'another number of threads'])('a retry writes the same bytes: %s', async how => {
    const stream = own()
    const updates = Array.from({ length: 9_000 }, (_, i) => ({ ...UPDATE, price_level: `${i}.5` }))
    const lines = [...LINES, ...Array.from({ length: 10 }, () => recordOf(level2Of({}, { updates })))]
    const bytesOf = async () => {
      const keys = await place.keys(`processed/${stream.name}/`)
      return Promise.all(keys.map(async key => [key, Buffer.from(await place.store.read(key)).toString('base64')]))
    }
    await place.put(stream, lines)
    await etl(stream, place.effects())
    const first = await bytesOf()
    expect(first).toHaveLength(6)
    const again = { ...stream, database: own().name } // the same files, for tables that don't know of them
    await place.put(again, lines)
    const { engines } = place.effects()
    if (how === 'one session') await etl(again, place.effects({ engines: [engines[0]] }))
    else {
      await engines[0].run('set threads = 1')
      await etl(again, place.effects())
      await engines[0].run('set threads = 2')
    }
    expect(await bytesOf()).toEqual(first)
  })

  test('the claims of segments that are gone are removed, and not those that somebody holds', async () => {
    const stream = own()
    const segment = await place.put(stream, LINES)
    const { claimSegment } = await import('../../src/streams/etlClaim.js')
    const claim = await claimSegment(stream.name, segment, place.effects())
    await claimSegment(
      stream.name,
      'segment_20260120T10_00077',
      place.effects({ runner: { pid: 1, space: 'other', began: null } }),
    )
    expect(await etl(stream, place.effects())).toEqual([])
    expect(await place.keys(`state/streams/${stream.name}/claims/`)).toHaveLength(2)
    await claim?.release()
    await etl(stream, place.effects({ now: MINUTES_LATER }))
    await expectEachOnce(stream, segment)
  })
}

let count = 0
const own = (): Stream => {
  const name = `coinbase${++count}`
  return { ...coinbase(), name, database: name }
}

/** A listing that gets no answer. */
const failing = (): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no answer')) }),
})

const wrapStore = (store: ObjectStore, own: Partial<ObjectStore>): ObjectStore => ({
  url: store.url,
  locate: key => store.locate(key),
  read: (key, range) => store.read(key, range),
  stream: (key, range) => store.stream(key, range),
  find: key => store.find(key),
  list: (prefix, after) => store.list(prefix, after),
  listDirectly: prefix => store.listDirectly(prefix),
  listFolders: prefix => store.listFolders(prefix),
  putIfAbsent: (key, bytes) => store.putIfAbsent(key, bytes),
  put: (key, bytes) => store.put(key, bytes),
  putFile: (key, path) => store.putFile(key, path),
  remove: key => store.remove(key),
  ...own,
})

/** A worker whose process ends with its nth write, before or after that is done: from then on it does nothing more. */
function killedStore(
  store: ObjectStore,
  atWrite: number,
  when: 'before' | 'after',
): ObjectStore & { readonly isDead: () => boolean } {
  let writes = 0
  let isDead = false
  const live = <T>(act: () => T): T => {
    if (isDead) throw new Error('killed')
    return act()
  }
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    await live(async () => {})
    const isLast = ++writes === atWrite
    if (isLast) isDead = true
    if (isLast && when === 'before') throw new Error('killed')
    const result = await act()
    if (isLast || isDead) throw new Error('killed')
    return result
  }
  return {
    url: store.url,
    isDead: () => isDead,
    locate: key => store.locate(key),
    read: (key, range) => live(() => store.read(key, range)),
    stream: (key, range) => live(() => store.stream(key, range)),
    find: key => live(() => store.find(key)),
    list: (prefix, after) => live(() => store.list(prefix, after)),
    listDirectly: prefix => live(() => store.listDirectly(prefix)),
    listFolders: prefix => live(() => store.listFolders(prefix)),
    putIfAbsent: (key, bytes) => write(() => store.putIfAbsent(key, bytes)),
    put: (key, bytes) => write(() => store.put(key, bytes)),
    putFile: (key, path) => write(() => store.putFile(key, path)),
    remove: key => write(() => store.remove(key)),
  }
}

async function etl(stream: Stream, effects: EtlEffects): Promise<EtlStep[]> {
  const steps: EtlStep[] = []
  for await (const step of etlOnce(stream, effects)) steps.push(step)
  return steps
}

const LINES = [
  recordOf(tradesOf([{ trade_id: '1' }, { trade_id: '2', product_id: 'BTC-USD' }])),
  recordOf(tradesOf([{ trade_id: '3', time: '2026-01-19T00:00:00Z' }])),
  recordOf(tickerOf()),
  recordOf(level2Of()),
  'no record',
  eventOf({ kind: 'connected' }),
]
const TRADES = ['1', '2', '3'].map(trade_id => ({ trade_id }))

const MINUTES_LATER = () => new Date(Date.now() + 300_000)
