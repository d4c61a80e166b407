import type { TableInput } from '@aws-sdk/client-glue'
import type { FieldType } from '../inventory/fields.js'
import type { ReportFormat } from '../inventory/fileSchema.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'

/** A column of an external table, by Glue's name of its type. */
export interface ExternalColumn {
  readonly name: string
  readonly type: 'string' | 'bigint' | 'boolean' | 'timestamp'
  readonly comment?: string
}

/** Files of reports as a table in Glue. */
export interface ExternalReport {
  readonly name: string
  readonly format: ReportFormat
  /** As {@link reportColumns} gives them. */
  readonly columns: readonly ExternalColumn[]
  /** The URL of the folder that holds text files, each line of which is the URL of a data file. */
  readonly location: string
  /** Columns that the files don't have. */
  readonly partitionKeys?: readonly ExternalColumn[]
  readonly description?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/**
 * What a report's files are in Glue: an external table over lists of files, as AWS's own inventories have them in their
 * folders `hive`, which Athena and Trino read alike.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-athena-query.html
 */
export function reportTableInput(report: ExternalReport): TableInput {
  const { name, format, columns, location, partitionKeys = [], description, parameters } = report
  return {
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    ...(description !== undefined && { Description: description }),
    Parameters: { EXTERNAL: 'TRUE', ...parameters },
    PartitionKeys: partitionKeys.map(toGlueColumn),
    StorageDescriptor: {
      Columns: columns.map(toGlueColumn),
      Location: location.replace(/\/?$/, '/'),
      InputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
      OutputFormat: 'org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat',
      SerdeInfo: SERDES[format],
    },
  }
}

/**
 * The columns of a report's files, as the engines find them: those of CSV and ORC by their place, so that none is left out, and
 * those of Parquet by their name. A field that Stocktake knows has its column's name, in Parquet the report's own; another column
 * is a text `ignored_N` by its place, from 0. Engines read no column that a query doesn't name, whatever its type.
 */
export function reportColumns({
  manifest,
  columns: { fields },
}: Pick<LoadedManifest, 'columns'> & {
  readonly manifest: Pick<LoadedManifest['manifest'], 'format' | 'columns'>
}): ExternalColumn[] {
  if (manifest.format === 'Parquet')
    return fields.map(({ reportColumn, field }) => ({ name: reportColumn.toLowerCase(), type: GLUE_TYPES[field.type] }))
  const known = new Map(fields.map(({ position, field }) => [position, field]))
  return manifest.columns.map((_, i) => {
    const field = known.get(i)
    const type = field && manifest.format === 'ORC' ? GLUE_TYPES[field.type] : 'string'
    return { name: field?.column ?? `ignored_${i}`, type }
  })
}

const toGlueColumn = ({ name, type, comment }: ExternalColumn) => ({
  Name: name,
  Type: type,
  ...(comment !== undefined && { Comment: comment }),
})

const GLUE_TYPES: Readonly<Record<FieldType, ExternalColumn['type']>> = {
  string: 'string',
  long: 'bigint',
  boolean: 'boolean',
  timestamp: 'timestamp',
}

const serde = (name: string, parameters: Readonly<Record<string, string>>) => ({
  SerializationLibrary: `org.apache.hadoop.hive.${name}`,
  Parameters: { ...parameters },
})

const SERDES: Readonly<Record<ReportFormat, ReturnType<typeof serde>>> = {
  // Without a letter of its own the backslash escapes, which is one of the data's: here it is one that no report has.
  CSV: serde('serde2.OpenCSVSerde', { separatorChar: ',', quoteChar: '"', escapeChar: '\u0001' }),
  ORC: serde('ql.io.orc.OrcSerde', { 'serialization.format': '1' }),
  Parquet: serde('ql.io.parquet.serde.ParquetHiveSerDe', { 'serialization.format': '1' }),
}
