import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadIngestState } from '../../src/streams/ingestState.js'
import { lineSource } from '../../src/streams/lineSource.js'
import { type SentConnection, TestExchange } from './exchange.js'
import { listActive, readReady, type StoredLine, startIngest, streamOf, until } from './ingesting.js'
import { type IngestPlace, PLACES } from './ingestPlaces.js'

describe.each(PLACES)('an ingest %s', (_name, open) => {
  let place: IngestPlace
  let exchange: TestExchange
  let url: string
  beforeEach(async () => {
    place = await open(() => new Date())
    exchange = new TestExchange()
    url = await exchange.start()
  })
  afterEach(async () => {
    await exchange.stop()
    await place.remove()
  })

  const eventsIn = (lines: readonly StoredLine[]): string[] => lines.flatMap(({ event }) => event?.kind ?? [])
  const lastOf = (): SentConnection => exchange.connections.at(-1) as SentConnection

  test('stores what came, as it came and in order, and hands it over when it is stopped', async () => {
    const ingest = await startIngest(streamOf({ url }), place.store)
    await until(() => exchange.connections[0]?.received.length === 4)
    await exchange.trade(300, 5_000)
    exchange.beat()
    const { sent } = lastOf()
    expect(sent.length).toBeGreaterThan(600)
    await exchange.drained()
    ingest.stop()
    expect(await ingest.ended).toMatchObject({ records: sent.length, figures: { records: sent.length, gaps: 0 } })
    const lines = await readReady(place.store)
    expect(lines.flatMap(({ json }) => json ?? [])).toEqual(sent)
    expect(lines.flatMap(({ sequence }) => sequence ?? [])).toEqual(sent.map((_, number) => number))
    expect(new Set(lines.flatMap(({ connection, json }) => (json ? connection : [])))).toEqual(new Set(['c1']))
    expect(eventsIn(lines)).toEqual(['started', 'connected', 'stopped'])
    expect(await listActive(place.store)).toEqual([])
    expect(await loadIngestState(place.store, 'coinbase')).toMatchObject({
      holder: null,
      last_segment: 1,
      figures: { records: sent.length, connected_at: null, last_record_at: expect.any(Date) },
    })
  })

  test('5,000 a second through connections that end and break, gaps and rubbish: what arrived is there once', async () => {
    const stream = streamOf({ url, rotate: { size: '300kB' }, silence: '2s' })
    const ingest = await startIngest(stream, place.store, { random: () => 0.05 })
    await until(() => exchange.connections[0]?.received.length === 4)
    await exchange.trade(6_000, 5_000 / 3, { close: 1_500, breakOff: 2_000, skip: 150, rubbish: 150 })
    const total = () => exchange.connections.reduce((sum, { sent }) => sum + sent.length, 0)
    expect(exchange.connections.length).toBeGreaterThan(3)
    await until(() => exchange.isSubscribed()) // the last step may have ended a connection
    exchange.beat()
    await exchange.drained()
    ingest.stop()
    const { figures } = await ingest.ended
    const lines = await readReady(place.store)
    const storedOf = (name: string) =>
      lines.flatMap(({ connection, json, text }) => (connection === name ? (json ?? text ?? []) : []))
    for (const [index, { sent, isWhole }] of exchange.connections.entries()) {
      const stored = storedOf(`c${index + 1}`)
      const expected = sent.map(shown)
      expect(stored).toEqual(isWhole ? expected : expected.slice(0, stored.length))
    }
    const skipped = exchange.connections.reduce((sum, connection) => sum + connection.skipped, 0)
    const records = lines.filter(({ event }) => !event).length
    expect(records).toBeGreaterThan(total() * 0.8)
    expect(figures).toMatchObject({ records, reconnects: exchange.connections.length - 1 })
    expect(skipped).toBeGreaterThan(10)
    expect(eventsIn(lines).filter(kind => kind === 'sequence_gap')).toHaveLength(figures.gaps)
    expect(figures.gaps).toBeGreaterThan(skipped * 0.7) // two that follow each other are one gap
    expect(new Set(lines.map(({ segment }) => segment)).size).toBeGreaterThan(5)
  })

  /** As a segment has it: bytes that are no text by their name, line ends outside of strings as spaces. */
  function shown(sent: string | Buffer): string {
    if (typeof sent !== 'string') return `base64:${sent.toString('base64')}`
    return sent.startsWith('{\r') ? sent.replace(/[\r\n]/g, ' ') : sent
  }

  test('lines of standard input, whatever they are', async () => {
    const input = '{"n":1}\n\n{"n":2}\r\nplain text\n[1]\n{"n":9007199254740993}\n{"n":5}'
    const stream = streamOf({ source: 'json', products: [], fields: { sequence: 'n' }, max_message: '100B' })
    const long = `{"n":"${'x'.repeat(200)}"}\n`
    const source = lineSource(
      Readable.from([Buffer.from(long + input.slice(0, 9)), Buffer.from(input.slice(9))]),
      stream,
    )
    const ingest = await startIngest(stream, place.store, { source })
    expect(await ingest.ended).toMatchObject({ records: 7 })
    const lines = await readReady(place.store)
    expect(lines.map(({ sequence, json, text, event }) => event?.kind ?? [sequence, json ?? text])).toEqual([
      'started',
      'too_long',
      [null, long.trim()],
      [1, '{"n":1}'],
      [2, '{"n":2}'],
      [null, 'plain text'],
      [null, '[1]'],
      'sequence_gap',
      [9007199254740992, '{"n":9007199254740993}'], // as JSON.parse has it here; the line has the number exactly
      'sequence_back',
      [5, '{"n":5}'],
      'stopped',
    ])
  })

  test('a second ingest of the stream is told who has it', async () => {
    const ingest = await startIngest(streamOf({ url }), place.store)
    await until(() => exchange.connections.length === 1)
    const second = await startIngest(streamOf({ url }), place.store)
    await expect(second.ended).rejects.toThrow(/one ingest of a stream at a time, got another, pid \d+ on this machine/)
    ingest.stop()
    await ingest.ended
  })

  test('a source that refuses is asked again after half a minute at least, and said so', async () => {
    const waits: number[] = []
    exchange.refusal = 403
    const ingest = await startIngest(streamOf({ url }), place.store, {
      sleep: (ms, signal) => {
        if (ms >= 30_000) waits.push(ms)
        if (waits.length === 3) exchange.refusal = undefined
        return sleep(ms >= 30_000 ? 1 : ms, undefined, { signal })
      },
    })
    await until(() => exchange.connections[0]?.received.length === 4)
    exchange.say(JSON.stringify({ type: 'error', message: 'no such product' }))
    await until(() => ingest.news.some(news => news.kind === 'event' && news.event.kind === 'refused'))
    ingest.stop()
    await ingest.ended
    expect(waits.length).toBeGreaterThanOrEqual(3)
    const events = (await readReady(place.store)).flatMap(({ event }) => event ?? [])
    expect(events.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['started', undefined],
      ...Array.from({ length: 3 }, () => ['disconnected', 'HTTP 403 Forbidden']),
      ['connected', url],
      ['refused', 'no such product'],
      ['stopped', undefined],
    ])
  })

  test('a connection that says nothing is made anew', async () => {
    const ingest = await startIngest(streamOf({ url, silence: '200ms' }), place.store)
    const count = (kind: string) => ingest.news.filter(news => news.kind === 'event' && news.event.kind === kind).length
    await until(() => count('connected') === 3)
    ingest.stop()
    const { figures } = await ingest.ended
    expect(figures.reconnects).toBe(2)
    const kinds = eventsIn(await readReady(place.store))
    expect(kinds.slice(0, 5)).toEqual(['started', 'connected', 'heartbeat_gap', 'disconnected', 'connected'])
  })
})
