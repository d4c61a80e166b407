import { UnsupportedTableError } from './errors.js'
import {
  type NestedField,
  type PrimitiveType,
  parseDecimalType,
  parseFixedType,
  parseType,
  type Type,
} from './schema.js'

/**
 * Parses a type as a person writes it and `formatType` shows it: `long`, `decimal(10,2)`, `list<double>`,
 * `map<string, long>`, `struct<a: int, b: list<string>>`. Elements, values and fields inside may be NULL, keys of maps not.
 * @param subject whose type it is, for the error
 * @returns the type with 0 for every id inside it: `makeSchema` and `evolveSchema` give them theirs
 * @throws {UnsupportedTableError} for what is no type of format version 2
 */
export function parseTypeText(text: string, subject: string): Type {
  const parsed = readType({ text, at: 0 }, subject, 0)
  if (skipSpace(parsed.cursor).at < text.length) throw invalid(text, subject)
  return parsed.type
}

/** Where a parser is in its text. */
interface Cursor {
  readonly text: string
  readonly at: number
}

interface Parsed {
  readonly type: Type
  readonly cursor: Cursor
}

/** More than anybody means, and few enough for the stack. */
const MAX_DEPTH = 50

function readType(cursor: Cursor, subject: string, depth: number): Parsed {
  if (depth > MAX_DEPTH) throw invalid(cursor.text, subject)
  const start = skipSpace(cursor)
  const nested = /^(list|map|struct)\s*</i.exec(rest(start))
  if (!nested) return readPrimitive(start, subject)
  const inner = forward(start, nested[0].length)
  const kind = nested[1]?.toLowerCase()
  return kind === 'list'
    ? readList(inner, subject, depth + 1)
    : kind === 'map'
      ? readMap(inner, subject, depth + 1)
      : readStruct(inner, subject, depth + 1)
}

function readList(cursor: Cursor, subject: string, depth: number): Parsed {
  const element = readType(cursor, subject, depth)
  const type: Type = { type: 'list', 'element-id': 0, element: element.type, 'element-required': false }
  return { type, cursor: expectSign(element.cursor, '>', subject) }
}

function readMap(cursor: Cursor, subject: string, depth: number): Parsed {
  const key = readType(cursor, subject, depth)
  const value = readType(expectSign(key.cursor, ',', subject), subject, depth)
  const ids = { 'key-id': 0, 'value-id': 0 }
  const type: Type = { type: 'map', ...ids, key: key.type, value: value.type, 'value-required': false }
  return { type, cursor: expectSign(value.cursor, '>', subject) }
}

function readStruct(cursor: Cursor, subject: string, depth: number): Parsed {
  const fields: NestedField[] = []
  for (let at = cursor; ; ) {
    const name = /^\s*([^\s:<>,()[\]]+)\s*:/.exec(rest(at))
    if (!name?.[1]) throw invalid(cursor.text, subject)
    const field = readType(forward(at, name[0].length), subject, depth)
    fields.push({ id: 0, name: name[1], required: false, type: field.type })
    const end = skipSpace(field.cursor)
    if (rest(end).startsWith('>')) return { type: { type: 'struct', fields }, cursor: forward(end, 1) }
    at = expectSign(end, ',', subject)
  }
}

function readPrimitive(cursor: Cursor, subject: string): Parsed {
  const word = /^[a-z]+(?:\s*\([\d\s,]*\)|\s*\[[\d\s]*\])?/i.exec(rest(cursor))?.[0]
  if (word === undefined) throw invalid(cursor.text, subject)
  const type = parseType(word.toLowerCase().replaceAll(/\s/g, ''), subject)
  if (typeof type === 'string' && isPossible(type)) return { type, cursor: forward(cursor, word.length) }
  throw invalid(word, subject)
}

/** Decimals have 1 to 38 digits (spec, "Primitive Types"), and a fixed at least a byte. */
function isPossible(type: PrimitiveType): boolean {
  const decimal = parseDecimalType(type)
  if (decimal) return decimal.precision >= 1 && decimal.precision <= 38 && decimal.scale <= decimal.precision
  return parseFixedType(type) !== 0
}

function expectSign(cursor: Cursor, sign: string, subject: string): Cursor {
  const at = skipSpace(cursor)
  if (rest(at).startsWith(sign)) return forward(at, sign.length)
  throw invalid(cursor.text, subject)
}

const rest = ({ text, at }: Cursor): string => text.slice(at)
const forward = ({ text, at }: Cursor, by: number): Cursor => ({ text, at: at + by })
const skipSpace = (cursor: Cursor): Cursor => forward(cursor, /^\s*/.exec(rest(cursor))?.[0].length ?? 0)

function invalid(got: string, subject: string): UnsupportedTableError {
  const expected = 'a type of Iceberg format version 2, such as string, decimal(10,2) or list<double>'
  return new UnsupportedTableError({ subject, expected, got: JSON.stringify(got) })
}
