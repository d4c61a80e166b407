import { isUtf8 } from 'node:buffer'
import { LosslessNumber, parse } from 'lossless-json'
import type { Stream } from '../config/stream.js'
import type { Sequence } from './recordLine.js'

/** What a source sent. */
export type ReadMessage =
  | {
      readonly kind: 'json'
      /** On one line. */
      readonly json: string
      readonly sequence: Sequence | null
      /** Of a message of an exchange that says no more than that it lives: how many of these it has sent. */
      readonly beat?: Sequence
      /** Of a message by which an exchange says that it won't: its words. */
      readonly refusal?: string
    }
  | { readonly kind: 'text'; readonly text: string }

/** What a stream's messages are; each is looked into once. */
export function messageReader({ source, fields }: Pick<Stream, 'source' | 'fields'>) {
  const sequencePath = fields.sequence?.split('.')
  const readExchange = source === 'coinbase' ? readCoinbase : undefined
  return (bytes: Buffer): ReadMessage => {
    if (!isUtf8(bytes)) return { kind: 'text', text: `base64:${bytes.toString('base64')}` }
    const text = bytes.toString()
    const value = parseOrNothing(text)
    if (value === undefined) return { kind: 'text', text }
    const sequence = sequencePath ? toSequence(valueAt(value, sequencePath), text, sequencePath) : null
    return { kind: 'json', json: toLine(text, bytes), sequence, ...readExchange?.(value, text) }
  }
}

/** @returns `undefined` for what is no JSON, which no JSON is */
function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Inside of JSON's strings there are no line ends: those that there are mean no more than a space. */
const toLine = (text: string, bytes: Buffer): string =>
  bytes.includes(LINE_FEED) || bytes.includes(CARRIAGE_RETURN) ? text.replace(/[\r\n]/g, ' ') : text

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d]

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}

/** A whole number from 0 that a table's column can hold; as text, too, as some sources write it. */
function toSequence(value: unknown, text: string, path: readonly string[]): Sequence | null {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value >= 0 ? value : null
    const exact = valueAt(parseExactly(text), path) // JavaScript's own number has lost its last digits
    return exact instanceof LosslessNumber ? parseSequence(exact.value) : null
  }
  return typeof value === 'string' ? parseSequence(value) : null
}

/** Of members of one name the last one, as `JSON.parse` does it; nothing of what is nested too deeply to be read so. */
function parseExactly(text: string): unknown {
  try {
    return parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue })
  } catch {
    return undefined
  }
}

function parseSequence(digits: string): Sequence | null {
  if (!/^\d{1,19}$/.test(digits)) return null
  const number = BigInt(digits)
  if (number > LARGEST_LONG) return null
  return number <= Number.MAX_SAFE_INTEGER ? Number(number) : number
}

const LARGEST_LONG = 2n ** 63n - 1n

/** Its counter is text in the documentation, and a number in what comes. */
function readCoinbase(
  value: unknown,
  text: string,
): { readonly beat?: Sequence; readonly refusal?: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { channel, type, message, events } = value as Readonly<Record<string, unknown>> & {
    readonly events?: unknown[]
  }
  if (type === 'error') return { refusal: typeof message === 'string' ? message : text }
  if (channel !== 'heartbeats' || !Array.isArray(events)) return undefined
  const counter = (events[0] as { readonly heartbeat_counter?: unknown } | undefined)?.heartbeat_counter
  const beat = parseSequence(String(counter))
  return beat === null ? undefined : { beat }
}
