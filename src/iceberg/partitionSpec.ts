import { z } from 'zod'
import { UsageError } from '../errors.js'
import { UnknownColumnError, UnsupportedTableError } from './errors.js'
import { findColumn, findField, type PrimitiveType, requirePrimitive, type Schema } from './schema.js'
import { encodeSingleValue, type Value } from './singleValue.js'
import { canTransform, formatTransform, parseTransform, type Transform, transformedType } from './transform.js'
import { toValue } from './valueText.js'

/** A value of a partition field. A date is its days since 1970; see `Value` for the other types. */
export type PartitionValue = Value | null

export interface PartitionField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  /** As the JSON has it; `parseTransform` reads it. */
  readonly transform: string
}

/** How files are partitioned. A table keeps its older specs: files written under them stay as they are. */
export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}

export interface SortField {
  readonly transform: string
  readonly 'source-id': number
  readonly direction: 'asc' | 'desc'
  readonly 'null-order': 'nulls-first' | 'nulls-last'
}

export interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly SortField[]
}

/** A partition field with what follows from its schema. */
export interface TypedPartitionField {
  readonly id: number
  readonly name: string
  readonly sourceId: number
  readonly transform: Transform
  /** The type of the partition values; `undefined` for a transform, or a source column, that isn't known. */
  readonly type: PrimitiveType | undefined
}

/** Open: keys that other writers add are kept. */
export const partitionSpecJson = z.looseObject({
  'spec-id': z.int(),
  fields: z.array(
    z.looseObject({ 'source-id': z.int(), 'field-id': z.int(), name: z.string(), transform: z.string() }),
  ),
})

export const sortOrderJson = z.looseObject({
  'order-id': z.int(),
  fields: z.array(
    z.looseObject({
      transform: z.string(),
      'source-id': z.int(),
      direction: z.enum(['asc', 'desc']),
      'null-order': z.enum(['nulls-first', 'nulls-last']),
    }),
  ),
})

/**
 * The spec's fields with their types, in order.
 * @param schemas where source columns are looked for, in this order: a dropped column is only in older ones
 */
export function typePartitionFields(spec: PartitionSpec, schemas: readonly Schema[]): TypedPartitionField[] {
  return spec.fields.map(field => {
    const source = schemas.map(schema => findField(schema, field['source-id'])).find(found => found !== undefined)
    const transform = parseTransform(field.transform)
    const type = source && transformedType(transform, source.type)
    return { id: field['field-id'], name: field.name, sourceId: field['source-id'], transform, type }
  })
}

/**
 * The type of a field's partition values.
 * @throws {UnsupportedTableError} where it isn't known, so that a manifest of it can't be written
 */
export function requirePartitionType(field: TypedPartitionField): PrimitiveType {
  if (field.type) return field.type
  throw new UnsupportedTableError({
    subject: `partition field ${field.name}`,
    expected: 'a transform of Iceberg format version 2 on a known column',
    got: formatTransform(field.transform),
  })
}

/** A partition as the values of its spec's types, in the spec's order; a field that isn't given is null. */
export function toPartition(
  fields: readonly TypedPartitionField[],
  given: Readonly<Record<string, PartitionValue>>,
): Record<string, PartitionValue> {
  return Object.fromEntries(
    fields.map(field => {
      const value = given[field.name] ?? null
      return [field.name, value === null ? null : toValue(requirePartitionType(field), value)]
    }),
  )
}

/** A text that is the same for two files of one spec exactly when they are in the same partition. */
export function partitionKey(
  fields: readonly TypedPartitionField[],
  partition: Readonly<Record<string, PartitionValue>>,
): string {
  const parts = fields.map(field => {
    const value = partition[field.name] ?? null
    return value === null || !field.type ? null : Buffer.from(encodeSingleValue(field.type, value)).toString('hex')
  })
  return JSON.stringify(parts)
}

/**
 * A spec of new fields, which get ids from 1000 on.
 * @throws {UnknownColumnError}
 * @throws {UnsupportedTableError} for a transform that isn't one of version 2, or that the column's type can't have
 * @throws {UsageError} for a field given twice, and a name that is another column's
 * @see https://iceberg.apache.org/spec/#partition-transforms
 */
export function makePartitionSpec(
  schema: Schema,
  given: readonly { readonly name: string; readonly column: string; readonly transform: string }[],
): PartitionSpec {
  const fields = given.map((one, i) => makeField(schema, one, FIRST_PARTITION_ID + i))
  for (const [i, field] of fields.entries()) {
    const others = fields.slice(0, i)
    const subject = `partition field ${field.name}`
    if (others.some(other => isSameName(other.name, field.name)))
      throw new UsageError({ subject, got: 'a name given twice' })
    const isSame = (other: PartitionField): boolean =>
      other['source-id'] === field['source-id'] && other.transform === field.transform
    if (others.some(isSame)) throw new UsageError({ subject, got: `${field.transform} of a column given twice` })
  }
  return { 'spec-id': 0, fields }
}

function makeField(
  schema: Schema,
  { name, column, transform: text }: { readonly name: string; readonly column: string; readonly transform: string },
  id: number,
): PartitionField {
  const subject = `partition field ${name}`
  const source = findColumn(schema, column)
  if (!source) throw new UnknownColumnError({ subject, got: `no column ${column}` })
  const type = requirePrimitive(source.type, subject)
  const transform = parseTransform(text)
  if (!canTransform(transform, type)) {
    throw new UnsupportedTableError({ subject, expected: `a transform of a ${type}`, got: text })
  }
  if (name.trim() === '') throw new UsageError({ subject, expected: 'a name', got: 'none' })
  const namesake = schema.fields.find(field => isSameName(field.name, name))
  if (namesake && (namesake !== source || transform.kind !== 'identity')) {
    const fix = `call it ${column}_${transform.kind}`
    throw new UsageError({ subject, got: `the name of the column ${namesake.name}`, fix })
  }
  return { 'source-id': source.id, 'field-id': id, name, transform: formatTransform(transform) }
}

/** Many engines don't tell upper from lower case. */
const isSameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** A sort order on columns as they are; order 0 is "unsorted" and has no fields. @throws {UnknownColumnError} */
export function makeSortOrder(
  schema: Schema,
  given: readonly {
    readonly column: string
    readonly direction: 'asc' | 'desc'
    readonly nullOrder: 'nulls-first' | 'nulls-last'
  }[],
): SortOrder {
  const fields = given.map(({ column, direction, nullOrder }) => {
    const source = findColumn(schema, column)
    if (!source) throw new UnknownColumnError({ subject: 'sort order', got: `no column ${column}` })
    return { transform: 'identity', 'source-id': source.id, direction, 'null-order': nullOrder }
  })
  return { 'order-id': fields.length === 0 ? 0 : 1, fields }
}

/** The last-partition-id of a table without partition fields is one less. */
export const FIRST_PARTITION_ID = 1000
