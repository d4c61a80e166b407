import { type Engine, type Params, QueryError, type QueryResult } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { ColumnValueError } from '../iceberg/errors.js'
import type { Snapshot } from '../iceberg/metadata.js'
import type { Predicate } from '../iceberg/plan.js'
import { bindPredicate } from '../iceberg/predicate.js'
import { findColumn, parseDecimalType, type Schema } from '../iceberg/schema.js'
import type { Prune } from '../models/prunes.js'
import { LAKE_VIEWS } from '../snapshot/lakeViews.js'
import { fillParams, runFilledReport } from '../snapshot/namedReports.js'
import type { Report } from '../snapshot/report.js'
import { findScannedBytes } from './scannedBytes.js'
import { selectTableRows } from './selectTableRows.js'
import { isKnownQueryParam, type TableQuery } from './tableQueries.js'
import { isNamedIn } from './tableViews.js'

/** What a query reads of its table. */
export interface QueryReading {
  readonly fileCount: number
  /** How many there would be, were none left out. */
  readonly tableFileCount: number
  /** Of the files that are read. */
  readonly filesBytes: number
  /** At most so many of these are read: those of the columns that are asked for. */
  readonly readBytes: number
}

export interface TableAnswer extends QueryResult {
  readonly reading: QueryReading
}

/** What a query reads beside its table's files. */
export interface QueryTableOptions {
  /** The state that is asked about; the current one unless given. */
  readonly state?: Snapshot
  /** Makes the engine know the views that a statement names, but for the table itself. */
  readonly registerOthers: (sql: string) => Promise<unknown>
}

/**
 * A query with the values of its parameters: those that a person gives, the header's defaults, else NULL, which asks for
 * all. How many files are read is NULL until it is run.
 * @param given what a person typed, as `name=value`
 * @throws {UsageError} for a parameter that it doesn't have, or a value that isn't of its type or too small
 */
export function fillQuery({ model }: TableQuery, given: readonly string[]): Report {
  const asked = { ...model, params: model.params.filter(param => !isKnownQueryParam(param)) }
  const { params } = fillParams({ model: asked }, given, {})
  const known = model.params.filter(isKnownQueryParam).map(({ name }) => [name, null] as const)
  return { model, params: { ...params, ...Object.fromEntries(known) } }
}

/**
 * Runs a query over its table, of which it reads only the files that may hold rows that its header's `prunes` leaves.
 * @throws {UsageError} unless it is one SELECT; nothing has run then
 * @throws {UnsupportedTableError} for a table that can't be read rightly
 * @throws {QueryError} with DuckDB's own message; of a person's own file with its line
 */
export async function runTableQuery(
  query: TableQuery,
  { model, params }: Report,
  table: Table,
  { state, registerOthers }: QueryTableOptions,
  engine: Engine,
): Promise<TableAnswer> {
  const at = state === undefined ? {} : { snapshotId: state['snapshot-id'] }
  const whole = await selectTableRows(table, at)
  const predicates = toPredicates(model.prunes, params, whole.schema)
  const pruned = predicates.length === 0 ? whole : await selectTableRows(table, { ...at, predicates })
  const { select, files, schema } = pruned
  const counts = { read_file_count: BigInt(files.length), table_file_count: BigInt(pruned.totalFiles) }
  const known = Object.entries(counts).filter(([name]) => Object.hasOwn(params, name))
  const filled = { model, params: { ...params, ...Object.fromEntries(known) } }
  const views = relationNames(query)
  let readBytes = 0
  const register = async () => {
    await registerOthers(model.sql)
    for (const name of views) await engine.run(`create or replace view ${quoteIdentifier(name)} as ${select}`)
    // Now, as a later statement would end the rows.
    readBytes = await findReadBytes(filled, { schema, files }, engine)
  }
  const subject = query.path ?? `query ${model.name}`
  const result = await runFilledReport(filled, subject, { engine }, register)
  return { ...result, reading: { ...readingOf(files, pruned.totalFiles), readBytes } }
}

/** All that there is in the files where DuckDB has no plan to look at: of a DESCRIBE, or of SQL that it is to refuse. */
async function findReadBytes(
  { model, params }: Report,
  scanned: { readonly schema: Schema; readonly files: readonly DataFile[] },
  engine: Engine,
): Promise<number> {
  try {
    return await findScannedBytes(model.sql, params, scanned, engine)
  } catch (error) {
    if (error instanceof QueryError) return sumBytes(scanned.files)
    throw error
  }
}

/** Whether its text names the table, as a query of a person's own need not. */
export const namesTable = (query: TableQuery): boolean => isNamedIn(query.model.sql, relationNames(query))

/** What its text may call the table: as it is declared, as its database has it, or as the only thing that it reads. */
export function relationNames({ declared, model }: TableQuery): Set<string> {
  const { name, table, database } = declared
  const [only, ...others] = model.inputs.filter(input => !LAKE_VIEWS.some(view => view === input))
  return new Set([name, table.slice(database.length + 1), ...(only !== undefined && others.length === 0 ? [only] : [])])
}

/**
 * Of what isn't given, none; nor of a column that the table doesn't have, or that is of a type which has no such value: that is
 * for the engine to tell, or to compare all the same.
 */
export function toPredicates(prunes: readonly Prune[], params: Params, schema: Schema): Predicate[] {
  return prunes.flatMap(({ column, op, param }) => {
    const given = params[param] ?? null
    const type = findColumn(schema, column)?.type
    if (given === null || type === undefined) return []
    // A whole number stands for the digits of a decimal without its point.
    const value = typeof type === 'string' && parseDecimalType(type) ? String(given) : given
    if (typeof value === 'string' && type === 'timestamp' && !ZONELESS.test(value)) return []
    return isComparable(schema, { column, op, value }) ? [{ column, op, value }] : []
  })
}

/** Of a time with an offset, engines drop the offset where a table's times have none. */
const ZONELESS = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/

function isComparable(schema: Schema, predicate: Predicate): boolean {
  try {
    bindPredicate(schema, predicate)
    return true
  } catch (error) {
    if (error instanceof ColumnValueError) return false
    throw error
  }
}

const readingOf = (files: readonly DataFile[], tableFileCount: number): Omit<QueryReading, 'readBytes'> => ({
  fileCount: files.length,
  tableFileCount,
  filesBytes: sumBytes(files),
})

const sumBytes = (files: readonly DataFile[]): number =>
  files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0)
