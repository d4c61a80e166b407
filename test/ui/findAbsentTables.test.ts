import { expect, test } from 'vitest'
import { findAbsentTables } from '../../src/ui/app/sql/findAbsentTables.js'

const table = (name: string, committed_at: string | null = null) => ({ table: name, committed_at })
const STREAMS = [
  {
    ...{ stream: 'coinbase', records: 0, waiting_segments: 0, active_bytes: 0 },
    tables: [table('coinbase.market_trades'), table('coinbase.ticker', '2026-01-20T10:00:00.000Z')],
  },
  {
    ...{ stream: 'sensors', records: 4, waiting_segments: 1, active_bytes: 0 },
    tables: [table('home.events')],
  },
]

test.each([
  ['select * from coinbase.market_trades', ['coinbase.market_trades of coinbase']],
  ['select * from "Coinbase"."market_trades"', ['coinbase.market_trades of coinbase']],
  ['select * from home.events', ['home.events of sensors, of its records']],
  [
    'select 1 from home.events, coinbase.market_trades',
    ['coinbase.market_trades of coinbase', 'home.events of sensors, of its records'],
  ],
  ['select * from coinbase.ticker', []], // has rows
  ['select * from coinbase.market_trades_2', []],
  ['select * from my_home.events', []],
  ['select * from objects', []],
])('%s is about %j', (sql, expected) => {
  const found = findAbsentTables(sql, STREAMS)
  expect(
    found.map(({ table, stream, hasRecords }) => `${table} of ${stream}${hasRecords ? ', of its records' : ''}`),
  ).toEqual(expected)
})
