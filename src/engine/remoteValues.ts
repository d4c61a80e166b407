import type { Value } from './engine.js'
import type { ExactValue } from './exactJson.js'
import type { NamedTrinoType, TrinoType } from './trinoType.js'

/** What makes a value of an answer one that an engine's `query` gives. */
export type Decode = (value: ExactValue) => Value

/**
 * How values of a type are read, nested ones too. What has no nearer form stays the engine's text: times of day, intervals,
 * decimals of more than 15 digits, times of a region's zone, times that a Date can't hold.
 */
export function decoderOf({ rawType, arguments: parts }: TrinoType): Decode {
  const [first, second] = parts.map(({ value }) => value)
  switch (rawType) {
    case 'array':
      return isType(first) ? orNull(decodeArray(decoderOf(first))) : asText
    case 'map':
      return isType(second) ? orNull(decodeMap(decoderOf(second))) : asText
    case 'row':
      return orNull(decodeRow(parts.map(({ value }) => value).filter(isNamed)))
    case 'decimal':
      return typeof first === 'number' && first <= WIDEST_NUMBER ? orNull(Number) : asText
    case 'varbinary':
      return orNull(value => Uint8Array.from(Buffer.from(String(value), 'base64')))
    default:
      return SCALARS[rawType] ?? asText
  }
}

/** As for DuckDB's decimals: wider ones a double would change. */
const WIDEST_NUMBER = 15

const orNull =
  (decode: (value: Exclude<ExactValue, null>) => Value): Decode =>
  value =>
    value === null ? null : decode(value)

const asText = orNull(value => (typeof value === 'object' ? JSON.stringify(value) : String(value)))

const SCALARS: Readonly<Record<string, Decode>> = {
  boolean: orNull(value => value === true || value === 'true'),
  tinyint: orNull(Number),
  smallint: orNull(Number),
  integer: orNull(Number),
  bigint: orNull(value => BigInt(String(value))),
  real: orNull(Number),
  double: orNull(Number),
  timestamp: orNull(value => decodeTime(String(value), '')),
  'timestamp with time zone': orNull(value => decodeTime(String(value), 'UTC')),
}

/** `2026-01-20 01:00:00.123456`, then perhaps ` UTC` or ` +02:00`. The digits beyond milliseconds are cut. */
function decodeTime(text: string, zoned: '' | 'UTC'): Value {
  const [, day, time, millis = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?(?: (UTC|[+-]\d\d:\d\d))?$/.exec(text) ?? []
  if (day === undefined || (zone === '') !== (zoned === '')) return text
  const date = new Date(`${day}T${time}.${millis.padEnd(3, '0')}${zone === '' || zone === 'UTC' ? 'Z' : zone}`)
  return Number.isNaN(date.getTime()) ? text : date
}

const decodeArray =
  (decode: Decode) =>
  (value: Exclude<ExactValue, null>): Value =>
    Array.isArray(value) ? value.map(decode) : asText(value)

const decodeMap =
  (decode: Decode) =>
  (value: Exclude<ExactValue, null>): Value =>
    typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each)]))
      : asText(value)

/** Trino sends the values of a row alone, without its names. */
function decodeRow(fields: readonly NamedTrinoType[]) {
  const parts = fieldNames(fields).map((name, i) => {
    const type = fields[i]?.typeSignature
    return { name, decode: type ? decoderOf(type) : asText }
  })
  return (value: Exclude<ExactValue, null>): Value =>
    Array.isArray(value)
      ? Object.fromEntries(parts.map(({ name, decode }, i) => [name, decode(value[i] ?? null)]))
      : asText(value)
}

/** The names of a row's fields, each once; Trino calls those without one `field0`, `field1`, …, too. */
export function fieldNames(fields: readonly NamedTrinoType[]): string[] {
  return uniqueNames(fields.map(({ fieldName }, i) => fieldName?.name ?? `field${i}`))
}

/** Names of columns, each once, as DuckDB's client tells twice the same apart: `a`, `a:1`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    let unique = name
    for (let n = 1; taken.has(unique); n++) unique = `${name}:${n}`
    taken.add(unique)
    return unique
  })
}

export const isType = (value: unknown): value is TrinoType =>
  typeof value === 'object' && value !== null && 'rawType' in value

export const isNamed = (value: unknown): value is NamedTrinoType =>
  typeof value === 'object' && value !== null && 'typeSignature' in value

/** The type as SQL names it, in the letters that other engines of ours use: `TIMESTAMP(6)`, `DECIMAL(38,2)`, `ROW`. */
export function typeName({ rawType, arguments: parts }: TrinoType): string {
  const numbers = parts.flatMap(({ value }) => (typeof value === 'number' ? [value] : []))
  const name = rawType.toUpperCase()
  if (numbers.length === 0 || rawType === 'varchar') return name
  return name.endsWith(ZONED) ? `TIMESTAMP(${numbers})${ZONED}` : `${name}(${numbers.join(',')})`
}

const ZONED = ' WITH TIME ZONE'
