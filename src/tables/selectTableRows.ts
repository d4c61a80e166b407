import { quoteString } from '../engine/sqlText.js'
import { duckdbType, type FileDefaults, selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { UnsupportedTableError } from '../iceberg/errors.js'
import { typedFields } from '../iceberg/manifest.js'
import { currentSchema, getSnapshot, schemasNewestFirst, type TableMetadata } from '../iceberg/metadata.js'
import { type Predicate, planFiles, resolveFile } from '../iceberg/plan.js'
import { type NestedField, parseDecimalType, type Schema, type Type } from '../iceberg/schema.js'
import type { Value } from '../iceberg/singleValue.js'

/** What reads a table's rows. */
export interface TableRows {
  /** A SELECT of all columns; rows that don't meet the predicates may be among them. */
  readonly select: string
  /** The files that it reads. */
  readonly files: readonly DataFile[]
  /** How many there would be without predicates. */
  readonly totalFiles: number
  /** The columns. */
  readonly schema: Schema
}

/**
 * Plans what is read of a table: as it is now, or as of a snapshot, with the columns of then. Columns are found by field id;
 * one that a file lacks is NULL, or what its partition says (spec, "Column Projection").
 * @throws {UnsupportedTableError} for delete files, files without field ids, and fields within structs that were renamed,
 *   which DuckDB looks for by name
 * @throws {UnknownColumnError}
 * @throws {ColumnValueError}
 */
export async function selectTableRows(
  table: Table,
  options: { readonly predicates?: readonly Predicate[]; readonly snapshotId?: bigint },
): Promise<TableRows> {
  const { predicates = [], snapshotId } = options
  const at = snapshotId === undefined ? {} : { snapshotId }
  requireReadable(table)
  const schema = schemaAt(table.metadata, snapshotId)
  const files = await planFiles(table, predicates, at)
  const all = predicates.length === 0 ? files : await planFiles(table, [], at)
  return { select: selectPlanned(table, schema, files), files, totalFiles: all.length, schema }
}

/**
 * A SELECT of all current columns from some of the table's files.
 * @throws {UnsupportedTableError} for files that can't be read rightly
 */
export function selectTableFiles(table: Table, files: readonly DataFile[]): string {
  requireReadable(table)
  return selectPlanned(table, currentSchema(table.metadata), files)
}

/** Time travel shows columns as they were named then. */
function schemaAt(metadata: TableMetadata, snapshotId: bigint | undefined): Schema {
  if (snapshotId === undefined) return currentSchema(metadata)
  const id = getSnapshot(metadata, snapshotId)['schema-id']
  return metadata.schemas.find(schema => schema['schema-id'] === id) ?? currentSchema(metadata)
}

function requireReadable({ name, metadata }: Table): void {
  const subject = `table ${name}`
  if (metadata.properties['schema.name-mapping.default'] !== undefined) {
    const got = 'files that others may have added without (property schema.name-mapping.default)'
    throw new UnsupportedTableError({ subject, expected: 'files with field ids', got })
  }
  const names = new Map<string, string>()
  for (const schema of schemasNewestFirst(metadata)) {
    for (const [parent, field] of nestedFields(schema)) {
      for (const [key, value] of [
        [`${parent} ${field.id}`, field.name],
        [`${parent} ${JSON.stringify(field.name)}`, String(field.id)],
      ] as const) {
        if ((names.get(key) ?? value) !== value) {
          const got = `${field.name}, which was renamed, or dropped and added again`
          throw new UnsupportedTableError({ subject, expected: 'fields of structs that keep their names', got })
        }
        names.set(key, value)
      }
    }
  }
}

/** The fields of all structs below the columns, with the id of what holds them. */
function nestedFields(schema: Schema): (readonly [parent: number, field: NestedField])[] {
  const visit = (parent: number, type: Type): (readonly [number, NestedField])[] => {
    if (typeof type === 'string') return []
    if (type.type === 'list') return visit(type['element-id'], type.element)
    if (type.type === 'map') return [...visit(type['key-id'], type.key), ...visit(type['value-id'], type.value)]
    return type.fields.flatMap(field => [[parent, field] as const, ...visit(field.id, field.type)])
  }
  return schema.fields.flatMap(field => visit(field.id, field.type))
}

/** Files whose missing columns have the same values are read together: nearly always all of them. */
function selectPlanned(table: Table, schema: Schema, files: readonly DataFile[]): string {
  const groups = new Map<string, { readonly defaults: FileDefaults; readonly paths: string[] }>()
  for (const file of files) {
    const defaults = missingValues(table.metadata, schema, file)
    const key = JSON.stringify([...defaults])
    const group = groups.get(key) ?? { defaults, paths: [] }
    group.paths.push(table.store.locate(resolveFile(table, file.path)))
    groups.set(key, group)
  }
  const selects = [...groups.values()].map(({ defaults, paths }) => selectFiles(schema, paths, defaults))
  return selects.join('\nunion all\n') || selectFiles(schema, [])
}

/** By field id, SQL of the values of columns that are parted by as they are, and that the file seems not to have. */
function missingValues(metadata: TableMetadata, schema: Schema, file: DataFile): Map<number, string> {
  const values = new Map<number, string>()
  for (const { name, sourceId, transform } of typedFields(metadata, file.specId)) {
    const column = schema.fields.find(({ id }) => id === sourceId)
    const value = file.partition[name] ?? null
    if (transform.kind !== 'identity' || !column || typeof column.type !== 'string' || value === null) continue
    if (file.valueCounts.has(sourceId) || file.columnSizes.has(sourceId)) continue
    values.set(sourceId, `cast(${formatLiteral(column.type, value)} as ${duckdbType(column.type)})`)
  }
  return values
}

function formatLiteral(type: Type, value: Value): string {
  if (value instanceof Uint8Array) return `unhex(${quoteString(Buffer.from(value).toString('hex'))})`
  if (type === 'date') return `(date '1970-01-01' + ${Number(value)})`
  if (type === 'timestamp') return `make_timestamp(${BigInt(value)})`
  if (type === 'timestamptz') return `make_timestamptz(${BigInt(value)})`
  if (type === 'time') return `(time '00:00:00' + to_microseconds(${BigInt(value)}))`
  const decimal = parseDecimalType(type)
  return quoteString(decimal ? formatDecimal(BigInt(value), decimal.scale) : String(value))
}

function formatDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}
