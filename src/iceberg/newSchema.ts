import { UsageError } from '../errors.js'
import type { NestedField, Schema, StructType, Type } from './schema.js'

/** A column of a table to be made. The ids inside its type don't matter. */
export interface NewColumn {
  readonly name: string
  readonly type: Type
  readonly required: boolean
  readonly doc?: string
}

/**
 * The first schema of a table. Columns get the ids from 1 on in their order, and what is inside their types the next ones,
 * as Iceberg's own library gives them.
 * @throws {UsageError} for no columns, names that a table can't have, and two that differ in case only
 */
export function makeSchema(columns: readonly NewColumn[]): Schema {
  if (columns.length === 0) throw new UsageError({ subject: 'schema', expected: 'a column at least', got: 'none' })
  let last = 0
  const fields = columns.map(({ name, type, required, doc }) => {
    const field = { id: 0, name, required, type }
    return doc === undefined || doc === '' ? field : { ...field, doc }
  })
  return { 'schema-id': 0, ...withFreshIds({ type: 'struct', fields }, () => ++last) }
}

/**
 * The type with new ids inside it: those of one level before those of the next.
 * @param next gives the next id
 * @throws {UsageError} for names that a struct can't have
 */
export function withFreshIds<T extends Type>(type: T, next: () => number): T
export function withFreshIds(type: Type, next: () => number): Type {
  if (typeof type === 'string') return type
  if (type.type === 'list') {
    const id = next()
    return { ...type, 'element-id': id, element: withFreshIds(type.element, next) }
  }
  if (type.type === 'map') {
    const ids = { 'key-id': next(), 'value-id': next() }
    return { ...type, ...ids, key: withFreshIds(type.key, next), value: withFreshIds(type.value, next) }
  }
  return freshStruct(type, next)
}

function freshStruct(struct: StructType, next: () => number): StructType {
  const names = new Set<string>()
  for (const { name } of struct.fields) {
    requireNewName(name, names)
    names.add(foldName(name))
  }
  const numbered = struct.fields.map((field): NestedField => ({ ...field, id: next() }))
  return { ...struct, fields: numbered.map(field => ({ ...field, type: withFreshIds(field.type, next) })) }
}

/** Two names that fold to one can't be told apart by Athena and Spark. */
export const foldName = (name: string): string => name.toLowerCase()

/**
 * Refuses a name that a new column can't have: one that is taken, or that engines can't refer to. A dot parts a column from
 * a field in it, and what begins with `_` and is a metadata column (`_file`) is theirs.
 * @param taken folded names
 * @throws {UsageError}
 */
export function requireNewName(name: string, taken: ReadonlySet<string>): void {
  const subject = `column ${JSON.stringify(name)}`
  if (name === '' || name.trim() !== name || NOT_IN_NAMES.test(name)) {
    const expected = 'a name without dots, control characters and spaces around it'
    throw new UsageError({ subject, expected, got: 'another' })
  }
  if (RESERVED.has(foldName(name))) throw new UsageError({ subject, got: 'a name that engines use themselves' })
  if (taken.has(foldName(name))) {
    throw new UsageError({ subject, expected: 'a name of its own, in upper or lower case', got: 'one that is taken' })
  }
}

const NOT_IN_NAMES = /[.\p{Cc}\p{Cs}]/u

/** Spec, "Reserved Field IDs". */
/** Iceberg's, and DuckDB's of a table and a Parquet file. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['_file', '_pos', '_deleted', '_spec_id', '_partition'],
  ...['rowid', 'file_row_number', 'filename'],
])
