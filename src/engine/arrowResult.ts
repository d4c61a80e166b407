import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import * as arrow from 'apache-arrow'
import { type ArrowValue, ArrowValueError } from '../output/arrowColumn.js'
import type { ArrowTable } from '../output/arrowStream.js'
import type { DuckDB } from './duckdb.js'
import type { Params } from './engine.js'

/**
 * Runs a query whose rows are read as an Arrow table, exactly: whole numbers of 64 bits as they are, of 128 bits as
 * decimals of 38 digits, decimals as decimals, times to the microsecond. What Arrow has no type for is DuckDB's text.
 * @throws {QueryError}
 * @throws {ArrowValueError} while it is read: for a whole number of more than 38 digits, or an infinite time
 */
export async function queryArrow(engine: DuckDB, sql: string, params?: Params): Promise<ArrowTable> {
  const { columns, chunks } = await engine.queryChunks(sql, params)
  async function* batches() {
    let batch: ArrowValue[][] = columns.map(() => [])
    for await (const chunk of chunks) {
      columns.forEach(({ type }, i) => {
        for (const value of chunk.getColumnValues(i)) batch[i]?.push(arrowValue(value, type))
      })
      if ((batch[0]?.length ?? 0) < BATCH_ROWS) continue
      yield batch
      batch = columns.map(() => [])
    }
    yield batch
  }
  return { fields: columns.map(({ name, type }) => ({ name, type: arrowType(type) })), batches: batches() }
}

/** Readers are slow with many small batches, and large ones take memory; a chunk of DuckDB's has 2048 rows. */
const BATCH_ROWS = 4096

/** The Arrow type that holds every value of DuckDB's type but those that {@link queryArrow} refuses. */
export function arrowType(type: DuckDBType): arrow.DataType {
  if (type instanceof DuckDBDecimalType) return new arrow.Decimal(type.scale, type.width, 128)
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType)
    return new arrow.List(nullable('item', type.valueType))
  if (type instanceof DuckDBStructType)
    return new arrow.Struct(type.entryNames.map((name, i) => nullable(name, type.entryTypes[i] ?? type)))
  if (type instanceof DuckDBMapType) {
    const key = new arrow.Field('key', arrowType(type.keyType), false)
    const entries = new arrow.Struct([key, nullable('value', type.valueType)])
    return new arrow.Map_(new arrow.Field('entries', entries, false) as never)
  }
  return SIMPLE_TYPES[type.typeId]?.() ?? new arrow.Utf8()
}

const nullable = (name: string, type: DuckDBType): arrow.Field => new arrow.Field(name, arrowType(type), true)

const HUGE = () => new arrow.Decimal(0, 38, 128)

const SIMPLE_TYPES: Readonly<Partial<Record<DuckDBTypeId, () => arrow.DataType>>> = {
  [DuckDBTypeId.BOOLEAN]: () => new arrow.Bool(),
  [DuckDBTypeId.TINYINT]: () => new arrow.Int8(),
  [DuckDBTypeId.SMALLINT]: () => new arrow.Int16(),
  [DuckDBTypeId.INTEGER]: () => new arrow.Int32(),
  [DuckDBTypeId.BIGINT]: () => new arrow.Int64(),
  [DuckDBTypeId.UTINYINT]: () => new arrow.Uint8(),
  [DuckDBTypeId.USMALLINT]: () => new arrow.Uint16(),
  [DuckDBTypeId.UINTEGER]: () => new arrow.Uint32(),
  [DuckDBTypeId.UBIGINT]: () => new arrow.Uint64(),
  [DuckDBTypeId.HUGEINT]: HUGE,
  [DuckDBTypeId.UHUGEINT]: HUGE,
  [DuckDBTypeId.FLOAT]: () => new arrow.Float32(),
  [DuckDBTypeId.DOUBLE]: () => new arrow.Float64(),
  [DuckDBTypeId.BLOB]: () => new arrow.Binary(),
  [DuckDBTypeId.DATE]: () => new arrow.DateDay(),
  [DuckDBTypeId.TIME]: () => new arrow.TimeMicrosecond(),
  [DuckDBTypeId.TIMESTAMP]: () => new arrow.TimestampMicrosecond(),
  [DuckDBTypeId.TIMESTAMP_S]: () => new arrow.TimestampSecond(),
  [DuckDBTypeId.TIMESTAMP_MS]: () => new arrow.TimestampMillisecond(),
  [DuckDBTypeId.TIMESTAMP_NS]: () => new arrow.TimestampNanosecond(),
  [DuckDBTypeId.TIMESTAMP_TZ]: () => new arrow.TimestampMicrosecond('UTC'),
}

function arrowValue(value: DuckDBValue, type: DuckDBType): ArrowValue {
  if (value === null) return null
  if (value instanceof DuckDBDecimalValue) return value.value
  if (value instanceof DuckDBBlobValue) return value.bytes
  if (value instanceof DuckDBTimeValue) return value.micros
  const moment = momentOf(value)
  if (moment !== undefined) return moment
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType)
    if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
      return value.items.map(item => arrowValue(item, type.valueType))
  if (type instanceof DuckDBStructType && value instanceof DuckDBStructValue)
    return type.entryNames.map((name, i) => arrowValue(value.entries[name] ?? null, type.entryTypes[i] ?? type))
  if (type instanceof DuckDBMapType && value instanceof DuckDBMapValue)
    return value.entries.map(({ key, value }) => [arrowValue(key, type.keyType), arrowValue(value, type.valueType)])
  if (SIMPLE_TYPES[type.typeId] === undefined) return String(value)
  return value as ArrowValue
}

/** A date in days, or a timestamp in its unit. */
function momentOf(value: DuckDBValue): number | bigint | undefined {
  if (value instanceof DuckDBTimestampSecondsValue) return finite(value, value.seconds)
  if (value instanceof DuckDBTimestampMillisecondsValue) return finite(value, value.millis)
  if (value instanceof DuckDBTimestampNanosecondsValue) return finite(value, value.nanos)
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return finite(value, value.micros)
  return value instanceof DuckDBDateValue ? finite(value, value.days) : undefined
}

function finite<T extends number | bigint>(value: { readonly isFinite: boolean }, stored: T): T {
  if (value.isFinite) return stored
  throw new ArrowValueError({
    subject: 'arrow',
    expected: 'a date or time',
    got: stored < 0 ? '-infinity' : 'infinity',
    fix: 'cast that column to varchar',
  })
}
