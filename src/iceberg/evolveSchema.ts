import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { UsageError } from '../errors.js'
import { UnknownColumnError } from './errors.js'
import { currentSchema, currentSpec, type TableMetadata } from './metadata.js'
import { foldName, requireNewName, withFreshIds } from './newSchema.js'
import type { PartitionSpec } from './partitionSpec.js'
import { formatType, type NestedField, type PrimitiveType, parseDecimalType, type Schema, type Type } from './schema.js'

/** A change of a top-level column, which is found by its name as it is after the changes before. */
export type SchemaChange =
  /** At the end, and optional: the rows that are there have NULL in it, as version 2 knows no defaults. */
  | { readonly kind: 'add'; readonly name: string; readonly type: Type; readonly doc?: string }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'drop'; readonly name: string }
  /** int to long, float to double, a decimal to one of more digits and the same scale (spec, "Schema Evolution"). */
  | { readonly kind: 'widen'; readonly name: string; readonly type: PrimitiveType }
  /** From required to optional. */
  | { readonly kind: 'relax'; readonly name: string }
  /** An empty text removes the comment. */
  | { readonly kind: 'comment'; readonly name: string; readonly doc: string }

/**
 * The metadata with the changes made to its current schema, one after the other. No file is touched: a column is its id,
 * which no other column ever gets.
 * @returns the same object if nothing differs after all; a schema that the table had before is taken up again
 * @throws {UnknownColumnError}
 * @throws {UsageError} for a name that is taken, a type that the old one doesn't fit in, and the dropping of what a
 * partition spec, the sort order or the rows' identity need
 */
export function evolveSchema(metadata: TableMetadata, changes: readonly SchemaChange[], now: Date): TableMetadata {
  const schema = currentSchema(metadata)
  let draft: Draft = { fields: schema.fields, lastId: metadata['last-column-id'] }
  for (const change of changes) draft = applyChange(draft, change, metadata)
  const evolved = { ...schema, fields: draft.fields }
  if (isDeepStrictEqual(evolved, schema)) return metadata
  const newest = metadata.schemas.reduce((id, each) => Math.max(id, each['schema-id']), -1)
  const older = metadata.schemas.find(each =>
    isDeepStrictEqual({ ...each, 'schema-id': 0 }, { ...evolved, 'schema-id': 0 }),
  )
  const next: Schema = older ?? { ...evolved, 'schema-id': newest + 1 }
  return {
    ...metadata,
    'last-updated-ms': Math.max(now.getTime(), metadata['last-updated-ms']),
    'last-column-id': draft.lastId,
    'current-schema-id': next['schema-id'],
    schemas: older ? metadata.schemas : [...metadata.schemas, next],
  }
}

/** A schema on its way. */
interface Draft {
  readonly fields: readonly NestedField[]
  /** The highest id that was ever given. */
  readonly lastId: number
}

function applyChange(draft: Draft, change: SchemaChange, metadata: TableMetadata): Draft {
  if (change.kind === 'add') return addColumn(draft, change, metadata)
  const field = draft.fields.find(({ name }) => name === change.name)
  if (!field) {
    const expected = `one of ${draft.fields.map(({ name }) => name).join(', ')}`
    throw new UnknownColumnError({ subject: `column ${change.name}`, expected, got: 'no such column' })
  }
  if (change.kind === 'drop') return { ...draft, fields: withoutColumn(draft.fields, field, metadata) }
  const changed = changeColumn(draft, field, change, metadata)
  return { ...draft, fields: draft.fields.map(each => (each === field ? changed : each)) }
}

function addColumn(draft: Draft, change: SchemaChange & { readonly kind: 'add' }, metadata: TableMetadata): Draft {
  requireNewName(change.name, takenNames(draft, undefined, metadata))
  let lastId = draft.lastId + 1
  const id = lastId
  const type = withFreshIds(change.type, () => ++lastId)
  const field: NestedField = { id, name: change.name, required: false, type }
  return { fields: [...draft.fields, withComment(field, change.doc ?? '')], lastId }
}

