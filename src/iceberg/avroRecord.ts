import type { AvroValue } from './avroDecoder.js'
import { TableFormatError } from './errors.js'

/** A decoded record whose fields are asked for by name and type; `subject` is its file, for the errors. */
export interface AvroRecord {
  readonly fields: Readonly<Record<string, AvroValue>>
  readonly subject: string
}

/** @throws {TableFormatError} */
export function asRecord(value: AvroValue | undefined, subject: string): AvroRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return { fields: value, subject }
  }
  throw new TableFormatError({ subject, expected: 'a record', got: typeof value })
}

/** The field's value, or `undefined` for null and for a field that the writer doesn't have. */
export function findValue(record: AvroRecord, name: string): Exclude<AvroValue, null> | undefined {
  return record.fields[name] ?? undefined
}

/** A count, length or id that isn't negative. @throws {TableFormatError} */
export function getCount(record: AvroRecord, name: string): number {
  const count = findCount(record, name)
  if (count === undefined) throw wrong(record, name, 'a number that is not negative', undefined)
  return count
}

export function findCount(record: AvroRecord, name: string): number | undefined {
  const value = findValue(record, name)
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value
  throw wrong(record, name, 'a number that is not negative', value)
}

/** A snapshot's id. @throws {TableFormatError} */
export function findId(record: AvroRecord, name: string): bigint | undefined {
  const value = findValue(record, name)
  if (value === undefined) return undefined
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return BigInt(value)
  throw wrong(record, name, 'a number', value)
}

/** @throws {TableFormatError} */
export function getText(record: AvroRecord, name: string): string {
  const value = findValue(record, name)
  if (typeof value === 'string') return value
  throw wrong(record, name, 'a text', value)
}

export function findBytes(record: AvroRecord, name: string): Uint8Array | undefined {
  const value = findValue(record, name)
  if (value === undefined || value instanceof Uint8Array) return value
  throw wrong(record, name, 'bytes', value)
}

export function findBoolean(record: AvroRecord, name: string): boolean | undefined {
  const value = findValue(record, name)
  if (value === undefined || typeof value === 'boolean') return value
  throw wrong(record, name, 'a boolean', value)
}

export function findList(record: AvroRecord, name: string): readonly AvroValue[] | undefined {
  const value = findValue(record, name)
  if (value === undefined || Array.isArray(value)) return value
  throw wrong(record, name, 'a list', value)
}

/** A map by field id, which is an array of pairs; none is empty. */
export function getColumnMap<T>(record: AvroRecord, name: string, value: (pair: AvroRecord) => T): Map<number, T> {
  const pairs = (findList(record, name) ?? []).map(pair => asRecord(pair, record.subject))
  return new Map(pairs.map(pair => [getCount(pair, 'key'), value(pair)]))
}

function wrong(record: AvroRecord, name: string, expected: string, got: AvroValue | undefined): TableFormatError {
  return new TableFormatError({ subject: `${record.subject}: ${name}`, expected, got: showAvroValue(got) })
}

/** A value for a message. */
export function showAvroValue(value: AvroValue | undefined): string {
  if (value === undefined) return 'none'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `a list of ${value.length}` : 'a record'
}
