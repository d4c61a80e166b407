import {
  Binary,
  Bool,
  DataType,
  DateDay,
  Decimal,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  TimestampMicrosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import { type ArrowValue, ArrowValueError } from './arrowColumn.js'
import type { ArrowTable } from './arrowStream.js'
import { type Column, cellValue, dataText } from './cells.js'

/** Rows of a batch; by those of the first the types are chosen that nothing else tells. */
const BATCH_ROWS = 1024

/**
 * Rows as an Arrow table. A column's type is the one that SQL gives it, else the one that its name has in the lake's views,
 * else by the values of the first batch: whole numbers as int64, other numbers as float64, times as timestamps
 * (microseconds, UTC without a zone), what is nested as JSON.
 * @throws {ArrowValueError} while it is read, for a value that the first batch didn't let expect
 */
export async function arrowTable<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): Promise<ArrowTable> {
  const batches = batchesOf(rows, columns)
  const first = await batches.next()
  const values = first.done ? columns.map(() => []) : first.value
  const fields = columns.map((column, i) => ({ name: column.name, type: typeOf(column, values[i] ?? []) }))
  let held: typeof first | undefined = first
  async function next(): Promise<IteratorResult<ArrowValue[][], undefined>> {
    const batch = held ?? (await batches.next())
    held = undefined
    if (batch.done) return { done: true, value: undefined }
    return {
      value: batch.value.map((values, i) => values.map(value => toArrow(value, fields[i]?.type, columns[i]?.name))),
    }
  }
  async function end(): Promise<IteratorResult<ArrowValue[][], undefined>> {
    await batches.return() // the rows' own end, too, when nobody reads on
    return { done: true, value: undefined }
  }
  return { fields, batches: { [Symbol.asyncIterator]: () => ({ next, return: end }) } }
}

/** The values of each column, batch by batch. */
async function* batchesOf<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): AsyncGenerator<unknown[][], void> {
  let batch: unknown[][] = columns.map(() => [])
  let count = 0
  for await (const row of rows) {
    columns.forEach((column, i) => {
      batch[i]?.push(cellValue(row, column))
    })
    if (++count < BATCH_ROWS) continue
    yield batch
    batch = columns.map(() => [])
    count = 0
  }
  if (count > 0) yield batch
}

function typeOf<Row extends object>(column: Column<Row>, values: readonly unknown[]): DataType {
  if (column.type !== undefined) return typeBySql(column.type)
  const expected = typeByKind(column) ?? typeByName(column.name)
  return expected && values.every(value => fits(value, expected)) ? expected : typeByValues(values)
}

/** SQL's type; what is nested, and what rows have as text anyway, is text. */
function typeBySql(type: string): DataType {
  const [, precision, scale] = /^DECIMAL\((\d+), ?(\d+)\)$/.exec(type) ?? []
  if (precision !== undefined) return new Decimal(Number(scale), Number(precision), 128)
  if (type.startsWith('TIMESTAMP')) return new TimestampMicrosecond(type.endsWith('TIME ZONE') ? 'UTC' : undefined)
  return SQL_TYPES[type]?.() ?? new Utf8()
}

const HUGE = () => new Decimal(0, 38, 128)

const SQL_TYPES: Readonly<Record<string, () => DataType>> = {
  BOOLEAN: () => new Bool(),
  TINYINT: () => new Int8(),
  SMALLINT: () => new Int16(),
  INTEGER: () => new Int32(),
  BIGINT: () => new Int64(),
  HUGEINT: HUGE,
  UTINYINT: () => new Uint8(),
  USMALLINT: () => new Uint16(),
  UINTEGER: () => new Uint32(),
  UBIGINT: () => new Uint64(),
  UHUGEINT: HUGE,
  FLOAT: () => new Float32(),
  DOUBLE: () => new Float64(),
  BLOB: () => new Binary(),
  DATE: () => new DateDay(),
}

