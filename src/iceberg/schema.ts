import { z } from 'zod'
import { ColumnValueError, UnsupportedTableError } from './errors.js'

/** The primitive types of format version 2. Times are in microseconds; a decimal is (precision, scale). */
export type PrimitiveType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'uuid'
  | 'binary'
  | `decimal(${number},${number})`
  | `fixed[${number}]`

/** A type, in the spelling of the spec's JSON (Appendix C). */
export type Type = PrimitiveType | StructType | ListType | MapType

export interface StructType {
  readonly type: 'struct'
  readonly fields: readonly NestedField[]
}

export interface ListType {
  readonly type: 'list'
  readonly 'element-id': number
  readonly 'element-required': boolean
  readonly element: Type
}

export interface MapType {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: Type
  readonly 'value-id': number
  readonly 'value-required': boolean
  readonly value: Type
}

/** A column, or a field of a struct. The id is its identity: names may change, ids never do. */
export interface NestedField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: Type
  readonly doc?: string
}

export interface Schema extends StructType {
  readonly 'schema-id': number
}

/** Parses a type as JSON has it; `decimal(9, 2)` is normalised to `decimal(9,2)`. @throws {UnsupportedTableError} */
export function parseType(json: unknown, subject = 'schema'): Type {
  if (typeof json === 'string') return parsePrimitiveType(json, subject)
  const raw = rawNestedType.parse(json)
  if (raw.type === 'struct') return { ...raw, fields: raw.fields.map(field => parseField(field, subject)) }
  if (raw.type === 'list') return { ...raw, element: parseType(raw.element, subject) }
  return { ...raw, key: parseType(raw.key, subject), value: parseType(raw.value, subject) }
}

/** A type as a person would write it: `list<string>`, `struct<a: int, b: decimal(9,2)>`. */
export function formatType(type: Type): string {
  if (typeof type === 'string') return type
  if (type.type === 'list') return `list<${formatType(type.element)}>`
  if (type.type === 'map') return `map<${formatType(type.key)}, ${formatType(type.value)}>`
  return `struct<${type.fields.map(field => `${field.name}: ${formatType(field.type)}`).join(', ')}>`
}

/** Parses a schema; keys that other writers add are kept. @throws {UnsupportedTableError} for a type not of version 2 */
export function parseSchema(json: unknown, subject = 'schema'): Schema {
  const raw = rawSchema.parse(json)
  return { ...raw, fields: raw.fields.map(field => parseField(field, subject)) }
}

/** The top-level column of that name, exactly. */
export function findColumn(schema: Schema, name: string): NestedField | undefined {
  return schema.fields.find(field => field.name === name)
}

/** The field with that id at any depth of structs. */
export function findField(type: StructType, id: number): NestedField | undefined {
  for (const field of type.fields) {
    if (field.id === id) return field
    const inner = typeof field.type === 'object' && field.type.type === 'struct' ? findField(field.type, id) : undefined
    if (inner) return inner
  }
  return undefined
}

/** The highest id of the schema, list elements and map entries included. */
export function highestFieldId(type: Type): number {
  if (typeof type === 'string') return 0
  if (type.type === 'list') return Math.max(type['element-id'], highestFieldId(type.element))
  if (type.type === 'map') {
    return Math.max(type['key-id'], type['value-id'], highestFieldId(type.key), highestFieldId(type.value))
  }
  return Math.max(0, ...type.fields.flatMap(field => [field.id, highestFieldId(field.type)]))
}

/** The precision and scale of a decimal, or `undefined` for another type. */
export function parseDecimalType(type: Type): { precision: number; scale: number } | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+),(\d+)\)$/.exec(type) : null
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined
}

/** The length of a fixed in bytes, or `undefined` for another type. */
export function parseFixedType(type: Type): number | undefined {
  const match = typeof type === 'string' ? /^fixed\[(\d+)\]$/.exec(type) : null
  return match ? Number(match[1]) : undefined
}

/** The type, if it is primitive. @throws {ColumnValueError} for a struct, list or map */
export function requirePrimitive(type: Type, subject: string): PrimitiveType {
  if (typeof type === 'string') return type
  throw new ColumnValueError({ subject, expected: 'a column of a primitive type', got: formatType(type) })
}

const rawField = z.looseObject({
  id: z.int(),
  name: z.string(),
  required: z.boolean(),
  type: z.unknown(),
  doc: z.string().optional(),
})
const rawSchema = z.looseObject({
  'schema-id': z.int().default(0),
  type: z.literal('struct'),
  fields: z.array(rawField),
})
const rawNestedType = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('struct'), fields: z.array(rawField) }),
  z.looseObject({
    type: z.literal('list'),
    'element-id': z.int(),
    'element-required': z.boolean(),
    element: z.unknown(),
  }),
  z.looseObject({
    type: z.literal('map'),
    'key-id': z.int(),
    key: z.unknown(),
    'value-id': z.int(),
    'value-required': z.boolean(),
    value: z.unknown(),
  }),
])

function parseField(raw: z.infer<typeof rawField>, subject: string): NestedField {
  const { doc, ...rest } = raw
  return { ...rest, type: parseType(raw.type, subject), ...(doc !== undefined && { doc }) }
}

const SIMPLE_TYPES: ReadonlySet<string> = new Set<PrimitiveType>([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
])

function parsePrimitiveType(text: string, subject: string): PrimitiveType {
  if (isSimpleType(text)) return text
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text)
  if (decimal) return `decimal(${Number(decimal[1])},${Number(decimal[2])})`
  const fixed = /^fixed\[\s*(\d+)\s*\]$/.exec(text)
  if (fixed) return `fixed[${Number(fixed[1])}]`
  throw new UnsupportedTableError({ subject, expected: 'a type of Iceberg format version 2', got: text })
}

const isSimpleType = (text: string): text is PrimitiveType => SIMPLE_TYPES.has(text)
