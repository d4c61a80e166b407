import { type ErrorFacts, StocktakeError } from '../errors.js'
import { compareValues } from '../iceberg/bounds.js'
import { formatType, type PrimitiveType, parseFixedType, type Type } from '../iceberg/schema.js'
import type { Value } from '../iceberg/singleValue.js'
import { parseTypeText } from '../iceberg/typeText.js'
import { toValue } from '../iceberg/valueText.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { ColumnSettings } from './tableSpecSchema.js'

/** A column as a file of config/tables declares it. */
export interface DeclaredColumn {
  readonly name: string
  /** The ids inside it are 0. */
  readonly type: Type
  readonly required: boolean
  readonly comment?: string
  readonly filledBy?: FilledBy
  readonly oneOf?: readonly string[]
  /** The least value, as text of the column's type. */
  readonly min?: string
  /** What every value is below, as text of the column's type. */
  readonly max?: string
  /** How many values a list has. */
  readonly length?: number
}

/** The column is the year, month (1 to 12), day of the month or hour (0 to 23) of another, in UTC. */
export interface FilledBy {
  readonly column: string
  readonly transform: 'year' | 'month' | 'day' | 'hour'
}

/**
 * Whether a file may declare a column of that type: a plain one or a list of one. What is deeper other engines may add to a
 * table; rows that are inserted here have NULL in it.
 */
export const canBeDeclared = (type: Type): boolean =>
  isPlain(typeof type === 'object' && type.type === 'list' ? type.element : type)

/** Parquet that DuckDB writes knows no bytes of a fixed length: readers refuse such a column of it. */
const isPlain = (type: Type): boolean => typeof type === 'string' && parseFixedType(type) === undefined

/** What `canBeDeclared` allows, for messages. */
export const TYPE_RULE = 'a plain type or a list of one, such as string, decimal(10,2) or list<double>'

/** Takes a mistake, and where in the file it is. */
export type Complain = (path: readonly PropertyKey[], facts: Omit<ErrorFacts, 'subject'>) => void

/** The columns, in order; of one with a mistake, which is complained of, what can be used. */
export function toColumns(settings: readonly ColumnSettings[], complain: Complain): DeclaredColumn[] {
  const columns = settings.flatMap((each, i) => toColumn(each, ['columns', i], complain) ?? [])
  for (const [i, { name, from }] of settings.entries()) {
    if (settings.findIndex(other => other.name === name) < i)
      complain(['columns', i, 'name'], { expected: 'each column once', got: `${name} again` })
    if (from !== undefined) requireFilled(i, from, columns, settings, complain)
  }
  return columns
}

/** The column of that name; complains where there is none, and says which may be meant. */
export function findDeclared(
  name: string,
  columns: readonly DeclaredColumn[],
  path: readonly PropertyKey[],
  complain: Complain,
): DeclaredColumn | undefined {
  const found = columns.find(column => column.name === name)
  if (!found) {
    const names = columns.map(column => column.name)
    complain(path, { expected: 'one of the columns', got: JSON.stringify(name), fix: formatSuggestion(name, names) })
  }
  return found
}

function toColumn(
  settings: ColumnSettings,
  path: readonly PropertyKey[],
  complain: Complain,
): DeclaredColumn | undefined {
  const { name, required, comment, from, one_of: oneOf, min, max, length } = settings
  const type = attempt([...path, 'type'], complain, () => parseTypeText(settings.type, name))
  if (type === undefined) return undefined
  if (!canBeDeclared(type)) {
    complain([...path, 'type'], { expected: TYPE_RULE, got: formatType(type), fix: FIX_OF_TYPE })
    return undefined
  }
  requireRules(settings, type, path, complain)
  return {
    name,
    type,
    required,
    ...(comment !== undefined && { comment }),
    ...(from !== undefined && { filledBy: parseFrom(from) }),
    ...(oneOf !== undefined && { oneOf }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(length !== undefined && { length }),
  }
}

const FIX_OF_TYPE = 'declare bytes as binary; the parts of a struct as columns of their own, or its JSON as a string'

/** `year(sold_date)`, as the schema of the file has seen to it. */
function parseFrom(text: string): FilledBy {
  const [part, column = ''] = text.replace(')', '').split('(')
  const transform = PARTS.find(known => known === part) ?? 'year'
  return { column, transform }
}

const PARTS = ['year', 'month', 'day', 'hour'] as const

function requireRules(
  { one_of: oneOf, min, max, length, from }: ColumnSettings,
  type: Type,
  path: readonly PropertyKey[],
  complain: Complain,
): void {
  const isList = typeof type === 'object' && type.type === 'list'
  const got = formatType(type)
  if (oneOf && type !== 'string')
    complain([...path, 'one_of'], { expected: 'it for a column of type string only', got })
  if (length !== undefined && !isList) complain([...path, 'length'], { expected: 'it for a list only', got })
  if (from !== undefined && type !== 'int') complain([...path, 'type'], { expected: 'int for a filled column', got })
  const least = readLimit(type, min, [...path, 'min'], complain)
  const limit = readLimit(type, max, [...path, 'max'], complain)
  if (least !== undefined && limit !== undefined && compareValues(least, limit) >= 0)
    complain([...path, 'max'], { expected: `more than min, ${min}`, got: String(max) })
}

const MEASURED = /^(int|long|float|double|decimal\(.*\)|date|timestamp|timestamptz)$/
const isMeasured = (type: Type): type is PrimitiveType => typeof type === 'string' && MEASURED.test(type)

function readLimit(
  type: Type,
  text: string | undefined,
  path: readonly PropertyKey[],
  complain: Complain,
): Value | undefined {
  if (text === undefined) return undefined
  if (isMeasured(type)) {
    const value = attempt(path, complain, () => toValue(type, text))
    if (typeof value !== 'number' || Number.isFinite(value)) return value
    complain(path, { expected: 'a number that ends', got: text })
  } else complain(path, { expected: 'it for numbers, dates and times only', got: formatType(type) })
  return undefined
}

function requireFilled(
  i: number,
  from: string,
  columns: readonly DeclaredColumn[],
  settings: readonly ColumnSettings[],
  complain: Complain,
): void {
  const path = ['columns', i, 'from']
  const { column, transform } = parseFrom(from)
  if (settings.some(({ name, from }) => name === column && from !== undefined)) {
    complain(path, { expected: 'a column that is given', got: `${column}, which is filled itself` })
    return
  }
  if (!columns.some(({ name }) => name === column) && settings.some(({ name }) => name === column)) return // its type is wrong
  const source = findDeclared(column, columns, path, complain)
  if (!source) return
  const got = formatType(source.type)
  if (!/^(timestamp|timestamptz|date)$/.test(got) || (got === 'date' && transform === 'hour'))
    complain(path, { expected: `a column that has a ${transform}`, got: `${column}, a ${got}` })
  if (settings[i]?.required && !source.required)
    complain(['columns', i, 'required'], { expected: `false, as ${column} is not required`, got: 'true' })
}

/** What the function gives; complains of what it throws. */
function attempt<T>(path: readonly PropertyKey[], complain: Complain, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    const { expected, got, fix } = error.facts
    complain(path, { expected, got, fix })
    return undefined
  }
}
