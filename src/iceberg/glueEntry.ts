import type { Column, TableInput } from '@aws-sdk/client-glue'
import type { GlueTable } from '../lake/glue.js'
import { columnComment, tableComment } from '../lake/glueText.js'
import { DROPPED_PROPERTY } from './dropTable.js'
import { currentSchema, type TableMetadata } from './metadata.js'
import { foldName } from './newSchema.js'
import type { NestedField, Type } from './schema.js'

export interface GlueEntryOptions {
  /** Within its database. */
  readonly name: string
  /** The URL of the metadata file that counts. */
  readonly metadataLocation: string
  /** What Glue has of the table now: what others have put there is passed on. */
  readonly previous?: GlueTable
  /** More than the catalog's own. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Else the table's own comment, or what was there. */
  readonly description?: string
}

/**
 * What an Iceberg table is in Glue, in the spelling of Iceberg's own library, pyiceberg and Trino: readers go by the
 * parameters, and the columns are for people.
 * @see https://iceberg.apache.org/docs/latest/aws/#glue-catalog
 */
export function toGlueEntry(metadata: TableMetadata, options: GlueEntryOptions): TableInput {
  const { name, metadataLocation, previous, parameters } = options
  const about = options.description ?? metadata.properties.comment
  const description = about === undefined ? previous?.description : tableComment(about)
  const before = previous?.parameters[METADATA_LOCATION]
  const dropped = metadata.properties[DROPPED_PROPERTY]
  return {
    ...previous?.raw,
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    ...(description !== undefined && { Description: description }),
    Parameters: {
      ...previous?.parameters,
      ...parameters,
      [TABLE_TYPE]: 'ICEBERG',
      [METADATA_LOCATION]: metadataLocation,
      ...(before !== undefined && { [PREVIOUS_METADATA_LOCATION]: before }),
      ...(dropped !== undefined && { [DROPPED_PROPERTY]: dropped }),
    },
    StorageDescriptor: {
      ...previous?.raw.StorageDescriptor,
      Location: metadata.location,
      Columns: glueColumns(metadata),
    },
  }
}

/** The parameters of a table that say what it is. */
export const TABLE_TYPE = 'table_type'
export const METADATA_LOCATION = 'metadata_location'
export const PREVIOUS_METADATA_LOCATION = 'previous_metadata_location'

/** Its value `files` says that the table follows a lake whose catalog is its files, and is as it was when it was published. */
export const AUTHORITY = 'stocktake.authority'

/** Whether an entry of Glue's is a table of Iceberg. */
export const isIcebergEntry = ({ parameters }: GlueTable): boolean =>
  parameters[TABLE_TYPE]?.toUpperCase() === 'ICEBERG'

/** Whether an entry is what a drop that was stopped has left of a table. */
export const isDroppedEntry = ({ parameters }: GlueTable): boolean => parameters[DROPPED_PROPERTY] !== undefined

/** The columns of the current schema, and then those of earlier ones that are no more, as not current. */
function glueColumns(metadata: TableMetadata): Column[] {
  const current = currentSchema(metadata)
  const columns = new Map(current.fields.map(field => [foldName(field.name), toColumn(field, true)]))
  for (const { fields } of metadata.schemas)
    for (const field of fields)
      if (!columns.has(foldName(field.name))) columns.set(foldName(field.name), toColumn(field, false))
  return [...columns.values()]
}

function toColumn({ id, name, required, type, doc }: NestedField, isCurrent: boolean): Column {
  return {
    Name: name,
    Type: glueType(type),
    ...(doc !== undefined && doc !== '' && { Comment: columnComment(doc) }),
    Parameters: {
      'iceberg.field.id': String(id),
      'iceberg.field.optional': String(!required),
      'iceberg.field.current': String(isCurrent),
    },
  }
}

/** A type of Iceberg as Hive spells it; what Hive hasn't is what Iceberg's own library makes of it. */
function glueType(type: Type): string {
  if (typeof type === 'string') return HIVE_TYPES[type] ?? otherType(type)
  if (type.type === 'list') return `array<${glueType(type.element)}>`
  if (type.type === 'map') return `map<${glueType(type.key)},${glueType(type.value)}>`
  return `struct<${type.fields.map(field => `${field.name}:${glueType(field.type)}`).join(',')}>`
}

const HIVE_TYPES: Readonly<Record<string, string>> = {
  long: 'bigint',
  time: 'string',
  timestamptz: 'timestamp',
  uuid: 'string',
}

function otherType(type: string): string {
  return type.startsWith('fixed[') ? 'binary' : type // `decimal(9,2)` is spelled alike
}
