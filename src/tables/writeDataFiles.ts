import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Engine, Params, Row } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile } from '../engine/parquetFile.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { useTransforms } from '../engine/transformSql.js'
import type { Table } from '../iceberg/catalog.js'
import { ColumnValueError, UnsupportedTableError } from '../iceberg/errors.js'
import { currentSchema, currentSpec } from '../iceberg/metadata.js'
import type { PartitionValue } from '../iceberg/partitionSpec.js'
import { formatType, type Schema } from '../iceberg/schema.js'
import { parseValueText } from '../iceberg/valueText.js'
import { compressionOf, type PartitionColumn, partitionColumns, sortTerms } from './fileLayout.js'

/** A file of a table's rows that nobody has stored yet. */
export interface LocalDataFile {
  readonly path: string
  /** By the names of the partition fields. */
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly specId: number
  readonly facts: ParquetFacts
}

export interface WriteOptions {
  /** Where the files are made; it is there. */
  readonly folder: string
  /** No file is of more rows than take that many bytes in memory. */
  readonly targetBytes: number
  /** Told how many rows are in files, after each of them. */
  readonly written?: (rows: number) => void
}

/**
 * Writes rows as Parquet files of a table as it is now: by its partitions, sorted by its order within each file, the files
 * of a partition one after the other in that order, with the compression that its properties want. Rows are held in a
 * table of the engine, which spills to its folder; what is sorted at once is bounded.
 * @param select the table's columns, in any order; one that it lacks is an error
 * @returns by partition, in the order of its values; none for no rows
 * @throws {QueryError}
 * @throws {UnsupportedTableError} for a transform or a compression that isn't known, and a column of bytes of a fixed length
 * @throws {ColumnValueError} for NULL in a required column, and a partition value that Iceberg can't hold
 */
export async function writeDataFiles(
  select: string,
  params: Params,
  table: Pick<Table, 'metadata'>,
  options: WriteOptions,
  engine: Engine,
): Promise<LocalDataFile[]> {
  const { metadata } = table
  const schema = currentSchema(metadata)
  const isNested = hasNested(schema)
  const rows = quoteIdentifier(`rows ${randomUUID()}`)
  const columns = partitionColumns(metadata)
  requireNoFixed(schema)
  await useTransforms(engine)
  return withThreads(isNested ? 1 : undefined, engine, async () => {
    try {
      await engine.run(`create temp table ${rows} as ${stagedSelect(select, schema, columns, isNested)}`, params)
      await requireValues(rows, schema, engine)
      const layout = { rows, schema, columns, order: sortTerms(metadata), isNested }
      const files: LocalDataFile[] = []
      const groups = groupParts(await planParts(layout, options.targetBytes, engine), isNested)
      for (const parts of groups) {
        const from = groups.length > 1 ? await putApart(parts, rows, engine) : rows
        for (const part of parts) {
          files.push(await writePart(part, from, layout, { metadata, folder: options.folder }, engine))
          options.written?.(files.reduce((sum, file) => sum + file.facts.recordCount, 0))
        }
        if (from !== rows) await engine.run(`drop table ${from}`)
      }
      return files
    } finally {
      await engine.run(`drop table if exists ${rows}`)
    }
  })
}

/** Parquet that DuckDB writes has no bytes of a fixed length: other readers refuse a column that lacks it. */
function requireNoFixed({ fields }: Schema): void {
  const fixed = fields.find(({ type }) => formatType(type).includes('fixed['))
  if (!fixed) return
  throw new UnsupportedTableError({
    subject: `column ${fixed.name}`,
    expected: 'types that rows can be written in',
    got: formatType(fixed.type),
    fix: 'write to this table by the engine that added it; or drop the column',
  })
}

/**
 * How many rows a file has at most.
 * @param rowBytes what a row takes in memory, as {@link rowBytesSql} has it
 */
