import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'

const load = (text: string) =>
  loadConfig(
    {},
    { cwd: '/work', env: {}, readText: async path => (path === '/work/stocktake.yaml' ? text : undefined) },
  )

const mistakes = async (text: string): Promise<string> =>
  (await load(text).catch(caught => caught)).message.replaceAll('stocktake.yaml:', '')

test('a stream of Coinbase needs no more than its products', async () => {
  const { streams } = await load('streams:\n  coinbase: { source: coinbase, products: [BTC-USD] }')
  expect(streams).toEqual([
    {
      name: 'coinbase',
      source: 'coinbase',
      url: 'wss://advanced-trade-ws.coinbase.com',
      channels: ['ticker', 'level2', 'market_trades'],
      products: ['BTC-USD'],
      subscribe: { type: 'subscribe', channel: '{channel}', product_ids: '{products}', jwt: '{jwt}' },
      fields: { channel: 'channel', time: 'timestamp', sequence: 'sequence_num' },
      silenceMs: 15_000,
      rotate: { bytes: 100_000_000, everyMs: 300_000 },
      flush: { records: 100, everyMs: 1000 },
      maxMessageBytes: 8_000_000,
      database: 'coinbase',
      compact: false,
      isDaemon: false,
      freshMs: 60_000,
      declaredAt: 'stocktake.yaml:2:3',
    },
  ])
})

test('a stream of any JSON has one channel unless it names more, and a database that every engine can have', async () => {
  const { streams } = await load('streams: { My.Feed: {} }')
  expect(streams).toMatchObject([{ source: 'json', channels: ['records'], database: 'my_feed', fields: {} }])
})

test.each([
  ['streams: { a: { url: "http://x" } }', '1:22: streams.a.url: expected wss://host/path, got "http://x"'],
  ['streams: { a: { channels: [] } }', '1:27: streams.a.channels: expected a list of names, got []'],
  ['streams: { a: { source: kraken } }', '1:25: streams.a.source: expected one of json, coinbase, got "kraken"'],
  [
    'streams: { my.feed: {}, My_Feed: {} }',
    '1:34: streams.My_Feed: expected a database of its own: my_feed is that of my.feed, got {}',
  ],
  [
    'streams: { a: {}, b: { database: a } }',
    '1:34: streams.b.database: expected a database of its own: a is that of a, got "a"',
  ],
])('%j is refused', async (text, line) => expect(await mistakes(text)).toBe(line))
