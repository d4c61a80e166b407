import { between, hashText, randomFrom } from './seededRandom.js'

// A made-up market, the same each time. Amounts are whole numbers until they are written, so that they are exact.

/** A trade, as Coinbase's channel `market_trades` writes it. */
export interface MarketTrade {
  /** Digits; those of all products grow by one. */
  readonly trade_id: string
  readonly product_id: string
  readonly price: string
  readonly size: string
  readonly side: 'BUY' | 'SELL'
  readonly time: string
}

/** What a price level of the book is now, as the channel `level2` writes it. */
export interface MarketLevel {
  readonly side: 'bid' | 'offer'
  readonly event_time: string
  readonly price_level: string
  /** In place of what was there; 0 where nobody offers any more. */
  readonly new_quantity: string
}

/** As the channel `ticker` writes it. */
export interface MarketTicker {
  readonly type: 'ticker'
  readonly product_id: string
  readonly price: string
  readonly volume_24_h: string
  readonly low_24_h: string
  readonly high_24_h: string
  readonly low_52_w: string
  readonly high_52_w: string
  readonly price_percent_chg_24_h: string
  readonly best_bid: string
  readonly best_bid_quantity: string
  readonly best_ask: string
  readonly best_ask_quantity: string
}

/** What happens at one moment: a trade, and what it changes. */
export interface MarketStep {
  readonly time: string
  readonly trade: MarketTrade
  readonly levels: readonly MarketLevel[]
  readonly ticker: MarketTicker
}

export interface Market {
  readonly products: readonly string[]
  /** The time of the market's own clock. */
  time(): string
  step(): MarketStep
  /** The last trades, the newest first, as an exchange tells them to who comes new. */
  lastTrades(product: string): readonly MarketTrade[]
  levels(product: string): readonly MarketLevel[]
  ticker(product: string): MarketTicker | undefined
}

/** What each began at, in cents. */
const FIRST_PRICES: Readonly<Record<string, number>> = {
  'BTC-USD': 9_301_245,
  'ETH-USD': 310_752,
  'SOL-USD': 12_890,
}

/** When the market begins; an hour ends while the demo's trades last. */
const BEGINS = Date.UTC(2026, 0, 20, 9, 45)
const LEVELS = 10
/** So many of the last trades of a product are told to who comes new. */
const LAST_TRADES = 500

interface Book {
  readonly product: string
  /** In cents. */
  price: number
  low: number
  high: number
  readonly first: number
  /** In hundred-millionths. */
  volume: number
  readonly last: MarketTrade[]
  readonly levels: Map<string, MarketLevel>
}

/** A market that is the same for the same seed. */
export function makeMarket(seed = hashText('market')): Market {
  const random = randomFrom(seed)
  const books = Object.entries(FIRST_PRICES).map(([product, price]) => newBook(product, price))
  let atMs = BEGINS
  let tradeId = 0
  const time = (): string => new Date(atMs).toISOString()
  const step = (): MarketStep => {
    atMs += between(random, 20, 400)
    const book = books[between(random, 0, books.length)] as Book
    book.price = Math.max(100, book.price + between(random, -MOST_MOVE, MOST_MOVE + 1))
    book.low = Math.min(book.low, book.price)
    book.high = Math.max(book.high, book.price)
    const size = between(random, 1_000, 90_000_000)
    book.volume += size
    const trade: MarketTrade = {
      trade_id: String(++tradeId),
      product_id: book.product,
      price: formatCents(book.price),
      size: formatSize(size),
      side: random() % 2 === 0 ? 'BUY' : 'SELL',
      time: time(),
    }
    book.last.unshift(trade)
    book.last.length = Math.min(book.last.length, LAST_TRADES)
    const levels = (['bid', 'offer'] as const).map(side => moveLevel(book, side, random, time()))
    return { time: time(), trade, levels, ticker: tickerOf(book) }
  }
  const bookOf = (product: string) => books.find(book => book.product === product)
  return {
    products: books.map(({ product }) => product),
    ...{ time, step },
    lastTrades: product => bookOf(product)?.last ?? [],
    levels: product => [...(bookOf(product)?.levels.values() ?? [])],
    ticker: product => {
      const book = bookOf(product)
      return book && tickerOf(book)
    },
  }
}

/** Of a step, in cents. */
const MOST_MOVE = 40

const newBook = (product: string, price: number): Book => ({
  ...{ product, price, low: price, high: price, first: price, volume: 0 },
  last: [],
  levels: new Map(),
})

function moveLevel(book: Book, side: MarketLevel['side'], random: () => number, time: string): MarketLevel {
  const distance = 1 + between(random, 0, LEVELS)
  const price = formatCents(side === 'bid' ? book.price - distance : book.price + distance)
  const isGone = between(random, 0, 5) === 0
  const quantity = isGone ? '0' : formatSize(between(random, 10_000, 900_000_000))
  const level: MarketLevel = { side, event_time: time, price_level: price, new_quantity: quantity }
  const key = `${side} ${price}`
  book.levels.delete(key)
  if (!isGone) book.levels.set(key, level)
  const [oldest] = book.levels.keys()
  if (oldest !== undefined && book.levels.size > 2 * LEVELS) book.levels.delete(oldest)
  return level
}

const tickerOf = ({ product, price, low, high, first, volume }: Book): MarketTicker => ({
  type: 'ticker',
  product_id: product,
  price: formatCents(price),
  volume_24_h: formatSize(volume),
  low_24_h: formatCents(low),
  high_24_h: formatCents(high),
  low_52_w: formatCents(Math.floor(first / 2)),
  high_52_w: formatCents(first * 2),
  price_percent_chg_24_h: (((price - first) / first) * 100).toFixed(8),
  best_bid: formatCents(price - 1),
  best_bid_quantity: '0.5',
  best_ask: formatCents(price + 1),
  best_ask_quantity: '0.25',
})

const formatCents = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

const formatSize = (units: number): string =>
  `${Math.floor(units / 1e8)}.${String(units % 1e8).padStart(8, '0')}`.replace(/\.?0+$/, '')
