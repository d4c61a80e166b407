import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Value } from './engine.js'

/** A value of DuckDB's client as Stocktake's: see `Value`. What has no nearer form is DuckDB's own text. */
export function fromDuckDB(value: DuckDBValue): Value {
  if (value === null || typeof value !== 'object') return value as Value
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return dateFromMicros(value.micros, value)
  if (value instanceof DuckDBTimestampMillisecondsValue) return dateFromMicros(value.millis * 1000n, value)
  if (value instanceof DuckDBTimestampSecondsValue) return dateFromMicros(value.seconds * 1_000_000n, value)
  if (value instanceof DuckDBTimestampNanosecondsValue) return dateFromMicros(value.nanos / 1000n, value)
  if (value instanceof DuckDBDecimalValue) return value.width <= 15 ? value.toDouble() : value.toString()
  if (value instanceof DuckDBBlobValue) return value.bytes
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(fromDuckDB)
  if (value instanceof DuckDBStructValue) return mapEntries(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue)
    return mapEntries(value.entries.map(({ key, value }) => [String(key), value] as const))
  return String(value)
}

const mapEntries = (entries: readonly (readonly [string, DuckDBValue])[]): Value =>
  Object.fromEntries(entries.map(([name, value]) => [name, fromDuckDB(value)]))

/** `infinity`, and years that a Date can't hold, stay text. */
function dateFromMicros(micros: bigint, value: { toString(): string }): Value {
  const date = new Date(Number(micros / 1000n - (micros % 1000n < 0n ? 1n : 0n)))
  return Number.isNaN(date.getTime()) ? value.toString() : date
}
