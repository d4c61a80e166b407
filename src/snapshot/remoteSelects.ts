import type { Params } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import type { TableSpec } from '../iceberg/catalog.js'
import { type FieldType, INVENTORY_FIELDS } from '../inventory/fields.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'
import { loadCheck, loadModel } from '../models/model.js'
import { formatTrinoLiteral, renderTrino } from '../models/trinoDialect.js'
import type { ImportPartition } from './dataFiles.js'
import { reportColumns } from './externalReport.js'
import { BEYOND } from './registeredReport.js'
import { CHANGES, FOLDERS, OBJECTS } from './tables.js'

// What an import asks of an engine elsewhere, in Trino's spelling. Tables are named without a schema: statements run in the
// lake's database.

/** Every row of a registered report, typed, with `reason`: why it is rejected, NULL for those that are accepted. */
export function selectJudged(loaded: LoadedManifest, table: string): string {
  const { format, sourceBucket } = loaded.manifest
  const rows =
    format === 'CSV'
      ? renderTrino(loadModel('csv_rows', 'trino'), {}, { csv_lines: selectLines(loaded, table) })
      : renderTrino(loadModel('column_rows', 'trino'), {}, { column_values: selectValues(loaded, table) })
  const has = (column: string): boolean => loaded.columns.fields.some(({ field }) => field.column === column)
  const params = {
    source_bucket: sourceBucket,
    has_is_latest: has('is_latest'),
    has_is_delete_marker: has('is_delete_marker'),
  }
  return renderTrino(loadModel('judged_rows', 'trino'), params, { report_rows: rows })
}

/** How many rows there are, and how many of them are rejected: `row_count`, `rejected_count`. */
export const countJudged = (judged: string): string =>
  `select count(*) as row_count, count(reason) as rejected_count from (\n${judged}\n)`

/** The first rejected rows: `file`, `raw_key`, `reason`. */
export const selectRejected = (judged: string, limit: number): string =>
  `select file, substr(raw_key, 1, 1024) as raw_key, reason from (\n${judged}\n) where reason is not null
order by 1, 2, 3 limit ${limit}`

/** Puts the accepted rows into `objects`. @param params of the model */
export function insertObjects(judged: string, params: Params): string {
  const report = `select * from (\n${judged}\n) where reason is null`
  return insertInto(OBJECTS, renderTrino(loadModel('objects', 'trino'), params, { report }))
}

/** The keys that are current twice in an import, as the check of that name has them. */
export function selectCurrentTwice(partition: ImportPartition): string {
  const { sql } = loadCheck('objects', 'fail_key_current_twice')
  return renderTrino({ params: [], sql }, {}, { current_objects: selectCurrent(partition) })
}

/** An import's rows in a table, as they were in one of its states: of a base, whose rows may be dropped meanwhile. */
export interface StatePartition extends ImportPartition {
  readonly snapshotId?: bigint | undefined
}

/** Puts the folders of an import's objects into `folders`. @param base the base's rows of that table */
export function insertFolders(partition: ImportPartition, base: StatePartition | undefined, params: Params): string {
  const objects = selectImport(OBJECTS, partition)
  const inputs = {
    direct_folders: renderTrino(loadModel('direct_folders', 'trino'), {}, { objects }),
    base_folders: base ? selectImport(FOLDERS, base) : selectNone(FOLDERS),
    later_folders: selectNone(FOLDERS),
  }
  return insertInto(FOLDERS, renderTrino(loadModel('folders', 'trino'), params, inputs))
}

/** The row of the root of an import's folders, with the counts of the whole snapshot; and how many rows there are: `folder_count`. */
export const selectRoot = (partition: ImportPartition): string =>
  `with rows_made as (\n${selectImport(FOLDERS, partition)}\n)
select rows_made.*, (select count(*) from rows_made) as folder_count from rows_made where path = ''`

/** Puts what differs from a base into `changes`. @param base the base's rows of `objects`; `undefined` where it has none */
export function insertChanges(partition: ImportPartition, base: StatePartition | undefined, params: Params): string {
  const inputs = {
    newer_objects: selectCurrent(partition),
    base_objects: base ? selectCurrent(base) : selectNone(OBJECTS),
  }
  return insertInto(CHANGES, renderTrino(loadModel('changes', 'trino'), params, inputs))
}

/** How many objects of an import changed in each way: `change`, `n`. */
export const countChanges = (partition: ImportPartition): string =>
  `select change, count(*) as n from (\n${selectImport(CHANGES, partition)}\n) group by 1`

const selectCurrent = (partition: StatePartition): string =>
  renderTrino(loadModel('current_objects', 'trino'), {}, { objects: selectImport(OBJECTS, partition) })

function selectImport({ name }: TableSpec, partition: StatePartition): string {
  const { connector, dt, import_id: importId, snapshotId } = partition
  const text = (value: string): string => formatTrinoLiteral('VARCHAR', value, 'import')
  return `select * from ${quoteIdentifier(name)}${snapshotId === undefined ? '' : ` for version as of ${snapshotId}`}
where connector = ${text(connector)} and dt = ${formatTrinoLiteral('DATE', dt, 'import')} and import_id = ${text(importId)}`
}

const selectNone = ({ name }: TableSpec): string => `select * from ${quoteIdentifier(name)} where false`

/** By names: a table may have more columns than this version knows. */
function insertInto({ name, schema }: TableSpec, select: string): string {
  const columns = schema.fields.map(field => quoteIdentifier(field.name)).join(', ')
  return `insert into ${quoteIdentifier(name)} (${columns})\nselect ${columns} from (\n${select}\n)`
}

/** The lines of a CSV report, as `csv_rows` takes them: all columns are texts, and those behind the end of a line are NULL. */
function selectLines(loaded: LoadedManifest, table: string): string {
  const last = reportColumns(loaded).at(-1)?.name ?? BEYOND
  const columns = [
    `${quoteIdentifier(last)} is null as is_short`,
    `${quoteIdentifier(BEYOND)} is not null as is_long`,
    ...fieldColumns(
      loaded,
      ({ column }) => column,
      () => 'varchar',
    ),
  ]
  return `select "$path" as file, ${columns.join(', ')} from ${quoteIdentifier(table)}`
}

/** The rows of a report in Parquet or ORC, as `column_rows` takes them. */
function selectValues(loaded: LoadedManifest, table: string): string {
  const byName = loaded.manifest.format === 'Parquet'
  const columns = fieldColumns(
    loaded,
    ({ column, reportColumn }) => (byName ? reportColumn.toLowerCase() : column),
    type => TRINO_TYPES[type],
  )
  return `select "$path" as file, ${columns.join(', ')} from ${quoteIdentifier(table)}`
}

/** Every field there can be, by our name; NULL for those that the report doesn't have. */
function fieldColumns(
  { columns: { fields } }: LoadedManifest,
  nameOf: (found: { readonly column: string; readonly reportColumn: string }) => string,
  typeOf: (type: FieldType) => string,
): string[] {
  const known = new Map(fields.map(({ field, reportColumn }) => [field.column, reportColumn]))
  return INVENTORY_FIELDS.map(({ column, type }) => {
    const reportColumn = known.get(column)
    const value =
      reportColumn === undefined ? `cast(null as ${typeOf(type)})` : quoteIdentifier(nameOf({ column, reportColumn }))
    return `${value} as ${quoteIdentifier(column)}`
  })
}

const TRINO_TYPES: Readonly<Record<FieldType, string>> = {
  string: 'varchar',
  long: 'bigint',
  boolean: 'boolean',
  timestamp: 'timestamp(3)',
}
