import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { boundFromText, lowerStringBound, upperStringBound } from '../iceberg/bounds.js'
import type { DataFile } from '../iceberg/dataFile.js'
import type { NestedField, Schema, Type } from '../iceberg/schema.js'
import type { Engine, Params, Row, Value } from './engine.js'
import { quoteIdentifier, quotePath, quoteString } from './sqlText.js'

/** What a planner needs to know of a Parquet file: a data file without its place in a table. */
export type ParquetFacts = Omit<DataFile, 'path' | 'partition' | 'specId' | 'sortOrderId'>

export interface ParquetOptions {
  /** The SELECT whose rows are written, with the schema's columns. */
  select: string
  params?: Params
  path: string
  schema: Schema
  /**
   * Text columns of one value. DuckDB holds and writes them as numbers then: as texts, five of them take as long as the
   * twelve columns of a report.
   */
  constants?: Readonly<Record<string, string>>
  /** Columns that are NULL in every row: they are left out of the file, where Iceberg's readers know them to be NULL. */
  absent?: ReadonlySet<string>
  /** Rows of a row group: what a reader must at least unpack, and the writer holds for each thread. */
  rowGroupRows: number
  /** zstd unless given. */
  compression?: ParquetCompression
}

export type ParquetCompression = 'zstd' | 'snappy' | 'gzip' | 'lz4' | 'uncompressed'

/**
 * Writes a SELECT as one Parquet file whose columns, and what is nested in them, carry their Iceberg field ids.
 * @returns counts, sizes and bounds of each column; of nested ones the sizes of what they hold, by its field ids.
 *   `recordCount` 0 says that there were no rows, and no use for the file
 * @throws {QueryError}
 */
export async function writeParquetFile(engine: Engine, options: ParquetOptions): Promise<ParquetFacts> {
  const { select, params, path } = options
  await rm(path, { force: true }) // an earlier one may be linked into a lake, and must not be written to
  const [stats] = await engine.rows(
    `copy (select ${selectColumns(options)} from (${select})) to ${quoteString(path)} (${formatOptions(options)})`,
    params,
  )
  return readFacts(engine, path, stats, options)
}

/** Parquet files that one statement writes. */
export interface ParquetPartsOptions extends Omit<ParquetOptions, 'path'> {
  /** A whole number that the SELECT has beside the schema's columns: rows of the same one are in the same file, and nothing else is. */
  readonly part: string
  /** Made for the files, and theirs alone. */
  readonly folder: string
}

export interface ParquetPart {
  readonly part: number
  readonly path: string
  readonly facts: ParquetFacts
}

/**
 * As {@link writeParquetFile}, with a file for each part. Rows are in their order where the engine has one thread, and a file is
 * one for its part where there are no more than a hundred: of more, DuckDB begins a second one of some.
 * @throws {QueryError}
 */
export async function writeParquetParts(engine: Engine, options: ParquetPartsOptions): Promise<ParquetPart[]> {
  const { select, params, folder, part } = options
  const written = await engine.rows(
    `copy (select ${selectColumns(options)}, ${quoteIdentifier(part)} from (${select})) to ${quoteString(folder)}
    (${formatOptions(options)}, partition_by (${quoteIdentifier(part)}))`,
    params,
  )
  const parts: ParquetPart[] = []
  for (const stats of written) {
    const path = String(stats.filename)
    const number = Number(/=(\d+)$/.exec(dirname(path))?.[1])
    parts.push({ part: number, path, facts: await readFacts(engine, path, stats, options) })
  }
  return parts
}

type WrittenColumns = Pick<ParquetOptions, 'schema' | 'constants' | 'absent'>

const writtenFields = ({ schema, absent }: WrittenColumns): NestedField[] =>
  schema.fields.filter(field => !absent?.has(field.name))

const selectColumns = (options: WrittenColumns): string =>
  writtenFields(options)
    .map(field => formatColumn(field, options.constants ?? {}))
    .join(', ')

function formatOptions(options: Omit<ParquetOptions, 'path'>): string {
  const { compression = 'zstd', rowGroupRows } = options
  const ids = writtenFields(options).map(formatFieldId).join(', ')
  return `format parquet, compression ${compression}, row_group_size ${rowGroupRows}, field_ids {${ids}}, return_stats true`
}

/** @param stats a row of `COPY … (RETURN_STATS)` */
async function readFacts(
  engine: Engine,
  path: string,
  stats: Row | undefined,
  options: WrittenColumns,
): Promise<ParquetFacts> {
  const { schema, constants = {}, absent } = options
  const columns = new Map(Object.entries((stats?.column_statistics ?? {}) as Record<string, Row>))
  const facts = schema.fields.map(field => {
    if (absent?.has(field.name)) return columnFacts(field, { num_values: stats?.count, null_count: stats?.count })
    const constant = constants[field.name]
    const found = columns.get(quoteIdentifier(field.name)) ?? {}
    return columnFacts(field, constant === undefined ? found : { ...found, min: constant, max: constant })
  })
  const cut = facts.filter(fact => fact.isCut).map(fact => fact.field)
  const found = cut.length > 0 ? await readCutBounds(engine, path, cut) : new Map<number, StringBounds>()
  return {
    recordCount: Number(stats?.count ?? 0),
    fileSizeBytes: Number(stats?.file_size_bytes ?? 0),
    columnSizes: new Map([...collect(facts, fact => fact.sizeBytes), ...nestedSizes(writtenFields(options), columns)]),
    valueCounts: collect(facts, fact => fact.valueCount),
    nullValueCounts: collect(facts, fact => fact.nullCount),
    nanValueCounts: collect(facts, fact => fact.nanCount),
    lowerBounds: collect(facts, fact => fact.lower ?? found.get(fact.field.id)?.lower),
    upperBounds: collect(facts, fact => fact.upper ?? found.get(fact.field.id)?.upper),
  }
}

