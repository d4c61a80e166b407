import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Stream } from '../../src/config/stream.js'
import type { BytesParams, Engine } from '../../src/engine/engine.js'
import { type EtlStep, etlOnce } from '../../src/streams/etl.js'
import { type EtlEffects, SegmentSumError } from '../../src/streams/etlSegment.js'
import { StreamTableError } from '../../src/streams/streamTables.js'
import {
  coinbase,
  type EtlPlace,
  eventOf,
  HEARTBEAT,
  jsonStream,
  level2Of,
  openEtlPlace,
  recordOf,
  TICKER,
  TRADE,
  tickerOf,
  tradesOf,
  UPDATE,
} from './etlPlace.js'

let place: EtlPlace
beforeAll(async () => {
  place = await openEtlPlace()
})
afterAll(() => place.remove())

let count = 0
/** A stream of its own for each case, so that cases share the lake. */
const own = (stream: Stream): Stream => {
  const name = `${stream.name}${++count}`
  return { ...stream, name, database: name }
}

async function etl(stream: Stream, effects: EtlEffects = place.effects()): Promise<EtlStep[]> {
  const steps: EtlStep[] = []
  for await (const step of etlOnce(stream, effects)) steps.push(step)
  return steps
}

async function etlLines(stream: Stream, lines: readonly string[] | Buffer) {
  const segment = await place.put(stream, lines)
  const [step] = await etl(stream)
  if (step?.kind !== 'done') throw new Error('the segment was not done', { cause: step })
  return { done: step.done, rejected: await place.rejected(stream, segment), segment }
}

/** The reason why a line is kept apart; nothing for a record. */
async function reasonOf(line: string): Promise<unknown> {
  const { rejected } = await etlLines(own(coinbase()), [line])
  return (rejected[0] as { reason: unknown } | undefined)?.reason
}

