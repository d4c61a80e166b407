import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exchangeSession } from '../../src/demo/exchangeSession.js'
import { makeMarket } from '../../src/demo/market.js'
import { ingestStream } from '../../src/streams/ingest.js'
import { loadIngestState } from '../../src/streams/ingestState.js'
import { findSegmentName, type SegmentName } from '../../src/streams/segmentName.js'
import type { OpenSocket, SocketEvents } from '../../src/streams/socket.js'
import { socketSource } from '../../src/streams/socketSource.js'
import { subscribeMessages } from '../../src/streams/subscribeMessages.js'
import { listActive, readReady, realEffects, type StoredLine, streamOf } from './ingesting.js'
import { DAY_PLACES, type IngestPlace } from './ingestPlaces.js'
import { VirtualTime } from './virtualTime.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Of the clock on the wall: four o'clock is passed over. */
const DAY_HOURS = [
  ...[17, 18, 19, 20, 21, 22, 23].map(hour => `2026-01-20T${hour}`),
  ...['00', '01', '02', '03', '05', '06', '07', '08', '09'].map(hour => `2026-01-21T${hour}`),
  ...[10, 11, 12, 13, 14, 15, 16, 17].map(hour => `2026-01-21T${hour}`),
]
/** After so long what came is in a segment. */
const FLUSHED_MS = 2_000
const BEGIN = new Date('2026-01-20T17:50:00Z')

/** An exchange that needs no network: a trade, and what else there is to say, twice a minute. */
class QuietExchange {
  readonly sent: { readonly text: string; readonly at: Date }[] = []
  readonly #market = makeMarket()
  readonly #time: VirtualTime
  #events: SocketEvents | undefined
  #session = exchangeSession(this.#market)
  isSilent = false

  constructor(time: VirtualTime) {
    this.#time = time
  }

  readonly open: OpenSocket = (_options, events) => {
    this.#session = exchangeSession(this.#market)
    this.#events = events
    queueMicrotask(() => events.opened())
    return {
      send: text => this.#sayAll(this.#session.receive(text)),
      ping: () => {},
      pause: () => {},
      resume: () => {},
      close: () => {
        this.#events = undefined
      },
    }
  }

  /** Trades for so long. */
  async trade(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += MINUTE_MS / 2) {
      await this.#time.pass(MINUTE_MS / 2)
      if (this.isSilent) continue
      this.#sayAll([...this.#session.tell(this.#market.step()), ...this.#session.beat()])
    }
  }

  /** Leaves the numbers of one step out. */
  skip(): void {
    this.#session.tell(this.#market.step())
  }

  drop(): void {
    this.#events?.closed({ reason: 'gone', isRefusal: false })
  }

  #sayAll(texts: readonly string[]): void {
    for (const text of texts) {
      if (!this.#events) continue
      this.sent.push({ text, at: this.#time.now() })
      this.#events.message(Buffer.from(text))
    }
  }
}

describe.each(DAY_PLACES)('24 hours of an ingest %s', (_name, open) => {
  let time: VirtualTime
  let place: IngestPlace
  beforeEach(async () => {
    time = new VirtualTime(BEGIN)
    place = await open(time.now)
  })
  afterEach(() => place.remove())

  test('every record is there once, in segments of five minutes, through midnight and clocks that are set', async () => {
    const exchange = new QuietExchange(time)
    const stop = new AbortController()
    const { now, sleep, elapsedMs } = time
    const effects = { ...(await realEffects(place.store)), now, sleep, elapsedMs, signal: stop.signal }
    const stream = streamOf({ url: 'wss://example.com', silence: '2m', flush: { records: 100, every: '1s' } })
    const { url = '', silenceMs, maxMessageBytes } = stream
    let connections = 0
    const source = socketSource(
      {
        ...{ url, silenceMs, maxMessageBytes, agent: 'test', hasHeartbeats: true },
        subscribe: () => subscribeMessages(stream, undefined),
        connectionName: () => `c${++connections}`,
      },
      { ...effects, open: exchange.open },
    )
    const setClock = async (ms: number): Promise<void> => {
      await time.pass(FLUSHED_MS)
      time.step(ms)
    }
    const ended = ingestStream({ stream, source, progressMs: HOUR_MS }, effects)
    await exchange.trade(3 * HOUR_MS)
    await setClock(-HOUR_MS) // 20:50 becomes 19:50
    await exchange.trade(2 * HOUR_MS)
    exchange.drop()
    await exchange.trade(2 * HOUR_MS)
    exchange.isSilent = true
    await exchange.trade(3 * MINUTE_MS)
    exchange.isSilent = false
    await exchange.trade(4 * HOUR_MS - 3 * MINUTE_MS)
    exchange.skip()
    await setClock(2 * HOUR_MS)
    await exchange.trade(4 * HOUR_MS)
    await setClock(-HOUR_MS)
    await exchange.trade(9 * HOUR_MS)
    stop.abort()
    await time.pass(MINUTE_MS)
    const { records, figures } = await ended
    expect(time.now()).toEqual(new Date(BEGIN.getTime() + 24 * HOUR_MS + 3 * FLUSHED_MS + MINUTE_MS))

    const lines = await readReady(place.store)
    const segments = [...new Set(lines.map(({ segment }) => segment))].map(parseKey)
    const inOrder = segments.toSorted((a, b) => a.number - b.number)
    const bySegment = groupBySegment(lines)
    const stored = inOrder.flatMap(({ key }) => bySegment.get(key) ?? [])
    const messages = stored.filter(({ json }) => json !== undefined)
    expect(messages.map(({ json, received_at }) => [json, received_at])).toEqual(
      exchange.sent.map(({ text, at }) => [text, at.toISOString()]),
    )
    expect(records).toBe(exchange.sent.length)
    expect(figures).toMatchObject({ gaps: 1, reconnects: 2, missed_heartbeats: 120 })

    // Each lasts five minutes from its first record, whatever the clock says.
    expect(inOrder.map(({ number }) => number)).toEqual(inOrder.map((_, index) => index + 1))
    expect(inOrder.length).toBeGreaterThan((24 * 60) / 6)
    expect(inOrder.length).toBeLessThanOrEqual((24 * 60) / 5 + 1)
    const hours = inOrder.map(({ hour }) => hour.toISOString().slice(0, 13))
    expect(hours[0]).toBe('2026-01-20T17')
    expect(hours.at(-1)).toBe('2026-01-21T17')
    expect(new Set(hours)).toEqual(new Set(DAY_HOURS))
    for (const { key, hour } of inOrder) {
      const first = bySegment.get(key)?.[0]?.received_at ?? ''
      expect(Math.abs(Date.parse(first) - hour.getTime())).toBeLessThan(HOUR_MS + 2_000)
    }
    expect(await listActive(place.store)).toEqual([])
    expect((await loadIngestState(place.store, 'coinbase'))?.holder).toBeNull()
  })
})

function parseKey(key: string): SegmentName & { readonly key: string } {
  const found = findSegmentName(key.slice(key.lastIndexOf('/') + 1, -'.ndjson'.length))
  if (!found) throw new Error(`${key} is no segment`)
  return { ...found, key }
}

function groupBySegment(lines: readonly StoredLine[]): Map<string, StoredLine[]> {
  const groups = new Map<string, StoredLine[]>()
  for (const line of lines) {
    const group = groups.get(line.segment)
    if (group) group.push(line)
    else groups.set(line.segment, [line])
  }
  return groups
}
