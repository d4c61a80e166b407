import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ViewList } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

// The tables of streams and declared ones, in the processes that the page's SQL runs in.

const STREAMS = `streams:
  coinbase: { source: coinbase, channels: [ticker, market_trades], products: [BTC-USD] }
`

const listings = (table: string): string => `database: shop
table: ${table}
columns:
  - { name: id, type: long, required: true }
  - { name: asked_usd, type: double }
`

const trade = (id: number, price: string, second: number) =>
  JSON.stringify({
    ...{ channel: 'market_trades', client_id: '', timestamp: '2026-01-20T10:01:00Z', sequence_num: id },
    events: [
      {
        type: 'update',
        trades: [
          {
            ...{ trade_id: `${id}`, product_id: 'BTC-USD', price, size: '0.5', side: 'BUY' },
            time: `2026-01-20T10:00:${String(second).padStart(2, '0')}Z`,
          },
        ],
      },
    ],
  })

let place: CommandFolder
let served: ServedPlace
beforeAll(async () => {
  place = await openCommandFolder()
  await place.configure(STREAMS)
  await mkdir(join(place.folder, 'config', 'tables'), { recursive: true })
  await writeFile(join(place.folder, 'config', 'tables', 'listings.yaml'), listings('all_listings'))
  await writeFile(join(place.folder, 'listings.jsonl'), '{"id":1,"asked_usd":10.5}\n{"id":2}\n')
  const lines = [trade(1, '90000.25', 1), trade(2, '90000.75', 2)]
  for (const [args, stdin] of [
    [['init']],
    [['streams', 'ingest', 'coinbase', '--stdin'], Readable.from(lines.map(line => `${line}\n`))],
    [['streams', 'etl', 'coinbase', '--once']],
    [['tables', 'create', 'listings']],
    [['tables', 'insert', 'listings', 'listings.jsonl']],
  ] as const)
    expect(await place.run([...args], stdin ? { stdin } : {})).toMatchObject({ code: 0 })
  served = await servePlace(place.folder)
})
afterAll(async () => {
  await served?.close()
  await place?.remove()
})

const rowsOf = async (sql: string): Promise<unknown> => {
  const answer = await served.query(sql)
  expect([answer.status, await answer.clone().text()]).toEqual([200, expect.anything()])
  return ((await answer.json()) as { rows: unknown }).rows
}

test.each([
  ['a table of a stream', 'select trade_id, cast(price as varchar) from coinbase.market_trades order by 1', 2],
  ['bars of it', 'select cast(open as varchar), cast(close as varchar), trade_count from coinbase.bars_1m', 1],
  ['what ingest told', 'select kind, expected, missed from coinbase.events order by line', 2],
  [
    'a declared table, by both of its names',
    'select l.id, w.asked_usd from listings l join shop.all_listings w using (id) order by 1',
    2,
  ],
  ['two of them, and a view of the lake', 'select t.id from listings t, coinbase.market_trades, objects_latest', 0],
])("%s is the page's as it is that of the command", async (_what, sql, count) => {
  const { code, stdout, stderr } = await place.run(['query', sql, '--format', 'json'])
  expect([code, stderr]).toEqual([0, expect.any(String)])
  const rows = JSON.parse(stdout) as Record<string, unknown>[]
  expect(rows).toHaveLength(count)
  expect(await rowsOf(sql)).toEqual(rows.map(row => Object.values(row)))
})

test('a query that names none finds them all', async () => {
  const shown = await rowsOf("select table_schema || '.' || table_name from information_schema.tables order by 1")
  const names = (shown as [string][]).map(([name]) => name)
  expect(names).toEqual(expect.arrayContaining(['coinbase.market_trades', 'coinbase.bars_1h', 'shop.all_listings']))
})

test('GET /api/views has them, and says so when there are others', async () => {
  const answer = await served.ask('/api/views')
  const { views } = (await answer.json()) as ViewList
  const columnsOf = (wanted: string) => views.find(({ name }) => name === wanted)?.columns
  expect(columnsOf('objects')).toContain('key')
  expect(columnsOf('coinbase.market_trades')).toEqual(
    expect.arrayContaining(['trade_id', 'price', 'product_id', 'date']),
  )
  expect(columnsOf('coinbase.bars_1m')).toContain('vwap')
  expect(columnsOf('listings')).toEqual(['id', 'asked_usd'])
  expect(columnsOf('shop.all_listings')).toBeUndefined() // it is called by its short name
  const known = { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } }
  expect((await served.ask('/api/views', known)).status).toBe(304)
  await writeFile(join(place.folder, 'config', 'tables', 'offers.yaml'), listings('offers'))
  expect(await place.run(['tables', 'create', 'offers'])).toMatchObject({ code: 0 })
  expect((await served.ask('/api/views', known)).status).toBe(200)
})

test.each([
  ['beside a table', "select * from coinbase.market_trades, read_text('FOLDER/stocktake.yaml')"],
  ['a segment', "from coinbase.market_trades, 'FOLDER/listings.jsonl'"],
  ['a file behind the name of a schema', 'from coinbase."FOLDER/listings.jsonl"'],
  ['where a view is from', 'select sql from duckdb_views(), listings'],
])('%s is refused', async (_what, sql) => {
  const answer = await served.query(sql.replaceAll('FOLDER', place.folder))
  expect([answer.status, await answer.clone().text()]).toEqual([422, expect.anything()])
  expect(((await answer.json()) as Problem).detail).toMatch(
    /^query: expected (the lake's views and functions|a SELECT)/,
  )
})
