import type { Engine } from '../engine/engine.js'
import { quoteIdentifier, quotePaths, quoteString } from '../engine/sqlText.js'
import { ReportRefusedError } from '../errors.js'
import { type FieldType, INVENTORY_FIELDS, type InventoryField } from '../inventory/fields.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'

/** Why a row is rejected; NULL for those that are accepted. */
export const REASON = '_reason'
/** Where a row stands in its file, from 1; NULL for CSV, whose lines DuckDB doesn't number. */
export const ROW_NUMBER = '_row'
/** The key of a rejected row as the file spells it. */
export const RAW_KEY = '_raw_key'

const SOURCE_BUCKET = '$source_bucket'

/** The columns of a report's files, as far as reading them goes. */
export type ReportLayout = Pick<LoadedManifest, 'columns'> & {
  readonly manifest: Pick<LoadedManifest['manifest'], 'columns'>
}

/** The fields of a report that its table holds: all known ones but the bucket, which is the same in every row. */
export const tableFields = ({ columns }: Pick<LoadedManifest, 'columns'>): InventoryField[] =>
  columns.fields.map(({ field }) => field).filter(field => field.column !== 'bucket')

/**
 * A SELECT over one staged CSV file of a report: its fields as typed columns with the key decoded, `_reason`, `_raw_key`
 * and `_row`. Lines that aren't rows at all (too few columns, no date where one should be) go to DuckDB's
 * `reject_errors`.
 * @param sourceBucket SQL for the bucket's name; unless given, the parameter `$source_bucket`
 */
export function selectCsv(
  loaded: ReportLayout,
  path: string | readonly string[],
  sourceBucket = SOURCE_BUCKET,
): string {
  const byPosition = new Map(loaded.columns.fields.map(({ position, field }) => [position, field]))
  const columns = loaded.manifest.columns.map((_, i) => {
    const field = byPosition.get(i)
    const [name, type] = field ? [csvColumn(field), csvType(field)] : [`_ignored_${i}`, 'VARCHAR']
    return `${quoteString(name)}: ${quoteString(type)}`
  })
  const strict = tableFields(loaded).filter(({ type }) => isStrict(type))
  const values = strict.map(field => `${parseText(csvColumn(field), field.type)} as ${columnName(field)}`)
  const faults = strict.map(
    field => `when ${csvColumn(field)} is not null and ${columnName(field)} is null then ${noValue(field)}`,
  )
  // Smaller buffers than the default 32 MB: they save 30 to 60 MB of memory at no cost in time.
  return selectRows(
    loaded,
    `select *,
      case
        when ${RAW_KEY} is not null and key is null then 'the key is not UTF-8 once decoded'
        when contains(key, '%') and not regexp_full_match(${RAW_KEY}, '([^%]|%[0-9A-Fa-f]{2})*')
          then 'the key has a % that no two hex digits follow'
        ${faults.join(' ')}
      end as _fault,
      cast(null as bigint) as ${ROW_NUMBER}
    from (
      select ${[`* replace (${DECODED_KEY} as key)`, `key as ${RAW_KEY}`, ...values].join(', ')}
      from read_csv(${quotePaths([path].flat())}, header=false, auto_detect=false, delim=',', quote='"', escape='"',
        nullstr='', strict_mode=true, store_rejects=true, buffer_size=4000000, columns={${columns.join(', ')}})
    )`,
    sourceBucket,
  )
}

/**
 * As {@link selectCsv}, of a Parquet file: its keys are raw, and its rows have numbers.
 * @throws {ReportRefusedError} if it lacks a column that the manifest names
 */
export async function selectParquet(
  engine: Engine,
  loaded: LoadedManifest,
  { path, url }: { path: string | readonly string[]; url: string },
  sourceBucket = SOURCE_BUCKET,
): Promise<string> {
  const source = `read_parquet(${quotePaths([path].flat())}, file_row_number=true, hive_partitioning=false)`
  const described = await engine.rows(`describe select * from ${source}`)
  const types = new Map(described.map(row => [String(row.column_name).toLowerCase(), String(row.column_type)]))
  const columns = loaded.columns.fields.map(({ reportColumn, field }) => {
    const raw = quoteIdentifier(reportColumn)
    const type = types.get(reportColumn.toLowerCase())
    if (type === undefined)
      throw new ReportRefusedError({
        subject: url,
        expected: `a column ${reportColumn}`,
        got: 'none',
        fix: REFUSED_FIX,
      })
    const value = castParquet(raw, type, field.type)
    const filled = field.type === 'string' ? `nullif(${value}, '')` : value // CSV and ORC know no empty text
    return { field, value: filled, fault: `when ${raw} is not null and ${value} is null then ${noValue(field)}` }
  })
  return selectRows(
    loaded,
    `select ${columns.map(({ value, field }) => `${value} as ${columnName(field)}`).join(', ')},
      cast(null as varchar) as ${RAW_KEY},
      case ${columns.map(({ fault }) => fault).join(' ')} end as _fault,
      file_row_number + 1 as ${ROW_NUMBER}
    from ${source}`,
    sourceBucket,
  )
}

