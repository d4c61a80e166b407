import { UnsupportedTableError } from '../iceberg/errors.js'
import { type PrimitiveType, parseDecimalType } from '../iceberg/schema.js'
import { formatTransform, type Transform } from '../iceberg/transform.js'
import type { Engine } from './engine.js'
import { duckdbType } from './tableScan.js'

/**
 * DuckDB's SQL for a value as a partition transform makes it (spec, "Partition Transforms"), of the type that
 * `transformedType` says. NULL stays NULL.
 * @param column SQL of the source value, of its own type
 * @throws {UnsupportedTableError} for a transform that isn't known, or not for values of the type
 */
export function transformSql(transform: Transform, type: PrimitiveType, column: string): string {
  const sql = transformOf(transform, type, column)
  if (sql !== undefined) return sql
  throw new UnsupportedTableError({
    subject: `a partition by ${formatTransform(transform)}`,
    expected: 'a transform of Iceberg format version 2 on a type that it is for',
    got: `values of type ${type}`,
  })
}

/** Makes the engine know what {@link transformSql} calls; can be done again. */
export async function useTransforms(engine: Engine): Promise<void> {
  await engine.run(MACROS)
}

function transformOf(transform: Transform, type: PrimitiveType, column: string): string | undefined {
  switch (transform.kind) {
    case 'identity':
      return column
    case 'void':
      return `cast(null as ${duckdbType(type)})`
    case 'year':
      return HAS_DATE.has(type) ? `cast(year(${column}) - 1970 as integer)` : undefined
    case 'month':
      return HAS_DATE.has(type) ? `cast((year(${column}) - 1970) * 12 + month(${column}) - 1 as integer)` : undefined
    case 'day':
      return HAS_DATE.has(type) ? `cast(${column} as date)` : undefined
    case 'hour':
      return HAS_DATE.has(type) && type !== 'date' ? `iceberg.hours(epoch_us(${column}))` : undefined
    case 'truncate':
      return truncateSql(transform.width, type, column)
    case 'bucket': {
      const hash = hashSql(type, column)
      return hash && `cast((${hash} & 2147483647) % ${transform.count} as integer)`
    }
    case 'unknown':
      return undefined
  }
}

const HAS_DATE: ReadonlySet<PrimitiveType> = new Set(['date', 'timestamp', 'timestamptz'])

function truncateSql(width: number, type: PrimitiveType, column: string): string | undefined {
  if (type === 'string') return `left(${column}, ${width})` // counts code points, as the spec wants
  if (type === 'binary') return `array_slice(${column}, 1, ${width})`
  if (type === 'int' || type === 'long')
    return `cast(${column}::hugeint - iceberg.modulo(${column}::hugeint, ${width}) as ${duckdbType(type)})`
  const decimal = parseDecimalType(type)
  if (!decimal) return undefined
  const unit = decimal.scale === 0 ? '1' : `0.${'1'.padStart(decimal.scale, '0')}`
  const rest = `cast(iceberg.modulo(iceberg.unscaled(${column}), ${width}) as bigint)`
  return `cast(${column} - ${rest} * ${unit} as ${duckdbType(type)})`
}

/** The spec's Appendix B: what is hashed of each type. */
function hashSql(type: PrimitiveType, column: string): string | undefined {
  switch (type) {
    case 'int':
    case 'long':
      return `iceberg.hash_long(${column})`
    case 'date':
      return `iceberg.hash_long(${column} - date '1970-01-01')`
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return `iceberg.hash_long(epoch_us(${column}))`
    case 'string':
      return `iceberg.hash_bytes(encode(${column}))`
    case 'uuid':
      return `iceberg.hash_bytes(unhex(replace(cast(${column} as varchar), '-', '')))`
    case 'binary':
      return `iceberg.hash_bytes(${column})`
    default:
      if (parseDecimalType(type)) return `iceberg.hash_bytes(iceberg.shortest_bytes(iceberg.unscaled(${column})))`
      return type.startsWith('fixed') ? `iceberg.hash_bytes(${column})` : undefined
  }
}

/**
 * murmur3_x86_32 with seed 0, in whole numbers of 64 bits that are cut to 32. A lambda over a list of one names a value
 * that is used twice: a macro would put its text in twice, at each step again.
 */
const MACROS = `
create schema if not exists iceberg;
create or replace macro iceberg.modulo(x, width) as ((x % width) + width) % width;
create or replace macro iceberg.hours(micros) as
  cast((micros - iceberg.modulo(micros::hugeint, 3600000000)) // 3600000000 as integer);
create or replace macro iceberg.unscaled(x) as cast(replace(cast(x as varchar), '.', '') as hugeint);
create or replace macro iceberg.significant(x) as case when x < 0 then -(x + 1) else x end;
create or replace macro iceberg.byte_count(x) as
  case when x = 0 or x = -1 then 1 else length(bin(iceberg.significant(x))) // 8 + 1 end;
create or replace macro iceberg.shortest_bytes(x) as
  array_slice(unhex(lpad(hex(x::hugeint), 32, case when x < 0 then 'F' else '0' end)), 17 - iceberg.byte_count(x), 16);
create or replace macro iceberg.rotate(a, n) as ((a << n) & 4294967295) | (a >> (32 - n));
create or replace macro iceberg.mix_word(k) as
  (iceberg.rotate((k * 3432918353) & 4294967295, 15) * 461845907) & 4294967295;
create or replace macro iceberg.mix(h, k) as
  (iceberg.rotate(xor(h, iceberg.mix_word(k)), 13) * 5 + 3864292196) & 4294967295;
create or replace macro iceberg.finish(h, byte_count) as
  list_transform(list_transform(list_transform([xor(h, byte_count)],
    lambda x: (xor(x, x >> 16) * 2246822507) & 4294967295),
    lambda x: (xor(x, x >> 13) * 3266489909) & 4294967295),
    lambda x: xor(x, x >> 16))[1];
create or replace macro iceberg.hash_words(words, tail, byte_count) as iceberg.finish(
  xor(list_reduce(words, lambda h, k: iceberg.mix(h, k), 0::ubigint), iceberg.mix_word(tail)), byte_count);
create or replace macro iceberg.swap(x) as
  ((x & 255) << 24) | ((x & 65280) << 8) | ((x >> 8) & 65280) | (x >> 24);
create or replace macro iceberg.word(bytes, i) as
  iceberg.swap(array_slice(bytes, 4 * i + 1, 4 * i + 4)::bit::uinteger::ubigint);
create or replace macro iceberg.hash_bytes(bytes) as iceberg.hash_words(
  list_transform(range(0, octet_length(bytes) // 4), lambda i: iceberg.word(bytes, i)),
  iceberg.word(bytes || '\\x00\\x00\\x00'::blob, octet_length(bytes) // 4), octet_length(bytes)::ubigint);
create or replace macro iceberg.hash_bits(bits) as
  iceberg.finish(iceberg.mix(iceberg.mix(0::ubigint, bits & 4294967295), bits >> 32), 8::ubigint);
create or replace macro iceberg.hash_long(x) as iceberg.hash_bits((x::bigint)::bit::ubigint);
`
