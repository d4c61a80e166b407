import { damaged } from './orcError.js'

/**
 * One field of a Protocol Buffers message: a varint or fixed number as `number`, anything with a length as `bytes`.
 * https://protobuf.dev/programming-guides/encoding/
 */
export interface ProtobufField {
  readonly id: number
  readonly number?: number
  readonly bytes?: Uint8Array
}

/**
 * The fields of a message, in the order they are written; unknown ones too.
 * @param place what the message is, for errors
 * @throws {OrcError} if the bytes are no message
 */
export function* parseFields(bytes: Uint8Array, place: string): Generator<ProtobufField> {
  const cursor = { bytes, at: 0, place }
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor)
    const id = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        yield { id, number: readVarint(cursor) }
        break
      case 1:
        skip(cursor, 8) // fixed64: none that we read
        yield { id }
        break
      case 2:
        yield { id, bytes: skip(cursor, readVarint(cursor)) }
        break
      case 5:
        skip(cursor, 4) // fixed32: none that we read
        yield { id }
        break
      default:
        throw damaged(place, 'a field with wire type 0, 1, 2 or 5', `${tag % 8}`)
    }
  }
}

/** An unsigned number. @throws {OrcError} if the field is of another type, or past 2^53 */
export function asNumber(field: ProtobufField, place: string): number {
  if (field.number === undefined) throw damaged(place, `a number in field ${field.id}`, 'another type')
  if (!Number.isSafeInteger(field.number)) throw damaged(place, `a number below 2^53 in field ${field.id}`, 'more')
  return field.number
}

/** Bytes, or a message within the message. @throws {OrcError} if the field is of another type */
export function asBytes(field: ProtobufField, place: string): Uint8Array {
  if (field.bytes === undefined) throw damaged(place, `bytes in field ${field.id}`, 'a number')
  return field.bytes
}

/** Text. @throws {OrcError} if the field is of another type, or no UTF-8 */
export function asText(field: ProtobufField, place: string): string {
  const bytes = asBytes(field, place)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw damaged(place, `UTF-8 text in field ${field.id}`, 'other bytes')
  }
}

/** The numbers of one occurrence of a repeated field: several when packed, else one. @throws {OrcError} */
export function asNumbers(field: ProtobufField, place: string): number[] {
  if (field.bytes === undefined) return [asNumber(field, place)]
  const cursor = { bytes: field.bytes, at: 0, place }
  const numbers: number[] = []
  while (cursor.at < field.bytes.length) numbers.push(asNumber({ id: field.id, number: readVarint(cursor) }, place))
  return numbers
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  readonly place: string
}

/** Unsigned; inexact past 2^53, which only fields that we skip may be. */
function readVarint(cursor: Cursor): number {
  let value = 0
  for (let power = 0; power < 70; power += 7) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined) throw damaged(cursor.place, 'the rest of a number', 'the end of the message')
    value += (byte & 0x7f) * 2 ** power
    if (byte < 0x80) return value
  }
  throw damaged(cursor.place, 'a number of at most 10 bytes', 'more bytes')
}

function skip(cursor: Cursor, count: number): Uint8Array {
  const left = cursor.bytes.length - cursor.at
  if (count > left) throw damaged(cursor.place, `a field of at most ${left} bytes`, `a length of ${count}`)
  cursor.at += count
  return cursor.bytes.subarray(cursor.at - count, cursor.at)
}
