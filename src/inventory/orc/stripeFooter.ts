import type { OrcStripe } from './footer.js'
import { damaged } from './orcError.js'
import { asBytes, asNumber, asText, parseFields } from './protobuf.js'

/** The kinds of streams that hold values; the numbers are the specification's `Stream.Kind`. */
export const STREAM_KIND = { PRESENT: 0, DATA: 1, LENGTH: 2, DICTIONARY_DATA: 3, SECONDARY: 5 } as const

export type StreamKind = keyof typeof STREAM_KIND

/** The bytes of a stream in the file, [start, end). */
export interface StreamRange {
  readonly start: number
  readonly end: number
}

/** How a column is written in a stripe. */
export interface ColumnEncoding {
  readonly kind: 'DIRECT' | 'DICTIONARY' | 'DIRECT_V2' | 'DICTIONARY_V2'
  readonly dictionarySize: number
}

/** What a stripe's footer says. */
export interface StripeFooter {
  /** By column id, then kind; of value streams only. */
  readonly streams: ReadonlyMap<number, ReadonlyMap<number, StreamRange>>
  /** By column id. */
  readonly encodings: readonly ColumnEncoding[]
  /** Empty where the writer gave none. */
  readonly writerTimezone: string
}

/**
 * Reads a StripeFooter message (ORC v1, "Stripe Footer").
 * @throws {OrcError} if it is no such message, or its streams don't fill the stripe
 */
export function parseStripeFooter(
  bytes: Uint8Array,
  stripe: OrcStripe,
  typeCount: number,
  stripePlace: string,
): StripeFooter {
  const place = `${stripePlace}, footer`
  const streams = new Map<number, Map<number, StreamRange>>()
  const encodings: ColumnEncoding[] = []
  let writerTimezone = ''
  let start = stripe.offset
  const bodyEnd = stripe.offset + stripe.indexBytes + stripe.dataBytes
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) {
      const { kind, column, lengthBytes } = parseStream(asBytes(field, place), place)
      const end = start + lengthBytes
      if (column >= typeCount) throw damaged(place, `streams of columns below ${typeCount}`, `${column}`)
      if (end > bodyEnd) throw damaged(place, `streams that end at byte ${bodyEnd}`, `one that ends at ${end}`)
      if (VALUE_KINDS.has(kind)) addStream(streams, column, kind, { start, end }, place)
      start = end
    } else if (field.id === 2) {
      encodings.push(parseEncoding(asBytes(field, place), place))
      if (encodings.length > typeCount) throw damaged(place, `${typeCount} encodings`, 'more')
    } else if (field.id === 3) writerTimezone = asText(field, place)
  }
  if (start !== bodyEnd) throw damaged(place, `streams that fill the stripe to byte ${bodyEnd}`, `to ${start}`)
  if (encodings.length !== typeCount) throw damaged(place, `${typeCount} encodings`, `${encodings.length}`)
  return { streams, encodings, writerTimezone }
}

const VALUE_KINDS: ReadonlySet<number> = new Set(Object.values(STREAM_KIND))

const ENCODINGS = ['DIRECT', 'DICTIONARY', 'DIRECT_V2', 'DICTIONARY_V2'] as const

function parseStream(bytes: Uint8Array, place: string): { kind: number; column: number; lengthBytes: number } {
  let kind = 0
  let column = 0
  let lengthBytes = 0
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) kind = asNumber(field, place)
    else if (field.id === 2) column = asNumber(field, place)
    else if (field.id === 3) lengthBytes = asNumber(field, place)
  }
  return { kind, column, lengthBytes }
}

function addStream(
  streams: Map<number, Map<number, StreamRange>>,
  column: number,
  kind: number,
  range: StreamRange,
  place: string,
): void {
  const own = streams.get(column) ?? new Map<number, StreamRange>()
  if (own.has(kind)) throw damaged(place, `one stream of kind ${kind} for column ${column}`, 'two')
  streams.set(column, own.set(kind, range))
}

function parseEncoding(bytes: Uint8Array, place: string): ColumnEncoding {
  let kind = 0
  let dictionarySize = 0
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) kind = asNumber(field, place)
    else if (field.id === 2) dictionarySize = asNumber(field, place)
  }
  const name = ENCODINGS[kind]
  if (name === undefined) throw damaged(place, 'an encoding of 0 to 3', `${kind}`)
  return { kind: name, dictionarySize }
}
