import { formatBytes, formatCount, formatDuration, formatShare, formatUsd } from './quantities.js'
import { escapeControls } from './terminal.js'

/**
 * A column of an output. In data formats (JSON, JSON lines, CSV) it has its name and exact values; where people read
 * (table, Markdown) its title, and values as its kind is shown.
 */
export interface Column<Row extends object = object> {
  /** The name in data formats, and the key of the row unless `value` says otherwise. */
  readonly name: string
  /** The heading for people; the name unless given. */
  readonly title?: string
  /** How people see it: `1234567` as `1.2 MB`, `1,234,567`, `21 min`; as it is unless given. */
  readonly kind?: Kind
  /** The values' type as SQL names it, where it is known: `BIGINT`, `DECIMAL(18,3)`. Arrow's type goes by it. */
  readonly type?: string
  readonly value?: (row: Row) => unknown
}

/** bytes; whole numbers of things; a fraction shown as a percentage; milliseconds; USD; a moment; anything else. */
export type Kind = 'bytes' | 'count' | 'share' | 'duration' | 'usd' | 'time' | 'text'

/** The row's own value of the column; NULL where it has none. */
export function cellValue<Row extends object>(row: Row, column: Column<Row>): unknown {
  if (column.value) return column.value(row)
  return Object.hasOwn(row, column.name) ? Reflect.get(row, column.name) : null
}

/** What a person sees, on one line: quantities rounded, control characters escaped; of NULL nothing. */
export function cellText<Row extends object>(value: unknown, { kind }: Column<Row>): string {
  if (typeof value === 'number' || typeof value === 'bigint') return quantityText(value, kind)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : timeText(value)
  return escapeControls(dataText(value) ?? '')
}

/** Whether the column's kind is one of figures, whatever its values are. */
export const isQuantity = <Row extends object>({ kind }: Column<Row>): boolean =>
  kind !== undefined && kind !== 'text' && kind !== 'time'

/** Whether the value is easier to compare at the right. */
export const isFigure = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'

/** A figure as a person reads it. */
export function quantityText(value: number | bigint, kind: Kind | undefined): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  switch (kind) {
    case 'bytes':
      return formatBytes(value)
    case 'count':
      return formatCount(value)
    case 'share':
      return formatShare(Number(value))
    case 'duration':
      return formatDuration(Number(value))
    case 'usd':
      return formatUsd(Number(value))
    default:
      return String(value)
  }
}

/** `2026-01-20T01:00:00Z`, with milliseconds only where there are some. */
const timeText = (time: Date): string => time.toISOString().replace('.000Z', 'Z')

/** The exact value as text, for CSV; `undefined` for NULL, and for a number that is none, as in JSON. */
export function dataText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'object' ? jsonText(value) : String(value)
}

/**
 * The value as JSON: integers exactly, whatever their size; times as ISO 8601 with milliseconds and `Z`; bytes as hex
 * digits; NaN and infinity as null. Control characters that JSON would let through (DEL, C1) are escaped all the same.
 */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return jsonOfObject(value)
    default:
      return 'null'
  }
}

function quote(text: string): string {
  const quoted = JSON.stringify(text)
  return ASCII.test(quoted) ? quoted : quoted.replace(RAW_CONTROLS, escapeForJson)
}

const ASCII = /^[ -~]*$/
const RAW_CONTROLS = /[\p{Cc}\u2028\u2029]/gu

const escapeForJson = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

function jsonOfObject(value: object): string {
  if (value instanceof Date || value instanceof Uint8Array) {
    const text = dataText(value)
    return text === undefined ? 'null' : `"${text}"`
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{${entries.map(([key, inside]) => `${jsonText(String(key))}:${jsonText(inside)}`).join(',')}}`
}
