import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { boundFromText, lowerStringBound, upperStringBound } from '../../src/iceberg/bounds.js'
import type { Table } from '../../src/iceberg/catalog.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import type { PartitionValue } from '../../src/iceberg/partitionSpec.js'
import {
  type NestedField,
  type PrimitiveType,
  requirePrimitive,
  type Schema,
  type Type,
} from '../../src/iceberg/schema.js'
import { FolderStore } from '../../src/lake/folderStore.js'

/** A column that every type has one of, so that each reader must understand each. */
export const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: [
    { id: 1, name: 'connector', required: false, type: 'string' },
    { id: 2, name: 'dt', required: false, type: 'date' },
    { id: 3, name: 'import_id', required: false, type: 'string' },
    { id: 4, name: 'key', required: false, type: 'string' },
    { id: 5, name: 'size', required: false, type: 'long' },
    { id: 6, name: 'depth', required: false, type: 'int' },
    { id: 7, name: 'share', required: false, type: 'double' },
    { id: 8, name: 'is_latest', required: false, type: 'boolean' },
    { id: 9, name: 'last_modified', required: false, type: 'timestamp' },
    { id: 10, name: 'price', required: false, type: 'decimal(9,2)' },
    { id: 11, name: 'note', required: false, type: 'string' },
  ],
}

const SQL_TYPES: Partial<Record<PrimitiveType, string>> = { string: 'varchar', long: 'bigint', int: 'integer' }

/** A lake in a temporary folder, with a space in its name, and DuckDB to write Parquet files into it. */
export class RealLake {
  readonly folder: string
  readonly store: FolderStore
  readonly connection: DuckDBConnection

  static async open(): Promise<RealLake> {
    const parent = await mkdtemp(join(tmpdir(), 'stocktake '))
    return new RealLake(join(parent, 'a lake'), await (await DuckDBInstance.create(':memory:')).connect())
  }

  constructor(folder: string, connection: DuckDBConnection) {
    this.folder = folder
    this.store = new FolderStore(folder)
    this.connection = connection
  }

  async close(): Promise<void> {
    this.connection.closeSync()
    await rm(join(this.folder, '..'), { recursive: true })
  }

  /** The metadata file's path, as other readers want it. */
  metadataPath(table: Table): string {
    return this.store.locate(table.metadataKey)
  }

  /** Writes the rows of a query, which names its columns as SCHEMA does, as one Parquet file of the table. */
  async writeFile(
    table: Table,
    name: string,
    query: string,
    partition: Record<string, PartitionValue>,
    { schema, specId }: Written = { schema: SCHEMA, specId: 0 },
  ): Promise<DataFile> {
    const key = `tables/${table.name}/data/${name}.parquet`
    const temporary = join(this.folder, `${name}.parquet`)
    const columns = schema.fields.map(({ name: column, type }) => `${column}::${sqlType(type)} as ${column}`)
    const ids = schema.fields.map(field => `${field.name}: ${fieldIds(field)}`).join(', ')
    const stats = await this.connection.runAndReadAll(
      `copy (select ${columns.join(', ')} from (${query}) order by all) to '${temporary}'
       (format parquet, compression zstd, field_ids {${ids}}, return_stats true)`,
    )
    await this.store.putFile(key, temporary)
    await rm(temporary)
    return toDataFile(stats.getRowObjectsJson()[0] ?? {}, `${table.location}/data/${name}.parquet`, partition, {
      schema,
      specId,
    })
  }
}

/** What a file is written with. */
interface Written {
  readonly schema: Schema
  readonly specId: number
}

function sqlType(type: Type): string {
  if (typeof type === 'string') return SQL_TYPES[type] ?? type
  if (type.type !== 'list') throw new Error('not needed yet')
  return `${sqlType(type.element)}[]`
}

const fieldIds = ({ id, type }: NestedField): string =>
  typeof type === 'object' && type.type === 'list'
    ? `{__duckdb_field_id: ${id}, element: ${type['element-id']}}`
    : String(id)

type ColumnStatistics = Readonly<Record<string, string>>

function toDataFile(
  stats: Record<string, unknown>,
  path: string,
  partition: Record<string, PartitionValue>,
  { schema, specId }: Written,
): DataFile {
  const pairs = Array.isArray(stats.column_statistics) ? stats.column_statistics : []
  const columns = new Map<string, ColumnStatistics>(
    pairs.map(({ key, value }: { key: string; value: { key: string; value: string }[] }) => [
      key.replaceAll('"', ''),
      Object.fromEntries(value.map(entry => [entry.key, entry.value])),
    ]),
  )
  const byId = <T>(of: (column: ColumnStatistics, type: PrimitiveType) => T | undefined): Map<number, T> =>
    new Map(
      schema.fields.flatMap(({ id, name, type }) => {
        if (typeof type === 'object') return []
        const value = of(columns.get(name) ?? {}, requirePrimitive(type, name))
        return value === undefined ? [] : [[id, value] as const]
      }),
    )
  const count = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  return {
    path,
    partition,
    recordCount: Number(stats.count),
    fileSizeBytes: Number(stats.file_size_bytes),
    columnSizes: byId(column => count(column.column_size_bytes)),
    valueCounts: byId(column => (column.null_count === undefined ? undefined : Number(stats.count))),
    nullValueCounts: byId(column => count(column.null_count)),
    nanValueCounts: byId((column, type) => (type === 'double' && column.has_nan === 'false' ? 0 : undefined)),
    lowerBounds: byId(({ min }, type) =>
      min === undefined ? undefined : type === 'string' ? lowerStringBound(min) : boundFromText(type, min),
    ),
    upperBounds: byId(({ max, has_nan }, type) =>
      max === undefined || has_nan === 'true'
        ? undefined
        : type === 'string'
          ? upperStringBound(max)
          : boundFromText(type, max),
    ),
    sortOrderId: 1,
    specId,
  }
}
