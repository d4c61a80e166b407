import { comparableBound, compareValues, isByteOrdered } from './bounds.js'
import { ColumnValueError, UnknownColumnError } from './errors.js'
import { findColumn, type PrimitiveType, requirePrimitive, type Schema } from './schema.js'
import { encodeSingleValue, type Value } from './singleValue.js'
import { toValue } from './valueText.js'

/**
 * A condition on one top-level column. Values may be given as text, whatever the column's type (`2026-01-20`). NULL
 * meets `is-null` only; NaN is above all numbers, as in DuckDB.
 */
export type Predicate =
  | { readonly column: string; readonly op: '=' | '<' | '<=' | '>' | '>='; readonly value: Value }
  | { readonly column: string; readonly op: 'in'; readonly values: readonly Value[] }
  | { readonly column: string; readonly op: 'starts-with'; readonly value: string }
  | { readonly column: string; readonly op: 'is-null' | 'not-null' }

/** A predicate whose column was found and whose values were read; byte-ordered types have theirs as bytes. */
export interface BoundPredicate {
  readonly columnId: number
  readonly type: PrimitiveType
  readonly op: Predicate['op']
  /** One, any number for `in`, none for the null tests. */
  readonly values: readonly Value[]
}

/** What is known of a column's values in a file, or in the files of a manifest. */
export interface ColumnRange {
  readonly mayHaveNull: boolean
  /** Anything but NULL and NaN. */
  readonly mayHaveValue: boolean
  readonly mayHaveNaN: boolean
  readonly lower: Uint8Array | undefined
  readonly upper: Uint8Array | undefined
}

/**
 * @throws {UnknownColumnError}
 * @throws {ColumnValueError} for a value that the column can't be compared with
 */
export function bindPredicate(schema: Schema, predicate: Predicate): BoundPredicate {
  const { column, op } = predicate
  const field = findColumn(schema, column)
  if (!field) {
    const names = schema.fields.map(({ name }) => name).join(', ')
    throw new UnknownColumnError({ subject: `column ${column}`, expected: `one of ${names}`, got: 'no such column' })
  }
  const type = requirePrimitive(field.type, `predicate on ${column}`)
  if (op === 'starts-with' && type !== 'string') {
    throw new ColumnValueError({ subject: `predicate on ${column}`, expected: 'a string column', got: type })
  }
  const given = 'values' in predicate ? predicate.values : 'value' in predicate ? [predicate.value] : []
  return { columnId: field.id, type, op, values: given.map(value => toComparable(type, value)) }
}

/** Whether rows of that range may meet the predicate: `false` only if none can. */
export function mayMatch(range: ColumnRange, { type, op, values }: BoundPredicate): boolean {
  if (op === 'is-null') return range.mayHaveNull
  if (op === 'not-null') return range.mayHaveValue || range.mayHaveNaN
  return values.some(value => mayMeet(range, type, op, value))
}

function mayMeet(range: ColumnRange, type: PrimitiveType, op: Predicate['op'], value: Value): boolean {
  if (Number.isNaN(value))
    return op === '>' ? false : op === '=' || op === 'in' || op === '>=' ? range.mayHaveNaN : true
  if (range.mayHaveNaN && (op === '>' || op === '>=')) return true
  if (!range.mayHaveValue) return false
  const lower = range.lower && comparableBound(type, range.lower)
  const upper = range.upper && comparableBound(type, range.upper)
  const isBelow = (strictly: boolean): boolean => lower === undefined || isOrdered(lower, value, strictly)
  const isAbove = (strictly: boolean): boolean => upper === undefined || isOrdered(value, upper, strictly)
  switch (op) {
    case '<':
      return isBelow(true)
    case '<=':
      return isBelow(false)
    case '>':
      return isAbove(true)
    case '>=':
      return isAbove(false)
    case 'starts-with':
      return mayStartWith(lower, upper, value)
    default:
      return isBelow(false) && isAbove(false)
  }
}

function isOrdered(a: Value, b: Value, strictly: boolean): boolean {
  const order = compareValues(a, b)
  return strictly ? order < 0 : order <= 0
}

/** Everything that starts with the prefix lies between bounds whose own starts, of the prefix's length, enclose it. */
function mayStartWith(lower: Value | undefined, upper: Value | undefined, prefix: Value): boolean {
  if (!(prefix instanceof Uint8Array)) return true
  const start = (bound: Value | undefined) =>
    bound instanceof Uint8Array ? bound.subarray(0, prefix.length) : undefined
  const [low, high] = [start(lower), start(upper)]
  return (!low || compareValues(low, prefix) <= 0) && (!high || compareValues(high, prefix) >= 0)
}

/** A number outside its type's range, or with a fraction, can be compared with all the same. */
function toComparable(type: PrimitiveType, given: Value): Value {
  if (typeof given === 'number' && WHOLE_TYPES.has(type)) return given
  if (typeof given === 'bigint' && type === 'int') return given
  const value = toValue(type, given)
  return isByteOrdered(type) ? encodeSingleValue(type, value) : value
}

const WHOLE_TYPES: ReadonlySet<PrimitiveType> = new Set(['int', 'long'])