describe('messages of an exchange', () => {
  test('become rows of their channels, and a glob reads the same', async () => {
    const stream = own(coinbase())
    const { done, rejected, segment } = await etlLines(stream, [
      recordOf(tickerOf(), 1),
      recordOf(level2Of(), 2),
      recordOf(tradesOf([{}, { trade_id: '000000002', product_id: 'BTC-USD' }]), 3),
      recordOf(HEARTBEAT, 4),
      recordOf({ ...HEARTBEAT, channel: 'subscriptions' }, 5),
      eventOf({ kind: 'sequence_gap', expected: 6, got: 9, missed: 3 }),
    ])
    expect(rejected).toEqual([])
    expect(done).toMatchObject({ lines: 6, rows: 5, files: 5, rejectedLines: 0 })
    const trades =
      'trade_id, product_id, cast(price as varchar) price, side, time, date, line, item, sequence, segment, extra'
    expect(await place.tableRows(`${stream.database}.market_trades`, trades)).toEqual([
      {
        ...{ trade_id: '000000001', product_id: 'ETH-USD', price: '1260.010000000000000000', side: 'BUY' },
        ...{ time: new Date('2026-01-20T09:59:58.265Z'), date: '2026-01-20' },
        ...{ line: 3n, item: 1, sequence: 3n, segment, extra: null },
      },
      expect.objectContaining({ trade_id: '000000002', product_id: 'BTC-USD', line: 3n, item: 2 }),
    ])
    expect(await place.tableRows(`${stream.database}.ticker`, '* exclude (segment, connection)')).toMatchObject([
      { product_id: 'BTC-USD', type: 'snapshot', price_percent_chg_24_h: -4.15775596190603, line: 1n },
    ])
    expect(await place.tableRows(`${stream.database}.level2`, 'side, cast(new_quantity as varchar) q, time')).toEqual([
      { side: 'bid', q: '0.063179020000000000', time: new Date('2026-01-20T09:59:59Z') },
    ])
    expect(await place.tableRows(`${stream.database}.events`, 'time, kind, expected, got, missed, line')).toEqual([
      { time: new Date('2026-01-20T10:00:00.123Z'), kind: 'sequence_gap', expected: 6n, got: 9n, missed: 3n, line: 6n },
    ])
    for (const channel of ['ticker', 'level2', 'market_trades', 'events'])
      expect(await place.globRows(stream, channel, '*')).toEqual(
        await place.tableRows(`${stream.database}.${channel}`, '*'),
      )
    expect(await place.keys(`processed/${stream.name}/`)).toEqual([
      `processed/${stream.name}/events/date=2026-01-20/part_20260120T10_00001.parquet`,
      `processed/${stream.name}/level2/product_id=BTC-USD/date=2026-01-20/part_20260120T10_00001.parquet`,
      `processed/${stream.name}/market_trades/product_id=BTC-USD/date=2026-01-20/part_20260120T10_00001.parquet`,
      `processed/${stream.name}/market_trades/product_id=ETH-USD/date=2026-01-20/part_20260120T10_00001.parquet`,
      `processed/${stream.name}/ticker/product_id=BTC-USD/date=2026-01-20/part_20260120T10_00001.parquet`,
    ])
    expect(await place.keys(`raw/`)).toEqual([])
    expect(await place.keys(`state/streams/${stream.name}/`)).toEqual([])
  })

  test.each<[what: string, line: string, channel: string, columns: string, row: object]>([
    ['an unknown field', recordOf(tradesOf([{ venue: 'x' }])), 'market_trades', 'extra', { extra: '{"venue":"x"}' }],
    ['an unknown number', recordOf(tradesOf([{ fee: 0.5 }])), 'market_trades', 'extra', { extra: '{"fee":0.5}' }],
    [
      'an unknown field of the event, and of the message',
      recordOf(level2Of({}, { depth: 2 })).replace('"client_id"', '"shard":"a","client_id"'),
      'level2',
      'extra',
      { extra: '{"event":{"depth":2},"message":{"shard":"a"}}' },
    ],
    ['an unknown object', recordOf(tickerOf({ more: { a: [1] } })), 'ticker', 'extra', { extra: '{"more":{"a":[1]}}' }],
    [
      'an unknown field in the place of a known one',
      recordOf(tickerOf({ best_bid: undefined, bid_of: '5' })),
      'ticker',
      'best_bid, extra',
      { best_bid: null, extra: '{"bid_of":"5"}' },
    ],
    [
      'a ticker of ticker_batch',
      recordOf(tickerOf({ best_bid: undefined }, { channel: 'ticker_batch' })),
      'ticker',
      'best_bid, extra',
      { best_bid: null, extra: null },
    ],
    ['an empty number of a ticker', recordOf(tickerOf({ low_52_w: '' })), 'ticker', 'low_52_w', { low_52_w: null }],
    ['null for a number of a ticker', recordOf(tickerOf({ low_52_w: null })), 'ticker', 'low_52_w', { low_52_w: null }],
    [
      'blanks',
      recordOf(JSON.stringify(tradesOf(), null, 1).replaceAll('\n', ' ')),
      'market_trades',
      'trade_id, extra',
      { trade_id: '000000001', extra: null },
    ],
    [
      'a carriage return before the line end',
      `${recordOf(tradesOf())}\r`,
      'market_trades',
      'trade_id',
      { trade_id: '000000001' },
    ],
    [
      'a level that is of 1970',
      recordOf(level2Of({ event_time: '1970-01-01T00:00:00Z' })),
      'level2',
      'time',
      { time: new Date('2026-01-20T10:00:00.100Z') },
    ],
    [
      'a level that is of the year 9999',
      recordOf(level2Of({ event_time: '9999-01-01T00:00:00Z' })),
      'level2',
      'date',
      { date: '2026-01-20' },
    ],
    [
      'a late trade',
      recordOf(tradesOf([{ time: '2026-01-18T23:59:59.999999Z' }])),
      'market_trades',
      'date',
      { date: '2026-01-18' },
    ],
    [
      'a time of nanoseconds, cut off',
      recordOf(tradesOf([{ time: '2026-01-20T10:00:00.123456999Z' }])),
      'market_trades',
      'epoch_us(time) % 1000000 as us',
      { us: 123_456n },
    ],
    [
      'a decimal of 18 digits after the point',
      recordOf(tradesOf([{ size: '0.000000000000000001' }])),
      'market_trades',
      'cast(size as varchar) size',
      { size: '0.000000000000000001' },
    ],
    [
      'a decimal of 20 digits before it',
      recordOf(tradesOf([{ size: '99999999999999999999.999999999999999999' }])),
      'market_trades',
      'cast(size as varchar) size',
      { size: '99999999999999999999.999999999999999999' },
    ],
    [
      'a decimal of 12 digits after it',
      recordOf(tradesOf([{ price: '0.000012345678' }])),
      'market_trades',
      'cast(price as varchar) price',
      { price: '0.000012345678000000' },
    ],
    [
      'a decimal of 14 digits before it',
      recordOf(tradesOf([{ size: '12345678901234.25' }])),
      'market_trades',
      'cast(size as varchar) size',
      { size: '12345678901234.250000000000000000' },
    ],
    [
      'letters beyond ASCII',
      recordOf(tradesOf([{ trade_id: 'é€😀' }])),
      'market_trades',
      'trade_id',
      { trade_id: 'é€😀' },
    ],
    [
      'a product with odd letters',
      recordOf(tradesOf([{ product_id: "a/b=c %2F.'é" }])),
      'market_trades',
      'product_id',
      { product_id: "a/b=c %2F.'é" },
    ],
  ])('%s is no fault', async (_, line, channel, columns, row) => {
    const stream = own(coinbase())
    const { rejected } = await etlLines(stream, [line])
    expect(rejected).toEqual([])
    expect(await place.tableRows(`${stream.database}.${channel}`, columns)).toEqual([row])
    expect(await place.globRows(stream, channel, columns)).toEqual([row])
  })

  test.each<[line: string, reason: string]>([
    ['{"received_at":"2026-01-20T10:00:00.123Z","connec', 'no JSON'],
    ['5', 'the message is no JSON'],
    ['{}', 'the message is no JSON'],
    [
      '{"received_at":"2026-01-20T10:00:00.123Z","connection":"c1","sequence":1,"text":"hello"}',
      'the message is no JSON',
    ],
    [recordOf({ type: 'error', message: 'authentication failure' }), 'a message without a channel'],
    [recordOf({ ...HEARTBEAT, channel: 'candles' }), 'the channel is none of the stream'],
    [recordOf(tickerOf({}, { events: 5 })), 'a message without a list of events'],
    [recordOf(tickerOf({}, { events: 'none' })), 'a message without a list of events'],
    [recordOf(tickerOf({}, { events: null })), 'a message without a list of events'],
    [recordOf(tickerOf({}, { events: {} })), 'a message without a list of events'],
    [recordOf(tickerOf({}, { events: undefined })), 'a message without a list of events'],
    [recordOf({ channel: 'market_trades', sequence_num: 4, events: 'none' }), 'a message without a list of events'],
    [recordOf(tickerOf({}, { events: [5] })), 'an event without a list of tickers'],
    [recordOf(tickerOf({}, { events: [null] })), 'an event without a list of tickers'],
    [recordOf(tickerOf({}, { events: [[]] })), 'an event without a list of tickers'],
    [recordOf(tickerOf({}, { events: ['x'] })), 'an event without a list of tickers'],
    [recordOf(tickerOf({}, { events: [{ tickers: 'x' }] })), 'an event without a list of tickers'],
    [recordOf(tickerOf({}, { events: [{ tickers: [5] }] })), 'a row is no JSON object'],
    [recordOf(tickerOf({}, { events: [{ tickers: [[]] }] })), 'a row is no JSON object'],
    [recordOf(tickerOf({}, { events: [{ type: 'update' }] })), 'an event without a list of tickers'],
    [recordOf(tradesOf([{}, { price: 'x' }])), 'price is no exact decimal'],
    [recordOf(tradesOf([{ price: 1260.01 }])), 'a field is no text'],
    [recordOf(tradesOf([{ size: '0.0000000000000000001' }])), 'size is no exact decimal'],
    [recordOf(tradesOf([{ size: '100000000000000000000' }])), 'size is no exact decimal'],
    [recordOf(tradesOf([{ size: '1e5' }])), 'size is no exact decimal'],
    [recordOf(tradesOf([{ size: ' 1' }])), 'size is no exact decimal'],
    [recordOf(tradesOf([{ side: 'buy' }])), 'side is neither BUY nor SELL'],
    [recordOf(tradesOf([{ time: '2026-02-30T00:00:00Z' }])), 'time is no time'],
    [recordOf(tradesOf([{ time: 'yesterday' }])), 'time is no time'],
    [recordOf(tradesOf([{ trade_id: '' }])), 'trade_id is none'],
    [recordOf(tradesOf([{ product_id: undefined }])), 'product_id is none'],
    [recordOf(tradesOf([{ product_id: 'x'.repeat(65) }])), 'product_id is none'],
    [recordOf(tradesOf([{ product_id: '__HIVE_DEFAULT_PARTITION__' }])), 'product_id is none'],
    [recordOf(tradesOf()).replace('"side"', '"side":"BUY","side"'), 'a field is there twice'],
    [recordOf(tradesOf()).replace('{"trade_id"', 'null,{"trade_id"'), 'a row is no JSON object'],
    [recordOf(level2Of({ side: 'ask' })), 'side is neither bid nor offer'],
    [recordOf(level2Of({ new_quantity: 'NaN' })), 'new_quantity is no exact decimal'],
    [recordOf(level2Of({}, { product_id: 5 })), 'a field of an event is no text'],
    [recordOf(level2Of({}, { type: 'l2' })), 'type is neither snapshot nor update'],
    [recordOf(tickerOf({ price: '' })), 'price is no exact decimal'],
    [recordOf(tickerOf({ price_percent_chg_24_h: 'inf' })), 'price_percent_chg_24_h is no number'],
    [recordOf(tickerOf({}, { timestamp: '2026-01-20' })), 'timestamp is no time'],
    [recordOf(tickerOf()).replace('10:00:00.123Z', '25:00:00Z'), 'received_at is no time'],
  ])('%s is kept apart: %s', async (line, reason) => {
    expect(await reasonOf(line)).toBe(reason)
  })

  test('a bad message goes apart whole, and leaves those around it', async () => {
    const stream = own(coinbase())
    const bad = recordOf(tradesOf([{ trade_id: '2' }, { trade_id: '3', price: '' }]))
    const lines = [recordOf(tradesOf([{ trade_id: '1' }])), bad, '', recordOf(tradesOf([{ trade_id: '4' }]))]
    const { rejected, done } = await etlLines(stream, lines)
    expect(rejected).toEqual([{ line: 2, reason: 'price is no exact decimal', text: bad }])
    expect(done).toMatchObject({ rows: 2, rejectedLines: 1 })
    expect(await place.tableRows(`${stream.database}.market_trades`, 'trade_id, line')).toEqual([
      { trade_id: '1', line: 1n },
      { trade_id: '4', line: 4n },
    ])
  })

  test('bytes that are no text are kept apart', async () => {
    const stream = own(coinbase())
    const good = recordOf(tradesOf())
    const bytes = Buffer.concat([
      Buffer.from(`${good}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(`${good.replace('c1', 'c\0')}\n`),
      Buffer.from(good), // a last line without its end
    ])
    const { rejected } = await etlLines(stream, bytes)
    expect(rejected).toMatchObject([
      { line: 2, reason: 'the line is no UTF-8' },
      { line: 3, reason: 'the line has a NUL' },
    ])
    expect(await place.tableRows(`${stream.database}.market_trades`, 'line')).toEqual([{ line: 1n }, { line: 4n }])
  })

  test('messages of several events and many rows keep their items in order', async () => {
    const stream = own(coinbase())
    const message = {
      ...tickerOf(),
      events: [3, 2].map(rows => ({ type: 'update', tickers: Array.from({ length: rows }, () => TICKER) })),
    }
    const odd = {
      ...tradesOf(),
      events: [2, 1].map(rows => ({
        type: 'update',
        trades: Array.from({ length: rows }, (_, i) => ({ ...TRADE, i })),
      })),
    }
    const many = level2Of(
      {},
      { updates: Array.from({ length: 50_000 }, (_, i) => ({ ...UPDATE, price_level: String(i + 1) })) },
    )
    await etlLines(stream, [recordOf(message), recordOf(odd), recordOf(many)])
    expect(await place.tableRows(`${stream.database}.ticker`, 'item')).toEqual([1, 2, 3, 4, 5].map(item => ({ item })))
    expect(await place.tableRows(`${stream.database}.market_trades`, 'item, extra')).toEqual([
      { item: 1, extra: '{"i":0}' },
      { item: 2, extra: '{"i":1}' },
      { item: 3, extra: '{"i":0}' },
    ])
    expect(
      await place.tableRows(`${stream.database}.level2`, 'count(*) n, count(*) filter (item = price_level) same'),
    ).toEqual([{ n: 50_000n, same: 50_000n }])
  })
})

describe('each line is accounted for', () => {
  test.each<[what: string, line: string, counts: object]>([
    ['a snapshot of nothing', recordOf(level2Of({}, { updates: [] })), { rows: 1, rejectedLines: 0 }],
    ['a message of no events', recordOf(tickerOf({}, { events: [] })), { rows: 1, rejectedLines: 0 }],
    ['an empty line', '\r', { rejectedLines: 0 }],
    ['a heartbeat', recordOf(HEARTBEAT), { rows: 1, rejectedLines: 0 }],
    [
      'a list of events that is there twice',
      recordOf(tradesOf()).replace('"events"', '"events":[],"events"'),
      { rejectedLines: 0 },
    ],
    [
      'a list of rows that is there twice',
      recordOf(tradesOf()).replace('"trades"', '"trades":[],"trades"'),
      { rejectedLines: 0 },
    ],
    [
      'a message that is there twice',
      recordOf(tradesOf()).replace('"message"', '"message":{},"message"'),
      { rejectedLines: 1 },
    ],
  ])('also %s', async (_, line, counts) => {
    const { done } = await etlLines(own(coinbase()), [recordOf(tradesOf()), line])
    expect(done).toMatchObject({ lines: 2, ...counts })
  })

  test('or nothing of the segment is committed', async () => {
    const stream = own(coinbase())
    await place.put(stream, [recordOf(tradesOf()), recordOf(tickerOf()), recordOf(HEARTBEAT)])
    const [step] = await etl(stream, place.effects({ engines: [losesFirstLine(place.engine)] }))
    const { error } = step as { error: SegmentSumError }
    expect(error).toBeInstanceOf(SegmentSumError)
    expect(error.message).toMatch(
      /^segment segment_20260120T10_00001: expected 3 lines, got 1 with rows, 0 kept apart and 1 without rows; /,
    )
    expect(await place.keys(`raw/ready/${stream.name}/`)).toHaveLength(1)
    expect(await place.keys(`processed/${stream.name}/`)).toEqual([])
    expect(await etl(stream)).toMatchObject([{ kind: 'done', done: { rows: 2 } }])
  })
})

/** An engine that reads one line fewer than it is given. */
const losesFirstLine = (engine: Engine): Engine =>
  new Proxy(engine, {
    get(target, name) {
      if (name === 'run')
        return (sql: string, params?: BytesParams) => {
          const piece = params?.piece
          if (!(piece instanceof Uint8Array)) return target.run(sql, params)
          return target.run(sql, { ...params, piece: piece.subarray(piece.indexOf(0x0a) + 1) })
        }
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })

describe('messages of any JSON', () => {
  test('are records as they came, byte for byte', async () => {
    const stream = own(jsonStream())
    const raw = '{ "b": 0.1234567890123456789, "a":"é" , "b":1}'
    await etlLines(stream, [recordOf(raw, 7), recordOf('"text"'), recordOf('[1, 2]'), recordOf('null')])
    expect(await place.tableRows(`${stream.database}.records`, 'line, record, product_id, time')).toEqual([
      { line: 1n, record: raw, product_id: null, time: new Date('2026-01-20T10:00:00.123Z') },
      expect.objectContaining({ record: '"text"' }),
      expect.objectContaining({ record: '[1, 2]' }),
      expect.objectContaining({ record: 'null' }),
    ])
    expect(await place.keys(`processed/${stream.name}/`)).toEqual([
      `processed/${stream.name}/records/product_id=__HIVE_DEFAULT_PARTITION__/date=2026-01-20/part_20260120T10_00001.parquet`,
    ])
    expect(await place.globRows(stream, 'records', '*')).toEqual(
      await place.tableRows(`${stream.database}.records`, '*'),
    )
  })

  test.each<[what: string, message: object, row: object]>([
    [
      'ISO 8601',
      { t: { at: '2026-01-19T23:00:00.5Z' }, s: 'x' },
      { product_id: 'x', time: new Date('2026-01-19T23:00:00.5Z') },
    ],
    [
      'with a zone',
      { t: { at: '2026-01-20T01:00:00+02:00' }, s: 'x' },
      { product_id: 'x', time: new Date('2026-01-19T23:00:00Z') },
    ],
    [
      'milliseconds',
      { t: { at: 1_768_863_600_000 }, s: 5 },
      { product_id: '5', time: new Date('2026-01-19T23:00:00Z') },
    ],
    ['no product', { t: { at: 0 } }, { product_id: null, time: new Date(0) }],
  ])('have their time and product where the stream says: %s', async (_, message, row) => {
    const stream = own(jsonStream({ fields: { time: 't.at', product_id: 's' } }))
    const { rejected } = await etlLines(stream, [recordOf(message)])
    expect(rejected).toEqual([])
    expect(await place.tableRows(`${stream.database}.records`, 'product_id, time')).toEqual([row])
  })

  test.each<[message: object, reason: string]>([
    [{ channel: 'a', s: 'x' }, 'time is no time'],
    [{ channel: 'a', t: 'soon' }, 'time is no time'],
    [{ channel: 'a', t: 5, s: 'x'.repeat(65) }, 'product_id can name no folder: it has more than 64 bytes, or a NUL'],
    [{ channel: 'c', t: 5 }, 'the channel is none of the stream'],
    [{ t: 5 }, 'a message without a channel'],
  ])('%j is kept apart: %s', async (message, reason) => {
    const fields = { time: 't', product_id: 's', channel: 'channel' }
    const stream = own(jsonStream({ fields, channels: ['a', 'b'] }))
    const good = { channel: 'b', t: 5 }
    const { rejected } = await etlLines(stream, [recordOf(message), recordOf(good)])
    expect(rejected).toMatchObject([{ line: 1, reason }])
    expect(await place.tableRows(`${stream.database}.b`, 'record')).toEqual([{ record: JSON.stringify(good) }])
  })
})

describe('a table that is not the stream’s', () => {
  test('is refused, and the segment waits', async () => {
    const stream = own(coinbase())
    const other = { ...own(coinbase()), database: stream.database }
    await etlLines(other, [recordOf(tradesOf())])
    await place.put(stream, [recordOf(tradesOf())])
    const [step] = await etl(stream)
    expect(step).toMatchObject({ kind: 'failed' })
    const { error } = step as { error: StreamTableError }
    expect(error).toBeInstanceOf(StreamTableError)
    expect(error.message).toContain(
      `table ${stream.database}.ticker: expected the table of the stream ${stream.name}, got that of ${other.name}`,
    )
    expect(await place.keys(`raw/ready/${stream.name}/`)).toHaveLength(1)
    expect(await place.tableRows(`${stream.database}.market_trades`, 'line')).toHaveLength(1)
  })
})
