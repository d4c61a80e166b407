import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomFrom } from '../src/demo/seededRandom.js'
import { formatMessageLine } from '../src/streams/recordLine.js'

const PRODUCTS = ['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'ADA', 'LTC', 'LINK', 'AVAX', 'DOT'].map(name => `${name}-USD`)
const BEGIN = Date.parse('2026-01-20T22:00:00Z')
const STEP_MS = 30

/**
 * Writes a segment of so many bytes: messages of the three channels in the shapes that the exchange documents, over ten
 * products and two days, always the same.
 * @returns how many messages
 */
export async function writeMarketSegment(path: string, bytes: number): Promise<number> {
  const numbers = randomFrom(20)
  const random = () => numbers() / 2 ** 32
  const out = createWriteStream(path)
  let [written, n] = [0, 0]
  while (written < bytes) {
    const at = new Date(BEGIN + n * STEP_MS)
    const line = formatMessageLine(
      { receivedAt: new Date(at.getTime() + 20), connection: 'c1', sequence: n },
      JSON.stringify(messageOf(n, at, random)),
    )
    written += Buffer.byteLength(line)
    n++
    if (!out.write(line)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return n
}

/** The hour that its records are of. */
export const SEGMENT = 'segment_20260120T22_00001.ndjson'

/** Lays out a lake in whose stream a segment waits to be made into tables. */
export async function layOutStream(folder: string, segment: string): Promise<void> {
  const ready = join(folder, 'lake/raw/ready/coinbase')
  await mkdir(ready, { recursive: true })
  await copyFile(segment, join(ready, SEGMENT))
  await writeFile(join(folder, 'stocktake.yaml'), 'lake: ./lake\nstreams: { coinbase: { source: coinbase } }\n')
}

function messageOf(n: number, at: Date, random: () => number): object {
  const product = PRODUCTS[Math.floor(random() * PRODUCTS.length)] ?? ''
  const time = at.toISOString()
  const number = (scale: number, digits: number): string => (random() * scale).toFixed(digits)
  const several = (most: number, make: () => object): object[] =>
    Array.from({ length: 1 + Math.floor(random() * most) }, make)
  const kind = random()
  const message = (channel: string, event: object): object => ({
    ...{ channel, client_id: '', timestamp: `${time.slice(0, -1)}456789Z`, sequence_num: n },
    events: [{ type: 'update', ...event }],
  })
  if (kind < 0.3) return message('ticker', { tickers: [tickerOf(product, number)] })
  if (kind < 0.7) {
    const update = () => ({
      ...{ side: random() < 0.5 ? 'bid' : 'offer', event_time: `${time.slice(0, -1)}123Z` },
      ...{ price_level: number(30_000, 2), new_quantity: number(2, 8) },
    })
    return message('l2_data', { product_id: product, updates: several(6, update) })
  }
  const trade = () => ({
    ...{ trade_id: String(600_000_000 + Math.floor(random() * 1e8)), product_id: product, price: number(30_000, 2) },
    ...{ size: number(2, 8), side: random() < 0.5 ? 'BUY' : 'SELL', time: `${time.slice(0, -1)}123Z` },
  })
  return message('market_trades', { trades: several(2, trade) })
}

const tickerOf = (product: string, number: (scale: number, digits: number) => string): object => ({
  ...{ type: 'ticker', product_id: product, price: number(30_000, 2), volume_24_h: number(20_000, 8) },
  ...{ low_24_h: number(30_000, 2), high_24_h: number(30_000, 2), low_52_w: '15460', high_52_w: '48240' },
  ...{ price_percent_chg_24_h: number(5, 14), best_bid: number(30_000, 2), best_bid_quantity: number(9, 8) },
  ...{ best_ask: number(30_000, 2), best_ask_quantity: number(9, 8) },
})
