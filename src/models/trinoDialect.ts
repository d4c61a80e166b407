import type { Params } from '../engine/engine.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { StocktakeError } from '../errors.js'
import { ModelError } from './header.js'
import { pickParams } from './model.js'
import type { Model } from './parseModel.js'
import { replaceParams } from './sqlParams.js'

/** A value that Trino can't be given as the type that it is to have. */
export class TrinoValueError extends StocktakeError {}

/**
 * A model as one statement for Trino and Athena, with its values in it as literals of the types that its header names:
 * these engines know parameters by place only, and Athena's are texts. One that isn't given is the header's default, else
 * NULL, and no limit. The model's own order of rows is the statement's.
 * @param inputs a SELECT in Trino's spelling for each relation that the catalog doesn't have under the name of an input
 * @throws {TrinoValueError} for a value that isn't of its parameter's type
 * @throws {ModelError} for a parameter of a type that no literal is known for
 */
export function renderTrino(
  model: Pick<Model, 'params' | 'sql'>,
  params: Params,
  inputs: Readonly<Record<string, string>> = {},
): string {
  const types = new Map(model.params.map(({ name, type }) => [name, type]))
  const values = pickParams(model, params)
  const sql = replaceParams(model.sql, (name, at) => {
    const type = types.get(name)
    if (type === undefined) throw new ModelError({ subject: `$${name}`, expected: 'a parameter of the model' })
    const [value, subject] = [values[name] ?? null, `$${name}`]
    return AFTER_LIMIT.test(model.sql.slice(0, at))
      ? formatLimit(value, subject)
      : formatTrinoLiteral(type, value, subject)
  })
  return prependRelations(sql, inputs)
}

const AFTER_LIMIT = /\blimit\s+$/i

/** LIMIT takes digits, and no expression of any type. */
function formatLimit(value: Params[string], subject: string): string {
  if (value === null) return 'all'
  const limit = formatInteger('bigint', 64, value)?.match(/\d+/)?.[0]
  if (limit !== undefined && !String(value).startsWith('-')) return limit
  throw new TrinoValueError({ subject, expected: 'a number of rows', got: spellValue(value) })
}

/**
 * A value as Trino writes it: `varchar 'it''s'`, `bigint '-5'`, `timestamp '2026-01-20 01:00:00.000000'`, `cast(null as date)`.
 * @param type as headers and DuckDB name it: VARCHAR, BIGINT, INTEGER, DOUBLE, BOOLEAN, DATE, TIMESTAMP
 * @param value a number or its text for numbers; true, false or their texts; `2026-01-20`; `2026-01-20T01:00:00Z`, with a
 * space or without the Z, too, and up to microseconds
 * @param subject what errors are about
 * @throws {TrinoValueError} for a value that isn't of the type
 * @throws {ModelError} for another type
 */
export function formatTrinoLiteral(type: string, value: Params[string], subject: string): string {
  const known = TYPES[type]
  if (!known)
    throw new ModelError({ subject, expected: `one of the types ${Object.keys(TYPES).join(', ')}`, got: type })
  if (value === null) return `cast(null as ${known.name})`
  const literal = known.format(value)
  if (literal !== undefined) return literal
  throw new TrinoValueError({
    subject,
    expected: known.expected,
    got: spellValue(value),
  })
}

const spellValue = (value: Exclude<Params[string], null>): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value)

/** Trino's name of a type that headers and DuckDB name so. @throws {ModelError} for one that models don't use */
export function trinoType(type: string): string {
  const known = TYPES[type]
  if (!known) throw new ModelError({ subject: type, expected: `one of the types ${Object.keys(TYPES).join(', ')}` })
  return known.name
}

interface LiteralType {
  readonly name: string
  /** What a value of it is, for errors. */
  readonly expected: string
  /** `undefined` for a value of another type. */
  readonly format: (value: string | number | bigint | boolean) => string | undefined
}

const TYPES: Readonly<Record<string, LiteralType>> = {
  VARCHAR: { name: 'varchar', expected: 'a text of whole characters', format: formatText },
  BIGINT: {
    name: 'bigint',
    expected: 'a whole number of 64 bits',
    format: value => formatInteger('bigint', 64, value),
  },
  INTEGER: {
    name: 'integer',
    expected: 'a whole number of 32 bits',
    format: value => formatInteger('integer', 32, value),
  },
  DOUBLE: { name: 'double', expected: 'a number', format: formatDouble },
  BOOLEAN: { name: 'boolean', expected: 'true or false', format: formatBoolean },
  DATE: { name: 'date', expected: 'a date such as 2026-01-20', format: formatDate },
  TIMESTAMP: { name: 'timestamp(6)', expected: 'a time in UTC such as 2026-01-20T01:00:00Z', format: formatTimestamp },
}

// Half a surrogate pair is no character: on its way to the engine it would become U+FFFD, which is another text.
function formatText(value: string | number | bigint | boolean): string | undefined {
  return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? `varchar ${quoteString(value)}` : undefined
}

// As text in quotes: a minus before a literal is an operator, and the least number has no positive.
function formatInteger(name: string, bits: number, value: string | number | bigint | boolean): string | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && !Number.isSafeInteger(value))) return undefined
  if (!/^-?\d{1,19}$/.test(String(value))) return undefined
  const integer = BigInt(value)
  return BigInt.asIntN(bits, integer) === integer ? `${name} '${integer}'` : undefined
}

function formatDouble(value: string | number | bigint | boolean): string | undefined {
  if (typeof value === 'boolean' || String(value).trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? `double '${number}'` : undefined
}

function formatBoolean(value: string | number | bigint | boolean): string | undefined {
  return value === true || value === 'true' ? 'true' : value === false || value === 'false' ? 'false' : undefined
}

function formatDate(value: string | number | bigint | boolean): string | undefined {
  return isCalendarTime(`${value}T00:00:00`) ? `date '${value}'` : undefined
}

function formatTimestamp(value: string | number | bigint | boolean): string | undefined {
  const [, day = '', time = '', fraction = ''] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z?$/.exec(String(value)) ?? []
  return isCalendarTime(`${day}T${time}`) ? `timestamp '${day} ${time}.${fraction.padEnd(6, '0')}'` : undefined
}

/** 30 February is none. */
function isCalendarTime(text: string): boolean {
  const time = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? `${text}Z` : Number.NaN)
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === text
}

// Before the model's own relations, not around its SELECT: Trino drops the order of rows of a SELECT inside another.
function prependRelations(sql: string, inputs: Readonly<Record<string, string>>): string {
  const relations = Object.entries(inputs).map(([name, select]) => `${quoteIdentifier(name)} as (\n${select}\n)`)
  if (relations.length === 0) return sql
  const own = LEADING_WITH.exec(sql)
  const head = `with ${own?.[1] ?? ''}${relations.join(',\n')}`
  return own ? `${head},\n${sql.slice(own[0].length)}` : `${head}\n${sql}`
}

/** The `with` that a statement begins with, after any comments; the group is its `recursive `. */
const LEADING_WITH = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*with\s+(recursive\s+)?/i
