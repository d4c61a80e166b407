import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'

/** A message of Coinbase's channel of trades, as its documentation has it. */
const trades = (sequence: number, ...rows: (readonly [id: number, price: string, size: string, time: string])[]) =>
  JSON.stringify({
    ...{ channel: 'market_trades', client_id: '', timestamp: '2026-01-20T10:01:00Z', sequence_num: sequence },
    events: [
      {
        type: 'update',
        trades: rows.map(([id, price, size, time]) => ({
          ...{ trade_id: String(id), product_id: 'BTC-USD', price, size, side: 'BUY', time },
        })),
      },
    ],
  })

const LINES = [
  trades(0, [101, '100', '1', '2026-01-20T10:00:01Z'], [102, '104', '3', '2026-01-20T10:00:59.5Z']),
  trades(1, [102, '104', '3', '2026-01-20T10:00:59.5Z'], [103, '90', '1', '2026-01-20T10:01:00Z']),
  trades(4, [106, 'dear', '1', '2026-01-20T10:01:30Z']),
]

const YAML = `streams:
  ticks: { source: coinbase, channels: [market_trades], products: [BTC-USD], freshness: 1h }
  notes: { source: json }
`

let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
  await place.configure(YAML)
  await place.run(['init'])
  const stdin = Readable.from(LINES.map(line => `${line}\n`))
  const ingested = await place.run(['streams', 'ingest', 'ticks', '--stdin'], { stdin })
  expect(ingested).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

describe('streams status', () => {
  test('before an etl: a segment waits', async () => {
    const rows = await place.rows(['streams', 'status'])
    expect(rows).toMatchObject([
      {
        stream: 'ticks',
        state: 'stopped',
        is_late: false,
        records: 3,
        gaps: 1,
        missed_records: 2,
        waiting_segments: 1,
      },
      { stream: 'notes', state: 'never', last_record_at: null, lag_ms: null, is_late: false, records: 0 },
    ])
    const { stdout } = await place.run(['streams', 'status'])
    expect(stdout.split('\n')[0]).toMatch(/^stream +state +last record +per second +records +gaps +missed +waiting/)
    expect(stdout).toMatch(/^ticks +stopped +.*ago|now/m)
  })

  test('after it: rows, and what was kept apart', async () => {
    expect(await place.run(['streams', 'etl', 'ticks', '--once'])).toMatchObject({ code: 0 })
    const [row] = await place.rows(['streams', 'status', 'ticks'])
    expect(row).toMatchObject({ waiting_segments: 0, rejected_lines: 1 })
    expect(row?.tables).toMatchObject([{ table: 'ticks.market_trades', row_count: 4 }, { table: 'ticks.events' }])
    const { stdout } = await place.run(['streams', 'status', 'ticks'])
    expect(stdout).toMatch(/^rejected +1 line in raw\/rejected\/ticks$/m)
    expect(stdout).toMatch(/^ticks\.market_trades +4 +1 /m)
  })

  test('a late one is marked, and can be an exit code', async () => {
    const later = { now: () => new Date(Date.now() + 2 * 3_600_000) }
    expect(await place.run(['streams', 'status', '--fail-on', 'late'])).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await place.run(['streams', 'status', '--fail-on', 'late'], later)
    expect([code, stdout]).toEqual([5, expect.stringMatching(/^ticks +stopped +2 h ago, late/m)])
    expect(stderr).toContain('ticks: expected a last record no older than freshness, got 2 h ago, late')
  })

  test('one that there is not', async () => {
    const { code, stderr } = await place.run(['streams', 'status', 'tick'])
    expect([code, stderr]).toEqual([3, expect.stringContaining('did you mean ticks?')])
  })
})

