import type { Stream } from '../config/stream.js'

/** Coinbase closes channels that are silent for a minute, unless one is subscribed to this; and it counts its messages. */
const HEARTBEATS = 'heartbeats'

/**
 * What is sent to subscribe, in order: a message for each channel, or one where none names its channel.
 *
 * `{channel}`, `{products}` and `{jwt}` stand for those where they are a value of their own; where there is no key to make
 * a token with, or no products, their field is left out.
 * @param makeToken makes a new token for each message
 */
export function subscribeMessages(
  { source, channels, products, subscribe }: Pick<Stream, 'source' | 'channels' | 'products' | 'subscribe'>,
  makeToken: (() => string) | undefined,
): string[] {
  if (!subscribe) return []
  const wanted = source === 'coinbase' ? [HEARTBEATS, ...channels.filter(channel => channel !== HEARTBEATS)] : channels
  const names = JSON.stringify(subscribe).includes('"{channel}"') ? wanted : wanted.slice(0, 1)
  return names.map(channel => {
    const values = {
      '{channel}': channel,
      '{products}': products.length > 0 && channel !== HEARTBEATS ? products : undefined,
      '{jwt}': makeToken?.(),
    }
    return JSON.stringify(fill(subscribe, values))
  })
}

type Values = Readonly<Record<string, unknown>>

function fill(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return Object.hasOwn(values, value) ? values[value] : value
  if (Array.isArray(value)) return value.map(item => fill(item, values)).filter(item => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part, values)]))
}
