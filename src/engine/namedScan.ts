import type { Schema } from '../iceberg/schema.js'
import type { Engine } from './engine.js'
import { quoteIdentifier, quotePaths } from './sqlText.js'
import { duckdbType, selectFiles } from './tableScan.js'

/** A Parquet file, and what its columns are called, by their Iceberg field ids. */
export interface NamedFile {
  readonly path: string
  readonly names: ReadonlyMap<number, string>
}

/** Reads the names of the columns from the files' footers. @returns by path, as it was asked for */
export async function readColumnNames(paths: readonly string[], engine: Engine): Promise<Map<string, NamedFile>> {
  const files = new Map<string, { path: string; names: Map<number, string> }>()
  for (const path of paths) files.set(path, { path, names: new Map() })
  if (paths.length === 0) return files
  const rows = await engine.rows(
    `select file_name, field_id, name from parquet_schema(${quotePaths(paths)}) where field_id is not null`,
  )
  for (const { file_name, field_id, name } of rows)
    files.get(String(file_name))?.names.set(Number(field_id), String(name))
  return files
}

/**
 * A SELECT of all columns of a table, as {@link selectFiles} makes one, but by the names that the columns have in the files:
 * DuckDB then leaves out row groups by their statistics, which it doesn't where it has to find columns by id.
 */
export function selectNamedFiles(schema: Schema, files: readonly NamedFile[]): string {
  const groups = new Map<string, NamedFile[]>()
  for (const file of files) {
    const names = JSON.stringify(schema.fields.map(({ id }) => file.names.get(id) ?? null))
    groups.set(names, [...(groups.get(names) ?? []), file])
  }
  const selects = [...groups.values()].map(group => selectGroup(schema, group))
  return selects.length > 0 ? selects.join('\nunion all\n') : selectFiles(schema, [])
}

/** As {@link selectNamedFiles}, of files whose footers are read first. */
export async function selectByNames(schema: Schema, paths: readonly string[], engine: Engine): Promise<string> {
  return selectNamedFiles(schema, [...(await readColumnNames(paths, engine)).values()])
}

/** Files whose columns have the same names. Without ids in them, it is for the engine to find the columns. */
function selectGroup(schema: Schema, group: readonly NamedFile[]): string {
  const names = group[0]?.names ?? new Map()
  const paths = group.map(({ path }) => path)
  if (names.size === 0) return selectFiles(schema, paths)
  const columns = schema.fields.map(({ id, name, type }) => {
    const found = names.get(id)
    const value = found === undefined ? 'null' : quoteIdentifier(found)
    return `cast(${value} as ${duckdbType(type)}) as ${quoteIdentifier(name)}`
  })
  return `select ${columns.join(', ')} from read_parquet(${quotePaths(paths)}, hive_partitioning=false)`
}
