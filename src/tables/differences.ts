import type { SchemaChange } from '../iceberg/evolveSchema.js'
import { currentSchema, currentSpec, type TableMetadata } from '../iceberg/metadata.js'
import type { PartitionSpec, SortOrder } from '../iceberg/partitionSpec.js'
import {
  findField,
  formatType,
  type NestedField,
  type PrimitiveType,
  parseDecimalType,
  type Schema,
  type Type,
} from '../iceberg/schema.js'
import { type DeclaredColumn, type DeclaredTable, withComment } from './tableSpec.js'

/** One thing that a table has otherwise than it is declared. */
export interface Difference {
  /** `column season`, `type of column sold_price`, `partition`. */
  readonly what: string
  readonly declared: string
  readonly found: string
  /** What makes it as declared, where that can harm nothing; `tables create` does it. */
  readonly change?: SchemaChange
}

/** What a table has otherwise: columns in the declared order, then those that only the table has, then the rest. */
export function compareTable(declared: DeclaredTable, metadata: TableMetadata): Difference[] {
  const schema = currentSchema(metadata)
  return [
    ...declared.columns.flatMap(column => compareColumn(column, schema)),
    ...listOthers(declared, schema),
    ...comparePartition(declared, metadata),
    ...compareSort(declared, metadata),
    ...compareProperties(declared, metadata),
  ]
}

const NONE = 'none'

function compareColumn(column: DeclaredColumn, schema: Schema): Difference[] {
  const found = schema.fields.find(field => field.name === column.name)
  if (found) return [...compareType(column, found), ...compareRequired(column, found), ...compareComment(column, found)]
  const what = `column ${column.name}`
  const declared = `${formatType(column.type)}${column.required ? ', required' : ''}`
  const other = schema.fields.find(field => field.name.toLowerCase() === column.name)
  if (other) return [{ what, declared, found: `${other.name}, in other letters` }]
  if (column.required) return [{ what, declared, found: NONE }] // its rows until now would have none
  const { name, type, comment } = column
  return [
    {
      what,
      declared,
      found: NONE,
      change: { kind: 'add', name, type, ...(comment !== undefined && { doc: comment }) },
    },
  ]
}

function compareType({ name, type }: DeclaredColumn, found: NestedField): Difference[] {
  const [declared, is] = [formatType(type), formatType(found.type)]
  if (declared === is) return []
  const wide = typeof type === 'string' && canWiden(found.type, type) ? type : undefined
  const change = wide === undefined ? {} : { change: { kind: 'widen' as const, name, type: wide } }
  return [{ what: `type of column ${name}`, declared, found: is, ...change }]
}

/** Spec, "Schema Evolution": the promotions that need no file to be written again. */
function canWiden(from: Type, to: PrimitiveType): boolean {
  if (from === 'int') return to === 'long'
  if (from === 'float') return to === 'double'
  const [narrow, wide] = [parseDecimalType(from), parseDecimalType(to)]
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision < wide.precision
}

function compareRequired({ name, required }: DeclaredColumn, found: NestedField): Difference[] {
  if (required === found.required) return []
  const spell = (isRequired: boolean) => (isRequired ? 'required' : 'may be NULL')
  const difference = { what: `column ${name}`, declared: spell(required), found: spell(found.required) }
  return [required ? difference : { ...difference, change: { kind: 'relax', name } }]
}

function compareComment({ name, comment }: DeclaredColumn, { doc }: NestedField): Difference[] {
  if (comment === undefined || comment === doc) return []
  const change = { kind: 'comment' as const, name, doc: comment }
  return [{ what: `comment of column ${name}`, declared: comment, found: doc ?? NONE, change }]
}

/** Columns that nobody declared: a rename that was made in the file only ends up here, too. */
const listOthers = ({ columns }: DeclaredTable, { fields }: Schema): Difference[] =>
  fields
    .filter(({ name }) => !columns.some(column => column.name === name.toLowerCase()))
    .map(({ name, type }) => ({ what: `column ${name}`, declared: NONE, found: formatType(type) }))

/** The order of partition fields means nothing but for the names of folders. */
function comparePartition({ partition }: DeclaredTable, metadata: TableMetadata): Difference[] {
  const declared = partition.map(({ column, transform }) => spellTransform(transform, column))
  const found = spellFields(metadata, currentSpec(metadata))
  if (declared.toSorted().join() === found.toSorted().join()) return []
  return [{ what: 'partition', declared: spellList(declared), found: spellList(found) }]
}

/** A partition spec as people read it: `year, bucket[16](product_id)`, or `none`. */
export const spellPartition = (metadata: TableMetadata, spec: PartitionSpec): string =>
  spellList(spellFields(metadata, spec))

const spellFields = (metadata: TableMetadata, { fields }: PartitionSpec): string[] =>
  fields
    .filter(({ transform }) => transform !== 'void')
    .map(field => spellTransform(field.transform, columnName(metadata, field['source-id'])))

function compareSort({ sort }: DeclaredTable, metadata: TableMetadata): Difference[] {
  const declared = sort.map(({ column, direction, nullOrder }) => spellSort(column, direction, nullOrder))
  const order = metadata['sort-orders'].find(each => each['order-id'] === metadata['default-sort-order-id'])
  const found = (order?.fields ?? []).map(field => spellFound(field, metadata))
  if (declared.join() === found.join()) return []
  return [{ what: 'sort order', declared: spellList(declared), found: spellList(found) }]
}

function compareProperties({ properties, comment }: DeclaredTable, metadata: TableMetadata): Difference[] {
  return Object.entries(withComment(properties, comment))
    .filter(([name, value]) => metadata.properties[name] !== value)
    .map(([name, value]) => ({ what: `property ${name}`, declared: value, found: metadata.properties[name] ?? NONE }))
}

function spellFound(field: SortOrder['fields'][number], metadata: TableMetadata): string {
  const column = spellTransform(field.transform, columnName(metadata, field['source-id']))
  return spellSort(column, field.direction, field['null-order'])
}

/** As it is called now; a dropped one as it was. */
function columnName(metadata: TableMetadata, id: number): string {
  const schemas = [currentSchema(metadata), ...metadata.schemas]
  return schemas.map(schema => findField(schema, id)?.name).find(name => name !== undefined) ?? `column ${id}`
}

const spellTransform = (transform: string, column: string): string =>
  transform === 'identity' ? column : `${transform}(${column})`

const spellSort = (column: string, direction: string, nullOrder: string): string =>
  `${column} ${direction} ${nullOrder.replace('-', ' ')}`

const spellList = (parts: readonly string[]): string => (parts.length === 0 ? NONE : parts.join(', '))