export function mostRowsOf(schema: Schema, rowBytes: number, targetBytes: number): number {
  const mostBytes = hasNested(schema) ? Math.min(targetBytes, SORTED_BYTES) : targetBytes
  return Math.max(MIN_ROWS, Math.floor(mostBytes / Math.max(MIN_ROW_BYTES, rowBytes)))
}

/** SQL of what a row of the table's columns takes in memory, bytes. */
export function rowBytesSql({ fields }: Schema): string {
  const sizes = fields.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    if (type === 'string') return `16 + coalesce(strlen(${column}), 0)`
    if (type === 'binary') return `16 + coalesce(octet_length(${column}), 0)`
    if (typeof type === 'string') return '16'
    const isFlat = type.type === 'list' && typeof type.element === 'string' && FIXED_WIDTH.has(type.element)
    return isFlat ? `16 + 8 * coalesce(len(${column}), 0)` : `16 + 2 * coalesce(strlen(cast(${column} as varchar)), 0)`
  })
  return sizes.join(' + ')
}

const hasNested = ({ fields }: Schema): boolean => fields.some(({ type }) => typeof type === 'object')

interface Layout {
  readonly rows: string
  readonly schema: Schema
  readonly columns: readonly PartitionColumn[]
  readonly order: readonly string[]
  /** Columns of lists and structs make rows wide: DuckDB takes 2,048 of them at a time. */
  readonly isNested: boolean
}

/** The rows of one file. */
interface Part {
  readonly where: readonly string[]
  readonly params: Params
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly rowGroupRows: number
  /** How many pieces of so many rows the rows are at most. */
  readonly rowGroups: number
}

/**
 * Each file of wide rows is found by a scan of all of them. Where they are many, the rows of some files at a time are put
 * apart first: so many at a time that the scans of all and of those are about as many.
 */
function groupParts(parts: readonly Part[], isNested: boolean): Part[][] {
  const length = isNested && parts.length > FEW_PARTS ? Math.ceil(Math.sqrt(parts.length)) : Math.max(1, parts.length)
  return Array.from({ length: Math.ceil(parts.length / length) }, (_, i) => parts.slice(i * length, (i + 1) * length))
}

const FEW_PARTS = 32

async function writePart(
  part: Part,
  from: string,
  { schema, order }: Layout,
  { metadata, folder }: Pick<Table, 'metadata'> & Pick<WriteOptions, 'folder'>,
  engine: Engine,
): Promise<LocalDataFile> {
  const path = join(folder, `${randomUUID()}.parquet`)
  const facts = await writeParquetFile(engine, {
    select: inRowGroups(`select * from ${from} where ${conditionOf(part)}${orderBy(order)}`, part),
    params: part.params,
    path,
    schema,
    rowGroupRows: part.rowGroupRows,
    compression: compressionOf(metadata),
  })
  return { path, partition: part.partition, specId: currentSpec(metadata)['spec-id'], facts }
}

/**
 * Rows in the same order, in pieces of a row group each: DuckDB starts a row group only with the next of the chunks that it
 * gets, which are of 2,048 rows. It joins a chunk with the numbers of the pieces one after the other, as their sum is no
 * condition of equal columns.
 */
function inRowGroups(select: string, { rowGroupRows, rowGroups }: Part): string {
  if (rowGroupRows >= MIN_ROWS || rowGroups < 2) return select
  const last = rowGroups - 1
  return `select * from (select *, row_number() over () as ${NUMBER} from (${select})),
    (select unnest(range(${last}, -1, -1)) as ${FROM_LAST}) where (${NUMBER} - 1) // ${rowGroupRows} + ${FROM_LAST} = ${last}`
}

const NUMBER = quoteIdentifier('the number of a row')
const FROM_LAST = quoteIdentifier('row groups before the last')

