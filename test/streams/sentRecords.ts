import { recordOf, tradesOf } from './etlPlace.js'

/** A trade that was sent, as it is to be found. */
export type SentTrade = {
  readonly trade_id: string
  readonly product_id: string
  readonly date: string
  readonly price: string
  readonly size: string
  readonly segment: string
  readonly line: number
  readonly item: number
}

const PRODUCTS = ['BTC-USD', "a b/c=d %2F'é€", 'ETH-USD', '.', 'null']
const SEGMENTS = 3
const LINES = 400

/** Trades of some segments: of odd products, late ones, and with all digits that a decimal has. */
export function sentTrades(): SentTrade[] {
  return Array.from({ length: SEGMENTS * LINES }, (_, n) => [
    tradeOf(n, 1),
    ...(n % 3 === 0 ? [tradeOf(n, 2)] : []),
  ]).flat()
}

function tradeOf(n: number, item: number): SentTrade {
  const late = n % 50 === 7
  return {
    trade_id: `${n}-${item}`,
    product_id: PRODUCTS[(n + item) % PRODUCTS.length] ?? '',
    date: late ? '2026-01-19' : '2026-01-20',
    price: n % 20 === 0 ? '99999999999999999999.999999999999999999' : `${20_000 + n}.25`,
    size: `0.${String(n + 1).padStart(18, '0')}`,
    segment: `segment_20260120T10_${String(Math.floor(n / LINES) + 1).padStart(5, '0')}`,
    line: (n % LINES) + 1,
    item,
  }
}

/** The lines of each segment. */
export function sentLines(): string[][] {
  const trades = sentTrades()
  return Array.from({ length: SEGMENTS }, (_, segment) =>
    Array.from({ length: LINES }, (_, i) => {
      const rows = trades.filter(({ trade_id }) => trade_id.startsWith(`${segment * LINES + i}-`))
      return recordOf(
        tradesOf(
          rows.map(({ trade_id, product_id, price, size, date }) => ({
            ...{ trade_id, product_id, price, size },
            time: `${date}T09:00:00Z`,
          })),
        ),
        i,
      )
    }),
  )
}
