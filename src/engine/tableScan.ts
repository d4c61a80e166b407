import { StocktakeError } from '../errors.js'
import { formatType, parseDecimalType, parseFixedType, type Schema, type Type } from '../iceberg/schema.js'
import { quoteIdentifier, quotePaths, quoteString } from './sqlText.js'

/** A column whose type DuckDB can't read from a table's files. */
export class ScanTypeError extends StocktakeError {}

/** By field id, SQL of a constant: the value of a column in files that lack it. */
export type FileDefaults = ReadonlyMap<number, string>

/**
 * A SELECT of all columns of a table from the files that a plan gave, for DuckDB. Columns are found by field id, as the
 * Iceberg spec wants it: one that a file doesn't have is NULL, and one that was renamed is found.
 * @param paths where DuckDB finds the files; none: no rows, with the right columns
 * @param defaults what a column that a file lacks is instead of NULL
 */
export function selectFiles(schema: Schema, paths: readonly string[], defaults?: FileDefaults): string {
  const columns = schema.fields.map(field => ({ ...field, duckdbType: duckdbType(field.type) }))
  if (paths.length === 0) {
    const nulls = columns.map(({ name, duckdbType }) => `cast(null as ${duckdbType}) as ${quoteIdentifier(name)}`)
    return `select ${nulls.join(', ')} where false`
  }
  const fields = columns.map(
    ({ id, name, duckdbType }) =>
      `${id}: {name: ${quoteString(name)}, type: ${quoteString(duckdbType)}, default_value: ${defaults?.get(id) ?? 'null'}}`,
  )
  return `select * from read_parquet(${quotePaths(paths)}, hive_partitioning=false, schema=map {${fields.join(', ')}})`
}

/** DuckDB's name of an Iceberg type. @throws {ScanTypeError} */
export function duckdbType(type: Type): string {
  if (typeof type === 'object') {
    if (type.type === 'list') return `${duckdbType(type.element)}[]`
    if (type.type === 'map') return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`
    const fields = type.fields.map(field => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`)
    if (fields.length > 0) return `STRUCT(${fields.join(', ')})`
    throw new ScanTypeError({ subject: 'column', expected: 'a struct with fields', got: formatType(type) })
  }
  const decimal = parseDecimalType(type)
  if (decimal) return `DECIMAL(${decimal.precision}, ${decimal.scale})`
  if (parseFixedType(type) !== undefined) return 'BLOB'
  return SIMPLE_TYPES[type] ?? type.toUpperCase()
}

const SIMPLE_TYPES: Readonly<Record<string, string>> = {
  int: 'INTEGER',
  long: 'BIGINT',
  string: 'VARCHAR',
  binary: 'BLOB',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
}
