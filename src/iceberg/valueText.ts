import { ColumnValueError } from './errors.js'
import { type PrimitiveType, parseDecimalType, parseFixedType } from './schema.js'
import { isValueOf, type Value } from './singleValue.js'

/**
 * A value given in its own JavaScript type or as text, as a value of the column's type. Text is read as DuckDB prints
 * it (`2026-01-20`, `2026-01-20 01:00:00.5`, `1.50`, hex for bytes) or as ISO 8601 (`2026-01-20T01:00:00Z`); whole
 * numbers and bigints stand for each other.
 * @throws {ColumnValueError} for what the type can't hold
 */
export function toValue(type: PrimitiveType, given: Value): Value {
  const value = typeof given === 'string' ? parseValueText(type, given) : adaptNumber(type, given)
  if (value !== undefined && isValueOf(type, value)) return value
  const got = given instanceof Uint8Array ? `${given.length} bytes` : JSON.stringify(String(given))
  throw new ColumnValueError({ subject: `value for a column of type ${type}`, expected: EXAMPLES[type] ?? type, got })
}

/** The value of a text, or `undefined` where the text has none (`infinity`, dates BC, another type's text). */
export function parseValueText(type: PrimitiveType, text: string): Value | undefined {
  switch (type) {
    case 'string':
      return text
    case 'boolean':
      return text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : undefined
    case 'int':
    case 'long':
      return WHOLE.test(text) ? (type === 'int' ? Number(text) : BigInt(text)) : undefined
    case 'float':
    case 'double':
      return parseFloating(text)
    case 'date':
      return parseDate(text)
    case 'time':
      return parseTime(text)
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(text)
    case 'uuid':
      return text.toLowerCase()
    default:
      return parseParametric(type, text)
  }
}

const EXAMPLES: Partial<Record<PrimitiveType, string>> = {
  date: 'a date such as 2026-01-20',
  timestamp: 'a time such as 2026-01-20 01:00:00',
  timestamptz: 'a time such as 2026-01-20T01:00:00Z',
}

function adaptNumber(type: PrimitiveType, given: Exclude<Value, string>): Value | undefined {
  if (typeof given === 'number') return INTEGRAL_64.has(type) && Number.isInteger(given) ? BigInt(given) : given
  if (typeof given === 'bigint' && NUMBERS.has(type)) return Number(given)
  return given
}

const INTEGRAL_64: ReadonlySet<PrimitiveType> = new Set(['long', 'time', 'timestamp', 'timestamptz'])
const NUMBERS: ReadonlySet<PrimitiveType> = new Set(['int', 'date', 'float', 'double'])
const WHOLE = /^[+-]?\d+$/

function parseFloating(text: string): number | undefined {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (word) return word[2]?.toLowerCase() === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function parseDate(text: string): number | undefined {
  const match = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(text)
  if (!match) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // unlike Date.UTC, takes year 26 for 26 and not for 1926
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? date.getTime() / 86_400_000 : undefined
}

function parseTime(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?$/.exec(text)
  if (!match) return undefined
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'))
}

function parseTimestamp(text: string): bigint | undefined {
  const match = /^(\S+?)(?:[ T](\d\d:\d\d[^Z+-]*)(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text)
  const days = parseDate(match?.[1] ?? '')
  const micros = parseTime(match?.[2] ?? '00:00')
  if (days === undefined || micros === undefined) return undefined
  return BigInt(days) * 86_400_000_000n + micros - parseOffset(match?.[3])
}

/** An offset from UTC in microseconds. */
function parseOffset(text: string | undefined): bigint {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(text ?? '')
  if (!match) return 0n
  const minutes = BigInt(Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000_000n
  return match[1] === '-' ? -minutes : minutes
}

function parseParametric(type: PrimitiveType, text: string): Value | undefined {
  const decimal = parseDecimalType(type)
  if (decimal) return parseDecimal(text, decimal.scale)
  const isHex = /^([0-9a-f]{2})*$/i.test(text)
  return isHex && (type === 'binary' || parseFixedType(type) === text.length / 2) ? Buffer.from(text, 'hex') : undefined
}

function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d*?)0*)?$/.exec(text)
  const fraction = match?.[3] ?? ''
  if (!match || fraction.length > scale) return undefined
  const unscaled = BigInt(`${match[2]}${fraction.padEnd(scale, '0')}`)
  return match[1] === '-' ? -unscaled : unscaled
}