/** @returns a table of the rows of these files */
async function putApart(parts: readonly Part[], rows: string, engine: Engine): Promise<string> {
  const apart = quoteIdentifier(`rows ${randomUUID()}`)
  const where = parts.map(part => `(${conditionOf(part)})`).join(' or ')
  const params: Params = Object.assign({}, ...parts.map(part => part.params))
  await engine.run(`create temp table ${apart} as select * from ${rows} where ${where}`, params)
  return apart
}

const conditionOf = ({ where }: Part): string => where.join(' and ')

/** The piece of its partition that a row goes to, where a partition is of several files. */
const PIECE = quoteIdentifier('the piece of a partition')

/** Wide rows stay as they come: sorting them costs more than finding those of a partition. */
function stagedSelect(select: string, schema: Schema, columns: readonly PartitionColumn[], isNested: boolean): string {
  const typed = schema.fields.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    return `cast(${column} as ${duckdbType(type)}) as ${column}`
  })
  const values = columns.map(({ sql, column }) => `${sql} as ${column}`)
  const staged = `select ${['*', ...values, `0 as ${PIECE}`].join(', ')} from (select ${typed.join(', ')} from (${select}))`
  return isNested ? staged : `${staged}${orderBy(columns.map(({ column }) => column))}`
}

const orderBy = (terms: readonly string[]): string => (terms.length === 0 ? '' : ` order by ${terms.join(', ')}`)

/** Readers trust that a required column has no NULL. */
async function requireValues(rows: string, schema: Schema, engine: Engine): Promise<void> {
  const required = schema.fields.filter(field => field.required)
  if (required.length === 0) return
  const counts = required.map(({ name }, i) => `count(*) filter (where ${quoteIdentifier(name)} is null) as c${i}`)
  const [row = {}] = await engine.rows(`select ${counts.join(', ')} from ${rows}`)
  const bad = required.find((_, i) => Number(row[`c${i}`]) > 0)
  if (!bad) return
  const got = `NULL in ${row[`c${required.indexOf(bad)}`]} rows`
  throw new ColumnValueError({ subject: `column ${bad.name}`, expected: 'a value in each row', got })
}

/** Which rows go into which file. */
async function planParts(layout: Layout, targetBytes: number, engine: Engine): Promise<Part[]> {
  const rowBytes = await measureRows(layout, engine)
  const mostRows = mostRowsOf(layout.schema, rowBytes, targetBytes)
  const rowGroupRows = rowGroupRowsOf(rowBytes, layout)
  const groups = await findPartitions(layout, engine)
  const parts = groups.map(({ rows, ...group }) => {
    const pieces = Math.ceil(rows / mostRows)
    return { ...group, pieces, rowGroups: Math.ceil(Math.ceil(rows / pieces) / rowGroupRows) }
  })
  const parted = parts.filter(({ pieces }) => pieces > 1)
  for (const part of parted) await splitPartition(layout, part, engine)
  return parts.flatMap(({ pieces, where, ...part }) =>
    Array.from({ length: pieces }, (_, piece) => ({
      ...part,
      where: pieces === 1 ? where : [...where, `${PIECE} = ${piece}`],
      rowGroupRows,
    })),
  )
}

/** Of wide rows as many as both a processor's cache and the memory hold: a reader unpacks a row group at once. */
function rowGroupRowsOf(rowBytes: number, { isNested }: Layout): number {
  const fitting = Math.floor(WIDE_GROUP_BYTES / rowBytes)
  if (isNested && fitting < MIN_ROWS) return Math.max(MIN_WIDE_ROWS, 2 ** Math.floor(Math.log2(Math.max(1, fitting))))
  return Math.max(MIN_ROWS, Math.min(MAX_GROUP_ROWS, Math.floor(GROUP_BYTES / rowBytes)))
}

/** What is sorted at once of wide rows. */
const SORTED_BYTES = 40_000_000
const MIN_ROWS = 2048
const MIN_ROW_BYTES = 16
const MAX_GROUP_ROWS = 61_440
const GROUP_BYTES = 16_000_000
/** 512 embeddings of 1,024 doubles: they are searched in two thirds of the time that 2,048 in a row group take. */
const WIDE_GROUP_BYTES = 5_000_000
const MIN_WIDE_ROWS = 128
const MEASURED_ROWS = 2000

