import type { Market, MarketStep } from './market.js'

/** What an exchange says on one connection: messages in the shapes of Coinbase's Advanced Trade. */
export interface ExchangeSession {
  /** Answers what the client sent. */
  receive(text: string): readonly string[]
  /** What the client has subscribed to of what happened. */
  tell(step: MarketStep): readonly string[]
  /** Once a second; nothing for who doesn't want it. */
  beat(): readonly string[]
  readonly isSubscribed: boolean
}

const CHANNELS = ['heartbeats', 'ticker', 'level2', 'market_trades'] as const
type Channel = (typeof CHANNELS)[number]

/** What the messages of a channel call it, where that is another name. */
const TOLD_AS: Partial<Record<Channel, string>> = { level2: 'l2_data' }

/** Begins a connection; its messages are numbered from 0. */
export function exchangeSession(market: Market): ExchangeSession {
  const subscribed = new Map<Channel, Set<string>>()
  let sequence = 0
  let beats = 0
  const message = (channel: string, events: readonly unknown[]): string =>
    JSON.stringify({ channel, client_id: '', timestamp: market.time(), sequence_num: sequence++, events })
  const wants = (channel: Channel, product: string): boolean => subscribed.get(channel)?.has(product) ?? false
  const snapshot = (channel: Channel, product: string): string[] => {
    if (channel === 'market_trades')
      return [message(channel, [{ type: 'snapshot', trades: market.lastTrades(product) }])]
    if (channel === 'level2')
      return [message('l2_data', [{ type: 'snapshot', product_id: product, updates: market.levels(product) }])]
    const ticker = channel === 'ticker' ? market.ticker(product) : undefined
    return ticker ? [message(channel, [{ type: 'snapshot', tickers: [ticker] }])] : []
  }
  const subscribe = (channel: Channel, products: readonly string[]): string[] => {
    const own = subscribed.get(channel) ?? new Set()
    const added = products.filter(product => !own.has(product))
    subscribed.set(channel, new Set([...own, ...products]))
    const all = Object.fromEntries([...subscribed].map(([name, products]) => [name, [...products]]))
    return [...added.flatMap(product => snapshot(channel, product)), message('subscriptions', [{ subscriptions: all }])]
  }
  return {
    get isSubscribed() {
      return subscribed.size > 0
    },
    receive(text) {
      const wanted = parseSubscribe(text)
      if (typeof wanted === 'string') return [JSON.stringify({ type: 'error', message: wanted })]
      const unknown = wanted.products.find(product => !market.products.includes(product))
      if (unknown !== undefined) return [JSON.stringify({ type: 'error', message: `${unknown} is not a product` })]
      return subscribe(wanted.channel, wanted.products.length > 0 ? wanted.products : market.products)
    },
    tell({ trade, levels, ticker }) {
      const product = trade.product_id
      const events: Readonly<Partial<Record<Channel, unknown>>> = {
        level2: { type: 'update', product_id: product, updates: levels },
        market_trades: { type: 'update', trades: [trade] },
        ticker: { type: 'update', tickers: [ticker] },
      }
      return CHANNELS.flatMap(channel =>
        channel in events && wants(channel, product) ? [message(TOLD_AS[channel] ?? channel, [events[channel]])] : [],
      )
    },
    beat: () =>
      subscribed.has('heartbeats')
        ? [message('heartbeats', [{ current_time: market.time(), heartbeat_counter: ++beats }])]
        : [],
  }
}

interface Subscribe {
  readonly channel: Channel
  readonly products: readonly string[]
}

/** @returns what is wanted; or, as text, why that can't be */
function parseSubscribe(text: string): Subscribe | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'expected JSON'
  }
  const { type, channel, product_ids: products = [] } = { ...(value as Record<string, unknown>) }
  if (type !== 'subscribe') return 'type must be subscribe'
  const found = CHANNELS.find(name => name === channel)
  if (!found) return `channel must be one of ${CHANNELS.join(', ')}`
  if (!Array.isArray(products)) return 'product_ids must be a list'
  return { channel: found, products: products.map(String) }
}
