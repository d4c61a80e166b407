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
import { quoteShell } from '../setup/shellText.js'
import { canBeDeclared } from './declaredColumn.js'
import { tableCommand } from './tableCommand.js'
import { type DeclaredColumn, type DeclaredTable, withComment } from './tableSpec.js'

/** What a table is compared in, in the order in which people look at it. */
export const ASPECTS = ['columns', 'types', 'required', 'comments', 'partition', 'sort order', 'properties'] as const

/** One thing that a table has otherwise than it is declared. */
export interface Difference {
  readonly aspect: (typeof ASPECTS)[number]
  /** `column season`, `type of column sold_price`, `partition`. */
  readonly what: string
  readonly declared: string
  readonly found: string
  /** What makes it as declared, where that can harm nothing; `tables create` does it, and sets properties. */
  readonly change?: SchemaChange
  /** What a person can do, where `tables create` does nothing. */
  readonly fix?: string
  /** Another engine's column of a type that can't be declared: no reason to find fault with the table. */
  readonly isForeign?: boolean
}

/** The properties that a table has by its spec, over those that it has. */
export const withDeclaredProperties = (
  { properties, comment }: DeclaredTable,
  { properties: found }: TableMetadata,
): Readonly<Record<string, string>> => ({ ...found, ...withComment(properties, comment) })

/** What a table has otherwise: columns in the declared order, then those that only the table has, then the rest. */
export function compareTable(declared: DeclaredTable, metadata: TableMetadata): Difference[] {
  const schema = currentSchema(metadata)
  return [
    ...declared.columns.flatMap(column => compareColumn(column, metadata, declared)),
    ...listOthers(declared, schema),
    ...comparePartition(declared, metadata),
    ...compareSort(declared, metadata),
    ...compareProperties(declared, metadata),
  ]
}

const NONE = 'none'

const evolve = (table: DeclaredTable, option: string, value: string): string =>
  tableCommand(table, 'evolve', option, value)

function compareColumn(column: DeclaredColumn, metadata: TableMetadata, table: DeclaredTable): Difference[] {
  const schema = currentSchema(metadata)
  const found = schema.fields.find(field => field.name === column.name)
  if (found) return [...compareType(column, found), ...compareRequired(column, found), ...compareComment(column, found)]
  const { name, type, comment, required } = column
  const declared = `${formatType(type)}${required ? ', required' : ''}`
  const missing = { aspect: 'columns', what: `column ${name}`, declared } as const
  const other = schema.fields.find(field => field.name.toLowerCase() === name)
  if (other) {
    const fix = evolve(table, '--rename', `${other.name}=${name}`)
    return [{ ...missing, found: `${other.name}, in other letters`, fix }]
  }
  const renamed = findRenamed(name, metadata)
  if (renamed) {
    const fix = `declare it as ${renamed.name}, or ${evolve(table, '--rename', `${renamed.name}=${name}`)}`
    return [{ ...missing, found: `renamed to ${renamed.name}`, fix }]
  }
  const change = { kind: 'add', name, type, ...(comment !== undefined && { doc: comment }) } as const
  if (!required) return [{ ...missing, found: NONE, change }]
  const fix = 'declare it without required: the rows that are there would have none'
  return [{ ...missing, found: NONE, fix }]
}

/** The column that once had the name, and has another now. */
function findRenamed(name: string, metadata: TableMetadata): NestedField | undefined {
  const ids = metadata.schemas.flatMap(({ fields }) => fields.filter(field => field.name === name).map(({ id }) => id))
  return currentSchema(metadata).fields.find(({ id }) => ids.includes(id))
}

function compareType({ name, type }: DeclaredColumn, found: NestedField): Difference[] {
  const [declared, is] = [formatType(type), formatType(found.type)]
  if (declared === is) return []
  const wide = typeof type === 'string' && canWiden(found.type, type) ? type : undefined
  const difference = { aspect: 'types', what: `type of column ${name}`, declared, found: is } as const
  if (wide !== undefined) return [{ ...difference, change: { kind: 'widen', name, type: wide } }]
  const instead = canBeDeclared(found.type) ? `declare it as ${is}` : 'take it out of the file'
  return [{ ...difference, fix: `no column can change so: ${instead}, or declare another column beside it` }]
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
  const [declared, is] = [spell(required), spell(found.required)]
  const difference = { aspect: 'required', what: `column ${name}`, declared, found: is } as const
  if (!required) return [{ ...difference, change: { kind: 'relax', name } }]
  return [{ ...difference, fix: 'declare it without required: there may be rows without it' }]
}

function compareComment({ name, comment }: DeclaredColumn, { doc }: NestedField): Difference[] {
  if (comment === undefined || comment === doc) return []
  const change = { kind: 'comment' as const, name, doc: comment }
  return [{ aspect: 'comments', what: `comment of column ${name}`, declared: comment, found: doc ?? NONE, change }]
}

/** Columns that nobody declared: a rename that was made in the file only ends up here, too. */
const listOthers = (table: DeclaredTable, { fields }: Schema): Difference[] =>
  fields
    .filter(({ name }) => !table.columns.some(column => column.name === name.toLowerCase()))
    .map(({ name, type }) => ({
      ...{ aspect: 'columns', what: `column ${name}`, declared: NONE, found: formatType(type) },
      ...(canBeDeclared(type)
        ? { fix: `declare it; or ${evolve(table, '--drop', name)}, or --rename ${quoteShell(name)}=OTHER` }
        : { isForeign: true, fix: `it stays for whoever fills it; or ${evolve(table, '--drop', name)}` }),
    }))

/** The order of partition fields means nothing but for the names of folders. */
function comparePartition(table: DeclaredTable, metadata: TableMetadata): Difference[] {
  const { partition } = table
  const declared = partition.map(({ column, transform }) => spellTransform(transform, column))
  const found = spellFields(metadata, currentSpec(metadata))
  if (declared.toSorted().join() === found.toSorted().join()) return []
  const fix = `${evolve(table, '--partition', spellTyped(partition))}; or declare it as it is`
  return [{ aspect: 'partition', what: 'partition', declared: spellList(declared), found: spellList(found), fix }]
}

/** As `tables evolve --partition` takes it: `year,bucket(16,product_id)`. */
function spellTyped(partition: DeclaredTable['partition']): string {
  const terms = partition.map(({ column, transform }) => {
    const [, name = transform, width] = /^(\w+)\[(\d+)\]$/.exec(transform) ?? []
    return name === 'identity' ? column : `${name}(${width === undefined ? '' : `${width},`}${column})`
  })
  return terms.join(',') || NONE
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
  const fix = 'declare it as it is: the order of a table that is there stays'
  return [{ aspect: 'sort order', what: 'sort order', declared: spellList(declared), found: spellList(found), fix }]
}

function compareProperties({ properties, comment }: DeclaredTable, metadata: TableMetadata): Difference[] {
  return Object.entries(withComment(properties, comment))
    .filter(([name, value]) => metadata.properties[name] !== value)
    .map(([name, value]) => ({
      ...{ aspect: 'properties', what: `property ${name}`, declared: value },
      found: metadata.properties[name] ?? NONE,
    }))
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