describe('what is queried', () => {
  const query = (sql: string): Promise<Record<string, unknown>[]> => place.rows(['query', sql])

  test('tables, by the names of database and channel', async () => {
    expect(await query('select count(*) as n, count(distinct trade_id) as trades from ticks.market_trades')).toEqual([
      { n: 4, trades: 3 },
    ])
    expect(await query("select expected, got, missed from ticks.events where kind = 'sequence_gap'")).toEqual([
      { expected: 2, got: 4, missed: 2 },
    ])
  })

  test('bars, with each trade once', async () => {
    const bars = await query(
      'select time, open, high, low, close, volume, vwap, trade_count from ticks.bars_1m order by time',
    )
    expect(bars).toMatchObject([
      { time: '2026-01-20T10:00:00.000Z', vwap: 103, trade_count: 2 },
      { time: '2026-01-20T10:01:00.000Z', vwap: 90, trade_count: 1 },
    ])
    expect(await query('select trade_count, vwap from ticks.bars_1h')).toEqual([{ trade_count: 3, vwap: 100.4 }])
  })

  test('views of another DuckDB are printed', async () => {
    const { stdout } = await place.run(['views', '--dialect', 'duckdb'])
    expect(stdout).toContain('create or replace view "ticks"."market_trades" as')
    expect(stdout).toContain('create or replace view "ticks"."bars_1h" as')
    expect(stdout).not.toContain('"notes"')
  })
})

describe('reconcile', () => {
  const DATASETS = 'datasets:\n  trades: { stream: ticks, freshness: 30m }\n  notes: { stream: notes, weight: 2 }\n'
  const later = { now: () => new Date(Date.now() + 3_600_000) }

  test('a stream without a new record, and one without any, are gaps; until there is one', async () => {
    await writeFile(join(place.folder, 'data_inventory.yaml'), DATASETS)
    const { code, stdout } = await place.run(['reconcile', '--fail-on', 'medium'], later)
    expect([code, stdout]).toEqual([5, expect.stringMatching(/^trades +stream ticks +found 3 records +on /m)])
    expect(stdout).toMatch(/^medium +trades: no new record, expected a record of the last 30 min, none since /m)
    expect(stdout).toMatch(/^medium +notes: no record at all, expected a record of the last 60 s/m)
    const gaps = await place.rows(['gaps'])
    expect(gaps).toMatchObject([
      {
        connector: 'notes',
        dataset: 'notes',
        kind: 'missing',
        expected: 'a record of the last 60 s',
        found: 'none ever',
      },
      { connector: 'ticks', dataset: 'trades', kind: 'stale', key_prefix: 'processed/ticks/' },
    ])
    const explained = await place.run(['gaps', 'explain', String(gaps[1]?.gap_id)])
    expect(explained.stdout).toMatch(
      /^expectation +datasets\.trades: stream ticks\nsee +stocktake streams status ticks$/m,
    )
    const stdin = Readable.from([`${trades(5, [107, '91', '1', '2026-01-20T10:02:00Z'])}\n`])
    await place.run(['streams', 'ingest', 'ticks', '--stdin'], { stdin })
    expect(await place.run(['reconcile', '--dataset', 'trades'])).toMatchObject({ code: 0 })
    expect(await place.rows(['gaps'])).toMatchObject([{ dataset: 'notes' }])
  })
})

describe('lake copy', () => {
  test('takes Parquet files to a folder, once', async () => {
    await mkdir(join(place.folder, 'vault'))
    const copy = () => place.rows(['lake', 'copy', 'vault'])
    expect(await copy()).toMatchObject([
      { stream: 'ticks', stage: 'ready', files: 1, copied: 1 }, // of the reconciliations above
      { stream: 'ticks', stage: 'processed', copied: expect.any(Number), same: 0 },
    ])
    const [, again] = await copy()
    expect([again?.copied, again?.same]).toEqual([0, again?.files])
    expect(await readdir(join(place.folder, 'vault', 'processed', 'ticks'))).toEqual(['events', 'market_trades'])
    const sql = `select count(*) as n from read_parquet('${place.folder}/vault/processed/ticks/market_trades/**/*.parquet')`
    expect(await place.run(['query', sql])).toMatchObject({ code: 0 })
  })

  test.each([
    ['lake', [], 2, 'lake: expected another place, got the lake itself'],
    [
      'vault',
      ['--stream', 'tick'],
      3,
      'stream tick: expected one of ticks, notes, got no such stream; did you mean ticks?',
    ],
    ['gs://bucket', [], 2, 'gs://bucket: expected a folder'],
  ])('to %s %s is refused', async (destination, flags, code, message) => {
    const answer = await place.run(['lake', 'copy', destination, ...flags])
    expect(answer).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})
