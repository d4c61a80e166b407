import { TableFormatError } from './errors.js'

/** A schema in Avro's own JSON: a name, a union, or an object with a type. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly type: AvroSchema; readonly [key: string]: unknown }

/** An Avro schema with its names resolved, as the decoder walks it. */
export type AvroNode =
  | { kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { kind: 'fixed'; size: number }
  | { kind: 'enum'; symbols: readonly string[] }
  | { kind: 'array' | 'map'; items: AvroNode }
  | { kind: 'union'; branches: AvroNode[] }
  | { kind: 'record'; fields: AvroNodeField[] }

export interface AvroNodeField {
  /** The name of `names` for the field's id, or else the writer's own. */
  readonly name: string
  readonly node: AvroNode
}

/**
 * Resolves a writer's schema. Iceberg goes by field ids, never by names.
 * @param names the names that records are to be decoded with, by field id
 * @throws {TableFormatError} for what is no Avro schema
 */
export function resolveAvroSchema(json: unknown, names: ReadonlyMap<number, string>, subject: string): AvroNode {
  const named = new Map<string, AvroNode>()

  const resolve = (schema: unknown, depth: number): AvroNode => {
    if (depth > MAX_DEPTH) throw invalid(subject, 'a schema nested too deeply')
    if (typeof schema === 'string') return named.get(schema) ?? resolvePrimitive(schema, subject)
    if (Array.isArray(schema)) return { kind: 'union', branches: schema.map(branch => resolve(branch, depth + 1)) }
    if (!isObject(schema)) throw invalid(subject, String(schema))
    return resolveObject(schema, depth)
  }

  const resolveObject = (schema: Record<string, unknown>, depth: number): AvroNode => {
    const { type, name } = schema
    if (type === 'array') return { kind: 'array', items: resolve(schema.items, depth + 1) }
    if (type === 'map') return { kind: 'map', items: resolve(schema.values, depth + 1) }
    if (type === 'record') {
      const node: AvroNode = { kind: 'record', fields: [] }
      if (typeof name === 'string') named.set(name, node)
      for (const field of asArray(schema.fields, subject)) node.fields.push(resolveField(field, depth))
      return node
    }
    if (type !== 'fixed' && type !== 'enum') return resolve(type, depth + 1)
    const node = type === 'fixed' ? resolveFixed(schema.size, subject) : resolveEnum(schema.symbols, subject)
    if (typeof name === 'string') named.set(name, node)
    return node
  }

  const resolveField = (field: unknown, depth: number): AvroNodeField => {
    if (!isObject(field) || typeof field.name !== 'string') throw invalid(subject, 'a field without a name')
    const id = field['field-id']
    const name = typeof id === 'number' ? names.get(id) : undefined
    return { name: name ?? field.name, node: resolve(field.type, depth + 1) }
  }

  return resolve(json, 0)
}

const MAX_DEPTH = 64
const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

function resolvePrimitive(name: string, subject: string): AvroNode {
  const kind = PRIMITIVES.find(primitive => primitive === name)
  if (!kind) throw invalid(subject, `unknown type ${name}`)
  return { kind }
}

function resolveFixed(size: unknown, subject: string): AvroNode {
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw invalid(subject, 'a fixed without a size')
  return { kind: 'fixed', size }
}

function resolveEnum(symbols: unknown, subject: string): AvroNode {
  const texts = asArray(symbols, subject).filter(symbol => typeof symbol === 'string')
  return { kind: 'enum', symbols: texts }
}

function asArray(value: unknown, subject: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(subject, 'a list that is missing')
  return value
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const invalid = (subject: string, got: string): TableFormatError =>
  new TableFormatError({ subject, expected: 'an Avro schema', got })