/** What a row takes in memory, from rows at even steps. */
async function measureRows({ rows, schema }: Layout, engine: Engine): Promise<number> {
  const [counted] = await engine.rows(`select count(*) as n from ${rows}`)
  const step = Math.max(1, Math.floor(Number(counted?.n ?? 0) / MEASURED_ROWS))
  const [row] = await engine.rows(`select avg(${rowBytesSql(schema)}) as bytes from ${rows} where rowid % ${step} = 0`)
  return Math.max(MIN_ROW_BYTES, Number(row?.bytes ?? 0))
}

const FIXED_WIDTH: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'float', 'double', 'date', 'timestamp'])

type Group = Pick<Part, 'where' | 'params' | 'partition'> & { readonly rows: number }

/** The partitions of the rows, in the order of their values. */
async function findPartitions({ rows, columns }: Layout, engine: Engine): Promise<Group[]> {
  const texts = columns.map(({ text }, i) => `${text} as v${i}`)
  const by = columns.map(({ column }) => column)
  const grouped = by.length === 0 ? ' having count(*) > 0' : ` group by ${by.join(', ')}${orderBy(by)}`
  const found = await engine.rows(`select ${[...texts, 'count(*) as n'].join(', ')} from ${rows}${grouped}`)
  return found.map((row, n) => {
    const given = columns.filter((_, i) => row[`v${i}`] !== null)
    return {
      rows: Number(row.n),
      partition: Object.fromEntries(columns.map((column, i) => [column.name, partitionValue(column, row, i)])),
      where: [
        'true',
        ...columns.map(({ column, fromText }, i) => toCondition(column, fromText, row[`v${i}`], `p${n}_${i}`)),
      ],
      params: Object.fromEntries(
        given.map(column => [`p${n}_${columns.indexOf(column)}`, textOf(row, columns.indexOf(column))]),
      ),
    }
  })
}

const textOf = (row: Row, i: number): string => String(row[`v${i}`])

const toCondition = (column: string, fromText: (param: string) => string, value: unknown, param: string): string =>
  value === null ? `${column} is null` : `${column} = ${fromText(`$${param}`)}`

function partitionValue({ name, type }: PartitionColumn, row: Row, i: number): PartitionValue {
  if (row[`v${i}`] === null) return null
  const value = parseValueText(type, textOf(row, i))
  if (value !== undefined) return value
  throw new ColumnValueError({
    subject: `partition field ${name}`,
    expected: `a value of ${type}`,
    got: textOf(row, i),
  })
}

/** Numbers the rows of a partition by the files that they go to: as many in each, in the table's order. */
async function splitPartition(
  { rows, order }: Layout,
  { where, params, pieces }: Pick<Part, 'where' | 'params'> & { pieces: number },
  engine: Engine,
): Promise<void> {
  const narrow = `select rowid as id, ntile(${pieces}) over (${orderBy([...order, 'rowid'])}) - 1 as piece
    from ${rows} where ${where.join(' and ')}`
  await engine.run(
    `update ${rows} set ${PIECE} = placed.piece from (${narrow}) as placed where ${rows}.rowid = placed.id`,
    params,
  )
}

/** Each thread of the engine holds rows of its own: wide ones would be too much for the memory that it may have. */
async function withThreads<T>(threads: number | undefined, engine: Engine, act: () => Promise<T>): Promise<T> {
  if (threads === undefined) return act()
  const [row] = await engine.rows(`select current_setting('threads') as threads`)
  await engine.run(`set threads = ${threads}`)
  try {
    return await act()
  } finally {
    await engine.run(`set threads = ${Number(row?.threads ?? 1)}`)
  }
}
