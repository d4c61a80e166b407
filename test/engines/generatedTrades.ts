import fc from 'fast-check'
import type { Engine } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { selectNoRows } from '../models/inputs.js'

// Trades of a stream: few products, times and ids, so that there are ties and trades that come again. Sums of prices times
// sizes are exact as doubles, in whichever order they are added.

const DAY_US = Date.UTC(2026, 0, 20) * 1000

const trade = fc.record({
  received_us: fc.integer({ min: 0, max: 3_000_000 }).map(us => DAY_US + us),
  line: fc.integer({ min: 1, max: 1000 }),
  product_id: fc.constantFrom('BTC-USD', 'ETH-USD', 'é-USD'),
  trade_id: fc.integer({ min: 8, max: 120 }).map(String),
  quarters: fc.integer({ min: 1, max: 4000 }),
  halves: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })),
  side: fc.constantFrom('BUY', 'SELL'),
  time_us: fc.oneof(
    fc.constantFrom(DAY_US - 1, DAY_US, DAY_US + 59_999_999, DAY_US + 60_000_000),
    fc.integer({ min: 0, max: 7_200 }).map(seconds => DAY_US + seconds * 1_000_000),
  ),
  type: fc.constantFrom('snapshot', 'update'),
})

/** Makes the table of trades beside those of the generated lake. */
export async function makeGeneratedTrades(seed: number, engine: Engine): Promise<void> {
  const trades = fc.sample(trade, { seed, numRuns: 300 })
  await engine.run(`create table given.market_trades as ${selectNoRows('market_trades')}`)
  const rows = trades.map(each => `(${Object.values(each).map(spellValue).join(', ')})`)
  const columns = Object.keys(trades[0] ?? {})
  await engine.run(`
    insert into given.market_trades by name
    select
      make_timestamp(received_us) as received_at, 'c1' as connection, row_number() over () as sequence,
      'segment_20260120T00_00001' as segment, line, 1 as item, product_id,
      cast(make_timestamp(time_us) as date) as date, trade_id,
      cast(quarters as decimal(38, 18)) / 4 as price, cast(halves as decimal(38, 18)) / 2 as size,
      side, make_timestamp(time_us) as time, type
    from (values ${rows.join(', ')}) as given (${columns.join(', ')})`)
}

const spellValue = (value: string | number): string => (typeof value === 'number' ? `${value}` : quoteString(value))