function formatColumn({ name }: NestedField, constants: Readonly<Record<string, string>>): string {
  const constant = constants[name]
  const column = quoteIdentifier(name)
  return constant === undefined ? column : `cast(${column} as enum (${quoteString(constant)})) as ${column}`
}

const formatFieldId = ({ name, id, type }: NestedField): string => `${quoteString(name)}: ${formatIds(id, type)}`

/** DuckDB's names for what a list and a map hold are `element`, `key` and `value`. */
function formatIds(id: number, type: Type): string {
  const inner = innerFields(type)
  return inner.length === 0 ? `${id}` : `{__duckdb_field_id: ${id}, ${inner.map(formatFieldId).join(', ')}}`
}

/** What a type holds, as DuckDB names it. */
function innerFields(type: Type): readonly NestedField[] {
  if (typeof type === 'string') return []
  if (type.type === 'struct') return type.fields
  if (type.type === 'list') return [{ id: type['element-id'], name: 'element', required: false, type: type.element }]
  return [
    { id: type['key-id'], name: 'key', required: true, type: type.key },
    { id: type['value-id'], name: 'value', required: false, type: type.value },
  ]
}

/** Sizes of the leaves of nested columns, whose statistics are under a path: `"embedding"."element"`. */
function nestedSizes(fields: readonly NestedField[], columns: ReadonlyMap<string, Row>): [number, number][] {
  const visit = (field: NestedField, path: string): [number, number][] => {
    const inner = innerFields(field.type)
    if (inner.length > 0) return inner.flatMap(each => visit(each, `${path}.${quoteIdentifier(each.name)}`))
    const size = columns.get(path)?.column_size_bytes
    return size === undefined || size === null ? [] : [[field.id, Number(size)]]
  }
  return fields
    .filter(({ type }) => typeof type === 'object')
    .flatMap(field => visit(field, quoteIdentifier(field.name)))
}

interface ColumnFacts {
  readonly field: NestedField
  readonly sizeBytes: number | undefined
  readonly valueCount: number | undefined
  readonly nullCount: number | undefined
  /** Zero or unknown. */
  readonly nanCount: number | undefined
  readonly lower: Uint8Array | undefined
  readonly upper: Uint8Array | undefined
  /** There are values, and DuckDB left out both bounds, as it does where it can't round a long string up. */
  readonly isCut: boolean
}

/** DuckDB gives all figures as text, under the names of `COPY … (RETURN_STATS)`. */
function columnFacts(field: NestedField, stats: Readonly<Record<string, Value | undefined>>): ColumnFacts {
  const { type } = field
  const count = (name: string): number | undefined => (stats[name] === undefined ? undefined : Number(stats[name]))
  const [min, max] = [textOf(stats.min), textOf(stats.max)]
  const nullCount = count('null_count')
  const valueCount = count('num_values')
  const nanCount = stats.has_nan === 'false' ? 0 : undefined
  const base = { field, sizeBytes: count('column_size_bytes'), valueCount, nullCount, nanCount }
  if (type === 'string') {
    const lower = min === undefined ? undefined : lowerStringBound(min)
    const upper = max === undefined ? undefined : upperStringBound(max)
    return { ...base, lower, upper, isCut: min === undefined && valueCount !== nullCount }
  }
  if (type === 'binary') return { ...base, ...bytesBounds(min, max), isCut: false }
  const bound = (text: string | undefined) =>
    typeof type === 'string' && text !== undefined && stats.has_nan !== 'true' ? boundFromText(type, text) : undefined
  return { ...base, lower: bound(min), upper: bound(max), isCut: false }
}

/** DuckDB cuts long values, and may not round a cut one up: a long upper bound is left out, a long lower one cut. */
function bytesBounds(min: string | undefined, max: string | undefined): Pick<ColumnFacts, 'lower' | 'upper'> {
  const hexDigits = 2 * BOUND_BYTES
  return {
    lower: min === undefined ? undefined : boundFromText('binary', min.slice(0, hexDigits)),
    upper: max === undefined || max.length > hexDigits ? undefined : boundFromText('binary', max),
  }
}

const BOUND_BYTES = 16

const textOf = (value: Value | undefined): string | undefined =>
  value === undefined || value === null ? undefined : String(value)

interface StringBounds {
  readonly lower: Uint8Array | undefined
  readonly upper: Uint8Array | undefined
}

/** The bounds that the statistics lack, from the file. Sixteen code points are what a bound keeps. */
async function readCutBounds(engine: Engine, path: string, fields: NestedField[]): Promise<Map<number, StringBounds>> {
  const parts = fields.flatMap(({ name, id }) => [
    `min(left(${quoteIdentifier(name)}, 16)) as min_${id}`,
    `max(left(${quoteIdentifier(name)}, 16)) as max_${id}`,
  ])
  const [row = {}] = await engine.rows(
    `select ${parts.join(', ')} from read_parquet(${quotePath(path)}, hive_partitioning=false)`,
  )
  return new Map(
    fields.map(({ id }) => {
      const [min, max] = [textOf(row[`min_${id}`]), textOf(row[`max_${id}`])]
      return [
        id,
        {
          lower: min === undefined ? undefined : lowerStringBound(min),
          upper: max === undefined ? undefined : upperStringBound(max),
        },
      ]
    }),
  )
}

function collect<T>(facts: readonly ColumnFacts[], pick: (fact: ColumnFacts) => T | undefined): Map<number, T> {
  const entries = facts.flatMap(fact => {
    const value = pick(fact)
    return value === undefined ? [] : [[fact.field.id, value] as const]
  })
  return new Map(entries)
}
