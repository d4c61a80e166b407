import { Document, isMap } from 'yaml'
import { currentSchema, currentSpec, schemasNewestFirst, type TableMetadata } from '../iceberg/metadata.js'
import { findField, formatType, type NestedField } from '../iceberg/schema.js'
import { formatTransform, parseTransform } from '../iceberg/transform.js'
import { canBeDeclared } from './declaredColumn.js'
import { partitionName } from './declaredOrder.js'
import { compareTable } from './differences.js'
import type { DeclaredColumn, DeclaredTable } from './tableSpec.js'

/**
 * What its file should say of a table as it is now, as lines for a person to put there.
 * @returns none where the file says it already
 */
export function listSpecEdits(declared: DeclaredTable, metadata: TableMetadata): string[] {
  const columns = listColumnEdits(declared, metadata)
  const isParted = compareTable(declared, metadata).some(({ what }) => what === 'partition')
  const partition = isParted ? listPartition(metadata) : []
  return [
    ...(columns.length > 0 ? ['columns:', ...columns] : []),
    ...(isParted && partition.length === 0 ? ['partition: []'] : []),
    ...(partition.length > 0 ? ['partition:', ...partition] : []),
  ]
}

function listColumnEdits({ columns }: DeclaredTable, metadata: TableMetadata): string[] {
  const { fields } = currentSchema(metadata)
  const fieldOf = (name: string) => fields.find(field => field.name === name) ?? findRenamed(name, metadata)
  const lines = fields.flatMap(field => {
    const known = columns.find(({ name }) => fieldOf(name) === field)
    if (!known && !canBeDeclared(field.type)) return []
    const line = formatFlow(toColumnSettings(field, known, name => fieldOf(name)?.name ?? name))
    if (known && line === formatFlow(toDeclaredSettings(known))) return []
    return [`  - ${line}${known ? (known.name === field.name ? '' : `  # was ${known.name}`) : '  # new'}`]
  })
  const gone = columns.filter(({ name }) => !fieldOf(name))
  return [...lines, ...gone.map(({ name }) => `  # ${name} is no longer there: take its line out`)]
}

/** The column that once had that name: the last one that had. */
function findRenamed(name: string, metadata: TableMetadata): NestedField | undefined {
  const id = schemasNewestFirst(metadata)
    .flatMap(({ fields }) => fields)
    .find(field => field.name === name)?.id
  return currentSchema(metadata).fields.find(field => field.id === id)
}

/** A column's line in the file, in the order in which those that are shipped have their keys. */
function toColumnSettings(field: NestedField, known: DeclaredColumn | undefined, nameNow: (name: string) => string) {
  const filledBy = known?.filledBy && { ...known.filledBy, column: nameNow(known.filledBy.column) }
  // The file's silence about a comment says nothing.
  const comment = known && known.comment === undefined ? undefined : field.doc
  const { name, type, required } = field
  return settingsOf({ ...known, name, type, required, comment, filledBy })
}

const toDeclaredSettings = (column: DeclaredColumn) =>
  settingsOf({ ...column, comment: column.comment, filledBy: column.filledBy })

type Settings = Omit<DeclaredColumn, 'comment' | 'filledBy'> & {
  readonly comment: DeclaredColumn['comment'] | undefined
  readonly filledBy: DeclaredColumn['filledBy'] | undefined
}

function settingsOf({ name, type, required, min, max, oneOf, length, filledBy, comment }: Settings) {
  return {
    name,
    type: formatType(type),
    ...(required && { required }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(oneOf !== undefined && { one_of: oneOf }),
    ...(length !== undefined && { length }),
    ...(filledBy !== undefined && { from: `${filledBy.transform}(${filledBy.column})` }),
    ...(comment !== undefined && { comment }),
  }
}

function listPartition(metadata: TableMetadata): string[] {
  const schema = currentSchema(metadata)
  return currentSpec(metadata)
    .fields.filter(({ transform }) => transform !== 'void')
    .map(({ name, transform, 'source-id': id }) => {
      const column = findField(schema, id)?.name ?? String(id)
      const isPlain = partitionName(column, parseTransform(transform)) === name
      return `  - ${formatFlow({ column, transform: formatTransform(parseTransform(transform)), ...(!isPlain && { name }) })}`
    })
}

/** On one line of YAML: `{ name: color, type: string }`. */
function formatFlow(settings: object): string {
  const document = new Document(settings)
  if (isMap(document.contents)) document.contents.flow = true
  return document.toString({ lineWidth: 0 }).trimEnd()
}
