import { Bool, type Data, DataType, type Field, makeData } from 'apache-arrow'
import { StocktakeError } from '../errors.js'

/**
 * A value of an Arrow column: bigint or number for what is stored as a whole number (a timestamp in its unit, a date in
 * days, a decimal without its point), an array for a list, and for a struct its fields' values in order.
 */
export type ArrowValue = null | boolean | number | bigint | string | Uint8Array | readonly ArrowValue[]

/** A value that its column's type can't hold. */
export class ArrowValueError extends StocktakeError {}

/** The values as a column of a record batch. @throws {ArrowValueError} for one that the type doesn't hold exactly */
export function arrowData(type: DataType, values: readonly ArrowValue[]): Data {
  const common = { type, length: values.length, ...validityOf(values) }
  if (DataType.isUtf8(type))
    return makeData({ ...common, type, ...joinBytes(values.map(value => encode(value, type))) })
  if (DataType.isBinary(type)) return makeData({ ...common, type, ...joinBytes(values.map(toBytes)) })
  if (DataType.isBool(type)) return makeData({ ...common, type, data: bitmapOf(values, value => value === true) })
  if (DataType.isDecimal(type)) return makeData({ ...common, type, data: decimalWords(values, type.precision) })
  if (DataType.isStruct(type))
    return makeData({ ...common, type, children: type.children.map((field, i) => fieldData(field, i, values)) })
  if (DataType.isList(type) || DataType.isMap(type)) {
    const lists = values.map(value => (Array.isArray(value) ? (value as readonly ArrowValue[]) : []))
    const valueOffsets = offsetsOf(lists)
    const child = arrowData(type.children[0]?.type ?? new Bool(), lists.flat())
    return makeData({ ...common, type: type as never, valueOffsets, child } as never)
  }
  return makeData({ ...common, type: type as never, data: numbers(type, values) } as never)
}

function fieldData({ type }: Field, i: number, structs: readonly ArrowValue[]): Data {
  return arrowData(
    type,
    structs.map(struct => (Array.isArray(struct) ? (struct[i] ?? null) : null)),
  )
}

function validityOf(values: readonly ArrowValue[]): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullCount = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0)
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmapOf(values, value => value !== null) }
}

function bitmapOf(values: readonly ArrowValue[], isSet: (value: ArrowValue) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8))
  values.forEach((value, i) => {
    if (isSet(value)) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7))
  })
  return bits
}

function encode(value: ArrowValue, type: DataType): Uint8Array {
  if (value === null) return NO_BYTES
  if (typeof value !== 'string') throw notHeld(value, type)
  return Buffer.from(value, 'utf8')
}

const NO_BYTES = new Uint8Array(0)

const toBytes = (value: ArrowValue): Uint8Array => (value instanceof Uint8Array ? value : NO_BYTES)

function joinBytes(parts: readonly Uint8Array[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = offsetsOf(parts)
  return { valueOffsets, data: Buffer.concat(parts) }
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1)
  let end = 0
  parts.forEach((part, i) => {
    end += part.length
    offsets[i + 1] = end
  })
  if (end > MAX_OFFSET)
    throw new ArrowValueError({ subject: 'arrow', expected: 'less than 2 GB in a column of 2048 rows' })
  return offsets
}

const MAX_OFFSET = 2 ** 31 - 1

/** 128 bits each, as the four words of Arrow's implementation, the lowest first. */
function decimalWords(values: readonly ArrowValue[], precision: number): Uint32Array {
  const words = new Uint32Array(values.length * 4)
  const limit = 10n ** BigInt(precision)
  values.forEach((value, i) => {
    if (value === null) return
    if (typeof value !== 'bigint' || value >= limit || value <= -limit)
      throw new ArrowValueError({
        subject: 'arrow',
        expected: `at most ${precision} digits`,
        got: String(value),
        fix: 'cast that column to varchar',
      })
    for (let word = 0; word < 4; word++) words[i * 4 + word] = Number(BigInt.asUintN(32, value >> BigInt(32 * word)))
  })
  return words
}

/** One number each, in the array that the type stores; NULL as zero. */
function numbers(type: DataType, values: readonly ArrowValue[]): unknown {
  const ArrayType = type.ArrayType as NumberArrayConstructor
  const array = new ArrayType(values.length)
  const isBig = array instanceof BigInt64Array || array instanceof BigUint64Array
  const isWhole = !DataType.isFloat(type)
  values.forEach((value, i) => {
    if (value === null) return
    if (typeof value !== 'number' && typeof value !== 'bigint') throw notHeld(value, type)
    if (isBig ? !Number.isInteger(value) && typeof value === 'number' : !isExact(value)) throw notHeld(value, type)
    const stored = isBig ? BigInt(value) : Number(value)
    array[i] = stored as never
    if (isWhole && array[i] !== stored) throw notHeld(value, type) // it was cut to the width of the type
  })
  return array
}

/** Whether a number is the whole number that it is made of. */
const isExact = (value: number | bigint): boolean => typeof value === 'number' || BigInt(Number(value)) === value

type NumberArrayConstructor = new (length: number) => Int32Array | Float64Array | BigInt64Array | BigUint64Array

const notHeld = (value: ArrowValue, type: DataType): ArrowValueError =>
  new ArrowValueError({
    subject: 'arrow',
    expected: `a value of the type ${type}`,
    got: String(value).slice(0, 80),
    fix: 'cast that column to varchar, or write --format jsonl',
  })
