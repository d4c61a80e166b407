/**
 * Coinbase's market data, as its documentation has it.
 * @see https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
 */
export const COINBASE = {
  url: 'wss://advanced-trade-ws.coinbase.com',
  channels: ['ticker', 'level2', 'market_trades'],
  subscribe: { type: 'subscribe', channel: '{channel}', product_ids: '{products}', jwt: '{jwt}' },
  fields: { channel: 'channel', time: 'timestamp', sequence: 'sequence_num' },
} as const

/** What Coinbase calls a channel in its messages, where that isn't what one subscribes to. */
export const COINBASE_CHANNELS: Readonly<Record<string, string>> = { l2_data: 'level2' }