/** The rows of a report's file, whatever its format, with what is wrong with each. */
function selectRows(loaded: ReportLayout, source: string, sourceBucket: string): string {
  const fields = tableFields(loaded)
  const required = fields.filter(({ column }) => column === 'is_latest' || column === 'is_delete_marker')
  const reason = `case
      when _fault is not null then _fault
      when bucket is null or bucket <> ${sourceBucket} then 'the bucket is another'
      when key is null or key = '' then 'the key is empty'
      ${required.map(({ column }) => `when ${column} is null then '${column} is empty'`).join(' ')}
      ${fields.some(({ column }) => column === 'size') ? "when size < 0 then 'the size is negative'" : ''}
    end`
  return `
    select ${fields.map(columnName).join(', ')}, ${REASON}, case when ${REASON} is not null then ${RAW_KEY} end as ${RAW_KEY},
      ${ROW_NUMBER}
    from (select *, ${reason} as ${REASON} from (${source}))`
}

/** A SELECT that gives a relation the columns of `report`, the input of the model `objects`: those it lacks are NULL. */
export function selectReport(fields: readonly InventoryField[], relation: string): string {
  const present = new Set(fields)
  const columns = INVENTORY_FIELDS.filter(field => field.column !== 'bucket').map(field =>
    present.has(field) ? columnName(field) : `cast(null as ${DUCKDB_TYPES[field.type]}) as ${columnName(field)}`,
  )
  return `select ${columns.join(', ')} from ${relation}`
}

const DUCKDB_TYPES: Readonly<Record<FieldType, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
}

const columnName = (field: InventoryField): string => quoteIdentifier(field.column)

// CSV reports form-encode keys: `+` is a space, and only then %XX. Few keys have either, so most are taken as they are.
// DuckDB's url_decode leaves a bad % as it is and fails for bytes that aren't UTF-8. By its whole name, as the models' macro of
// that name would replace each `+` once more.
const DECODED_KEY = `
  case when contains(key, '%') or contains(key, '+') then try(system.main.url_decode(replace(key, '+', ' '))) else key end`

/** Other writers than AWS have text without its annotation, times with another unit, or everything as text. */
function castParquet(raw: string, type: string, wanted: FieldType): string {
  const text = type === 'BLOB' ? `try(decode(${raw}))` : type === 'VARCHAR' ? raw : undefined
  if (text !== undefined) return parseText(text, wanted)
  return PARQUET_TYPES[wanted].test(type) ? `try_cast(${raw} as ${DUCKDB_TYPES[wanted]})` : 'null'
}

/** What is taken for a value without a doubt: no fraction is rounded, no list becomes a text. */
const PARQUET_TYPES: Readonly<Record<FieldType, RegExp>> = {
  string: /^(VARCHAR|UUID|ENUM\(.*\))$/,
  long: /^U?(TINY|SMALL|BIG)?INT(EGER)?$/,
  boolean: /^BOOLEAN$/,
  timestamp: /^TIMESTAMP/,
}

const isStrict = (type: FieldType): boolean => type === 'long' || type === 'timestamp'

/** DuckDB rounds `1.5`, knows `0x10` and drops the zone of a time: what a report never has counts as malformed. */
function parseText(text: string, type: FieldType): string {
  if (type === 'string') return text
  const value = `try_cast(${text} as ${DUCKDB_TYPES[type]})`
  if (type === 'long') return `case when ${text} = cast(${value} as varchar) then ${value} end`
  return type === 'timestamp' ? `case when ends_with(${text}, 'Z') then ${value} end` : value
}

const noValue = (field: InventoryField): string => quoteString(`${field.column} is no ${field.type}`)

/** Columns whose text is looked at before it is a value. */
const csvColumn = ({ column, type }: InventoryField): string => (isStrict(type) ? `_text_${column}` : column)
const csvType = ({ type }: InventoryField): string => (isStrict(type) ? 'VARCHAR' : DUCKDB_TYPES[type])
