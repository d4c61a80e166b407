import { randomUUID } from 'node:crypto'
import type { ParquetCompression } from '../engine/parquetFile.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { transformSql } from '../engine/transformSql.js'
import { UnsupportedTableError } from '../iceberg/errors.js'
import { currentSchema, currentSpec, type TableMetadata } from '../iceberg/metadata.js'
import { requirePartitionType, typePartitionFields } from '../iceberg/partitionSpec.js'
import { type NestedField, type PrimitiveType, requirePrimitive, type StructType } from '../iceberg/schema.js'
import { parseTransform } from '../iceberg/transform.js'

/** A field of the table's partition spec, as DuckDB computes it. */
export interface PartitionColumn {
  readonly name: string
  readonly type: PrimitiveType
  /** The value, from the table's columns. */
  readonly sql: string
  /** What it is called beside them; quoted. */
  readonly column: string
  /** The value as the text that `parseValueText` reads. */
  readonly text: string
  /** The value of such a text, given as a parameter. */
  readonly fromText: (param: string) => string
}

/** The fields of the current partition spec, in order. @throws {UnsupportedTableError} for a transform that isn't known */
export function partitionColumns(metadata: TableMetadata): PartitionColumn[] {
  const schema = currentSchema(metadata)
  return typePartitionFields(currentSpec(metadata), [schema]).map((field, i) => {
    const type = requirePartitionType(field)
    const { sql } = findSource(schema, field.sourceId)
    const source = requirePrimitive(findSource(schema, field.sourceId).type, field.name)
    const column = quoteIdentifier(`partition value ${i} ${randomUUID()}`) // no column is called so
    const isBytes = type === 'binary' || type.startsWith('fixed')
    return {
      name: field.name,
      type,
      sql: transformSql(field.transform, source, sql),
      column,
      text: isBytes ? `hex(${column})` : `cast(${column} as varchar)`,
      fromText: param => (isBytes ? `unhex(${param})` : `cast(${param} as ${duckdbType(type)})`),
    }
  })
}

/** What the current sort order wants, as terms of an ORDER BY. @throws {UnsupportedTableError} */
export function sortTerms(metadata: TableMetadata): string[] {
  const schema = currentSchema(metadata)
  const order = metadata['sort-orders'].find(each => each['order-id'] === metadata['default-sort-order-id'])
  return (order?.fields ?? []).map(field => {
    const source = findSource(schema, field['source-id'])
    const type = requirePrimitive(source.type, 'sort order')
    const nulls = field['null-order'] === 'nulls-first' ? 'nulls first' : 'nulls last'
    return `${transformSql(parseTransform(field.transform), type, source.sql)} ${field.direction} ${nulls}`
  })
}

/** An ORDER BY of such terms; nothing for none. */
export const orderBy = (terms: readonly string[]): string => (terms.length === 0 ? '' : ` order by ${terms.join(', ')}`)

/** The compression of new files, as the table's properties want it. @throws {UnsupportedTableError} */
export function compressionOf({ properties }: TableMetadata): ParquetCompression {
  const codec = properties['write.parquet.compression-codec']?.toLowerCase() ?? 'zstd'
  const found = COMPRESSIONS.find(each => each === codec)
  if (found) return found
  const expected = `one of ${COMPRESSIONS.join(', ')}`
  throw new UnsupportedTableError({ subject: 'table property write.parquet.compression-codec', expected, got: codec })
}

const COMPRESSIONS: readonly ParquetCompression[] = ['zstd', 'snappy', 'gzip', 'lz4', 'uncompressed']

/** A column, or a field of a struct, and the SQL of its value. */
function findSource(schema: StructType, id: number): { sql: string; type: NestedField['type'] } {
  const path = findPath(schema, id)
  const field = path?.at(-1)
  if (path && field) return { sql: path.map(({ name }) => quoteIdentifier(name)).join('.'), type: field.type }
  throw new UnsupportedTableError({ subject: 'table', expected: `a column with the field id ${id}`, got: 'none' })
}

function findPath(type: StructType, id: number): NestedField[] | undefined {
  for (const field of type.fields) {
    if (field.id === id) return [field]
    const inner = typeof field.type === 'object' && field.type.type === 'struct' ? findPath(field.type, id) : undefined
    if (inner) return [field, ...inner]
  }
  return undefined
}