function typeByKind<Row extends object>({ kind }: Column<Row>): DataType | undefined {
  if (kind === 'share' || kind === 'usd') return new Float64()
  if (kind === 'time') return new TimestampMicrosecond()
  return kind === 'bytes' || kind === 'count' || kind === 'duration' ? new Int64() : undefined
}

/** What a column of such a name holds in the lake's views; `undefined` for texts, and for names that say nothing. */
export function typeByName(name: string): DataType | undefined {
  if (name === 'dt') return new DateDay()
  const [, make] = BY_NAME.find(([pattern]) => pattern.test(name)) ?? []
  return make?.()
}

const BY_NAME: readonly (readonly [name: RegExp, make: () => DataType])[] = [
  [/^is_/, () => new Bool()],
  [/_(usd|rate|share)$/, () => new Float64()],
  [/^last_modified|_(at|date)$/, () => new TimestampMicrosecond()],
  [/(^|_)(size|bytes|count|requests|depth|fingerprint)$|^(size|bytes)_|_change$|_ms$/, () => new Int64()],
]

function fits(value: unknown, type: DataType): boolean {
  if (value === null || value === undefined) return true
  if (DataType.isInt(type)) return typeof value === 'bigint' || Number.isSafeInteger(value)
  if (DataType.isFloat(type)) return isNumeric(value)
  if (DataType.isTimestamp(type)) return value instanceof Date
  return DataType.isBool(type) ? typeof value === 'boolean' : typeof value === 'string' && DAY.test(value)
}

function typeByValues(values: readonly unknown[]): DataType {
  const kinds = new Set(values.map(kindOf))
  kinds.delete('none')
  const [kind = 'text'] = kinds
  if (kinds.size <= 1 && kind !== 'none') return KIND_TYPES[kind]()
  return kinds.size === 2 && kinds.has('whole') && kinds.has('number') ? new Float64() : new Utf8()
}

type ValueKind = 'none' | 'text' | 'whole' | 'number' | 'boolean' | 'time' | 'bytes'

function kindOf(value: unknown): ValueKind {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'bigint') return 'whole'
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value as 'number' | 'boolean'
  return value instanceof Date ? 'time' : value instanceof Uint8Array ? 'bytes' : 'text'
}

const KIND_TYPES: Readonly<Record<Exclude<ValueKind, 'none'>, () => DataType>> = {
  text: () => new Utf8(),
  whole: () => new Int64(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  time: () => new TimestampMicrosecond(),
  bytes: () => new Binary(),
}

function toArrow(value: unknown, type: DataType | undefined, name: string | undefined): ArrowValue {
  if (value === null || value === undefined) return null
  if (DataType.isUtf8(type)) return dataText(value) ?? null
  if (value instanceof Date && DataType.isTimestamp(type))
    return Number.isNaN(value.getTime()) ? null : BigInt(value.getTime()) * 1000n
  if (isNumeric(value) && (DataType.isInt(type) || DataType.isFloat(type))) return value
  if (typeof value === 'boolean' && DataType.isBool(type)) return value
  if (value instanceof Uint8Array && DataType.isBinary(type)) return value
  const parsed = DataType.isDecimal(type) ? unscaled(value, type.scale) : DataType.isDate(type) ? daysOf(value) : null
  if (parsed !== null) return parsed
  throw new ArrowValueError({
    subject: `column ${name}`,
    expected: `a value of the type ${type}`,
    got: dataText(value)?.slice(0, 80) ?? 'none',
    fix: 'write --format jsonl',
  })
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

/** A decimal without its point; a double stands for one of at most 15 digits, which it tells exactly. */
function unscaled(value: unknown, scale: number): bigint | null {
  const text = typeof value === 'number' ? value.toFixed(scale) : String(value)
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === '' || part.length > scale) return null
  return BigInt(`${sign}${whole}${part.padEnd(scale, '0')}`)
}

const DAY = /^\d{4}-\d\d-\d\d$/

/** Days since 1970, of a date before the year 10000. */
function daysOf(value: unknown): number | null {
  const time = typeof value === 'string' && DAY.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) ? null : time / 86_400_000
}