function changeColumn(
  draft: Draft,
  field: NestedField,
  change: Exclude<SchemaChange, { readonly kind: 'add' | 'drop' }>,
  metadata: TableMetadata,
): NestedField {
  switch (change.kind) {
    case 'rename':
      if (change.to !== field.name) requireNewName(change.to, takenNames(draft, field, metadata))
      return { ...field, name: change.to }
    case 'widen':
      return { ...field, type: widen(field, change.type) }
    case 'relax':
      if (identifierIds(metadata).includes(field.id)) throw inUse(field.name, 'the identity of rows', 'be optional')
      return { ...field, required: false }
    case 'comment':
      return withComment(field, change.doc)
  }
}

/**
 * The folded names that a column can't get: those of the others, and those of the partition spec's fields unless they are
 * this column's own, as other readers refuse a table where such a name is another column's.
 */
function takenNames(draft: Draft, field: NestedField | undefined, metadata: TableMetadata): Set<string> {
  const columns = draft.fields.filter(other => other !== field)
  const partitions = currentSpec(metadata).fields.filter(
    partition => partition['source-id'] !== field?.id || partition.transform !== 'identity',
  )
  return new Set([...columns, ...partitions].map(({ name }) => foldName(name)))
}

function withoutColumn(fields: readonly NestedField[], field: NestedField, metadata: TableMetadata): NestedField[] {
  const ids = new Set([field.id, ...idsWithin(field.type)])
  const order = metadata['sort-orders'].find(each => each['order-id'] === metadata['default-sort-order-id'])
  const isSource = (each: { readonly 'source-id': number }): boolean => ids.has(each['source-id'])
  if (specsInUse(metadata).some(spec => spec.fields.some(isSource)))
    throw inUse(field.name, 'a partition spec, now or of older files', 'be dropped')
  if (order?.fields.some(isSource)) throw inUse(field.name, 'the sort order', 'be dropped')
  if (identifierIds(metadata).some(id => ids.has(id))) throw inUse(field.name, 'the identity of rows', 'be dropped')
  if (fields.length === 1) throw inUse(field.name, 'the table, as its only one', 'be dropped')
  return fields.filter(each => each !== field)
}

/**
 * Iceberg allows to drop what only older specs are made of. DuckDB's extension then aborts as soon as it meets a file of such
 * a spec, and nobody can tell from the metadata whether there is one.
 */
const specsInUse = (metadata: TableMetadata): readonly PartitionSpec[] =>
  metadata.snapshots.length > 0 ? metadata['partition-specs'] : [currentSpec(metadata)]

function idsWithin(type: Type): number[] {
  if (typeof type === 'string') return []
  if (type.type === 'list') return [type['element-id'], ...idsWithin(type.element)]
  if (type.type === 'map') return [type['key-id'], type['value-id'], ...idsWithin(type.key), ...idsWithin(type.value)]
  return type.fields.flatMap(field => [field.id, ...idsWithin(field.type)])
}

function widen({ name, type }: NestedField, to: PrimitiveType): PrimitiveType {
  if (type === to || (type === 'int' && to === 'long') || (type === 'float' && to === 'double')) return to
  const [from, into] = [parseDecimalType(type), parseDecimalType(to)]
  if (from && into && from.scale === into.scale && from.precision <= into.precision && into.precision <= 38) return to
  throw new UsageError({
    subject: `column ${name} of type ${formatType(type)}`,
    expected: 'long for an int, double for a float, a decimal of more digits and the same scale for a decimal',
    got: to,
    fix: 'add a column of that type instead',
  })
}

function withComment(field: NestedField, doc: string): NestedField {
  const { doc: _, ...rest } = field
  return doc === '' ? rest : { ...rest, doc }
}

/** The columns that tell rows apart, where another engine has set them (spec, "Identifier Field IDs"). */
function identifierIds(metadata: TableMetadata): readonly number[] {
  const { data } = identifiers.safeParse(currentSchema(metadata))
  return data?.['identifier-field-ids'] ?? []
}

const identifiers = z.looseObject({ 'identifier-field-ids': z.array(z.int()).nullish() })

const inUse = (name: string, by: string, to: string): UsageError =>
  new UsageError({ subject: `column ${name}`, expected: `a column that may ${to}`, got: `one that is needed by ${by}` })
