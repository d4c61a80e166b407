import { ColumnValueError, TableFormatError } from './errors.js'
import { type PrimitiveType, parseDecimalType, parseFixedType } from './schema.js'

/**
 * A value of a primitive type. boolean: boolean; int, float, double: number; date: days since 1970 (number); long, time,
 * timestamp, timestamptz: bigint (microseconds since 1970 for the last three); decimal: the unscaled bigint; string,
 * uuid: string; binary, fixed: bytes.
 */
export type Value = string | number | bigint | boolean | Uint8Array

/** The bytes of a value (spec, Appendix D, "Binary single-value serialization"). @throws {ColumnValueError} */
export function encodeSingleValue(type: PrimitiveType, value: Value): Uint8Array {
  const bytes = encode(type, value)
  if (bytes === undefined) throw mismatch(type, value)
  return bytes
}

/**
 * The value of bytes. Four bytes under a long or double are read as the int or float that the column was before it was
 * promoted; old files keep such bounds. Undecodable UTF-8 gives replacement characters: compare bounds as bytes.
 * @throws {TableFormatError} for a length that the type can't have
 */
export function decodeSingleValue(type: PrimitiveType, bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const value = decode(type, bytes, view)
  if (value !== undefined) return value
  throw new TableFormatError({ subject: `value of type ${type}`, got: `${bytes.length} bytes` })
}

/** Whether a value has the JavaScript type, and for numbers the range, that `Value` says for its column's type. */
export function isValueOf(type: PrimitiveType, value: Value): boolean {
  return encode(type, value) !== undefined
}

/** The shortest big-endian two's complement of an integer. */
export function encodeBigEndian(value: bigint): Uint8Array {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0')
  return Buffer.from(hex, 'hex')
}

function encode(type: PrimitiveType, value: Value): Uint8Array | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? Uint8Array.of(value ? 1 : 0) : undefined
    case 'int':
    case 'date':
      return typeof value === 'number' && (value | 0) === value
        ? write(4, view => view.setInt32(0, value, true))
        : undefined
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
        ? write(8, view => view.setBigInt64(0, value, true))
        : undefined
    case 'float':
      return typeof value === 'number' ? write(4, view => view.setFloat32(0, value, true)) : undefined
    case 'double':
      return typeof value === 'number' ? write(8, view => view.setFloat64(0, value, true)) : undefined
    case 'string':
      return typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined
    case 'uuid':
      return typeof value === 'string' && UUID.test(value) ? Buffer.from(value.replaceAll('-', ''), 'hex') : undefined
    case 'binary':
      return value instanceof Uint8Array ? value : undefined
    default:
      return encodeParametric(type, value)
  }
}

function encodeParametric(type: PrimitiveType, value: Value): Uint8Array | undefined {
  const decimal = parseDecimalType(type)
  if (decimal) {
    const fits =
      typeof value === 'bigint' &&
      value > -(10n ** BigInt(decimal.precision)) &&
      value < 10n ** BigInt(decimal.precision)
    return fits ? encodeBigEndian(value) : undefined
  }
  return value instanceof Uint8Array && value.length === parseFixedType(type) ? value : undefined
}

function decode(type: PrimitiveType, bytes: Uint8Array, view: DataView): Value | undefined {
  const length = bytes.length
  switch (type) {
    case 'boolean':
      return length === 1 ? bytes[0] !== 0 : undefined
    case 'int':
    case 'date':
      return length === 4 ? view.getInt32(0, true) : undefined
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return length === 8
        ? view.getBigInt64(0, true)
        : length === 4 && type === 'long'
          ? BigInt(view.getInt32(0, true))
          : undefined
    case 'float':
      return length === 4 ? view.getFloat32(0, true) : undefined
    case 'double':
      return length === 8 ? view.getFloat64(0, true) : length === 4 ? view.getFloat32(0, true) : undefined
    case 'string':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    case 'uuid':
      return length === 16 ? formatUuid(bytes) : undefined
    case 'binary':
      return bytes
    default:
      if (parseDecimalType(type)) return length > 0 ? decodeBigEndian(bytes) : undefined
      return length === parseFixedType(type) ? bytes : undefined
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function formatUuid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Minimal or padded: both are in use. */
function decodeBigEndian(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

function write(length: number, set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length)
  set(new DataView(bytes.buffer))
  return bytes
}

const mismatch = (type: PrimitiveType, value: Value): ColumnValueError =>
  new ColumnValueError({ subject: `value of type ${type}`, expected: `a value of ${type}`, got: String(value) })
