import { parseSettings, pathName } from '../config/settingsIssues.js'
import { parseYaml } from '../config/yamlFile.js'
import { formatErrorFacts, UsageError } from '../errors.js'
import type { PartitionFieldSpec, SortFieldSpec, TableSpec } from '../iceberg/catalog.js'
import { makeSchema } from '../iceberg/newSchema.js'
import { type Complain, type DeclaredColumn, toColumns } from './declaredColumn.js'
import { toPartition, toSort } from './declaredOrder.js'
import { type TableSettings, tableSpecSchema } from './tableSpecSchema.js'

export type { DeclaredColumn, FilledBy } from './declaredColumn.js'

/** A table as config/tables/NAME.yaml declares it. */
export interface DeclaredTable {
  /** The file's name without its ending; what commands call it. */
  readonly name: string
  /** The file, for messages. */
  readonly file: string
  /** What `--stage` must say for a command to be about this table; `undefined` where it is without it. */
  readonly stage?: string
  readonly database: string
  /** `database.table`, which is the table's name in the catalog. */
  readonly table: string
  readonly comment?: string
  /** In the order of the file. */
  readonly columns: readonly DeclaredColumn[]
  readonly partition: readonly PartitionFieldSpec[]
  readonly sort: readonly SortFieldSpec[]
  readonly properties: Readonly<Record<string, string>>
  /** The folder in sql/ with the queries that are about it. */
  readonly queries?: string
  /** The model in sql/ that makes sample rows, as `loadModel` takes it. */
  readonly sample?: string
}

/** What `{stage}` and `{region}` in a file stand for. In names of databases, `-` of these becomes `_`. */
export interface SpecValues {
  readonly stage: string
  /** The stage of commands that name none; the same one unless given. */
  readonly usualStage?: string
  /** '' where it isn't known. */
  readonly region: string
}

/**
 * Parses a file of config/tables.
 * @param file what messages call it, and what gives the table its short name
 * @throws {UsageError} with a line `sales_history.yaml:12:5: …` for each mistake
 */
export function parseTableSpec(text: string, file: string, values: SpecValues): DeclaredTable {
  const yaml = parseYaml(text, file)
  const settings = parseSettings(tableSpecSchema, yaml)
  const mistakes: string[] = []
  const complain: Complain = (path, facts) =>
    mistakes.push(`${yaml.locate(path, false)}: ${formatErrorFacts({ subject: pathName(path), ...facts })}`)
  const declared = toDeclared(settings, file, values, complain)
  if (mistakes.length > 0) throw new UsageError({ subject: mistakes.join('\n') })
  return declared
}

/** What a catalog makes the table of. */
export function toTableSpec(declared: DeclaredTable): TableSpec {
  const { table, columns, partition, sort, comment, properties } = declared
  const schema = makeSchema(
    columns.map(column => ({
      name: column.name,
      type: column.type,
      required: column.required,
      ...(column.comment !== undefined && { doc: column.comment }),
    })),
  )
  return {
    name: table,
    schema,
    partitionFields: partition,
    sortOrder: sort,
    properties: withComment(properties, comment),
  }
}

/** The properties that a table has by its spec: others' catalogs keep a table's comment as one. */
export const withComment = (
  properties: Readonly<Record<string, string>>,
  comment: string | undefined,
): Readonly<Record<string, string>> => (comment === undefined ? properties : { comment, ...properties })

function toDeclared(settings: TableSettings, file: string, values: SpecValues, complain: Complain): DeclaredTable {
  const database = toDatabase(settings.database, values, complain)
  const columns = toColumns(settings.columns, complain)
  const fill = (text: string) => fillIn(text, values)
  const { stage, usualStage = stage } = values
  const isStaged = stage !== usualStage && JSON.stringify(settings).includes('{stage}')
  const comment = settings.comment === undefined ? undefined : fill(settings.comment)
  const properties = Object.entries(settings.properties).map(([name, value]) => [name, fill(value)])
  return {
    name: file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/, ''),
    file,
    ...(isStaged && { stage }),
    database,
    table: `${database}.${settings.table}`,
    ...(comment !== undefined && { comment }),
    columns: columns.map(column =>
      column.comment === undefined ? column : { ...column, comment: fill(column.comment) },
    ),
    partition: toPartition(settings.partition, columns, complain),
    sort: toSort(settings.sort, columns, complain),
    properties: Object.fromEntries(properties),
    ...(settings.queries !== undefined && { queries: settings.queries }),
    ...(settings.sample !== undefined && { sample: settings.sample }),
  }
}

const fillIn = (text: string, values: SpecValues): string =>
  text.replaceAll('{stage}', () => values.stage).replaceAll('{region}', () => values.region)

const DATABASE_RULE = 'lower-case letters, digits and "_"'

function toDatabase(template: string, values: SpecValues, complain: Complain): string {
  const name = (text: string) => text.replaceAll('-', '_')
  const database = fillIn(template, { stage: name(values.stage), region: name(values.region) })
  if (values.region === '' && template.includes('{region}'))
    complain(['database'], { expected: 'a region for {region}', got: 'none', fix: 'set aws.region or AWS_REGION' })
  else if (!/^[a-z0-9_]{1,128}$/.test(database))
    complain(['database'], { expected: DATABASE_RULE, got: JSON.stringify(database) })
  return database
}
