import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile } from '../engine/parquetFile.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { onOneThread } from '../engine/threads.js'
import { useTransforms } from '../engine/transformSql.js'
import type { Table } from '../iceberg/catalog.js'
import { ColumnValueError, UnsupportedTableError } from '../iceberg/errors.js'
import { currentSchema, currentSpec } from '../iceberg/metadata.js'
import type { PartitionValue } from '../iceberg/partitionSpec.js'
import { formatType, type Schema } from '../iceberg/schema.js'
import { compressionOf, orderBy, type PartitionColumn, partitionColumns, sortTerms } from './fileLayout.js'
import { conditionOf, type FilePart, groupParts, PIECE, type StagedRows, splitByFiles } from './fileParts.js'
import { hasNested, MIN_ROWS } from './rowBytes.js'

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
  const write = async () => {
    try {
      await engine.run(`create temp table ${rows} as ${stagedSelect(select, schema, columns, isNested)}`, params)
      await requireValues(rows, schema, engine)
      const staged = { rows, schema, columns, order: sortTerms(metadata) }
      const files: LocalDataFile[] = []
      const groups = groupParts(await splitByFiles(staged, options.targetBytes, engine), schema)
      for (const parts of groups) {
        const from = groups.length > 1 ? await putApart(parts, rows, engine) : rows
        for (const part of parts) {
          files.push(await writePart(part, from, staged, { metadata, folder: options.folder }, engine))
          options.written?.(files.reduce((sum, file) => sum + file.facts.recordCount, 0))
        }
        if (from !== rows) await engine.run(`drop table ${from}`)
      }
      return files
    } finally {
      await engine.run(`drop table if exists ${rows}`)
    }
  }
  return isNested ? onOneThread(engine, write) : write()
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

async function writePart(
  part: FilePart,
  from: string,
  { schema, order }: StagedRows,
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
function inRowGroups(select: string, { rowGroupRows, rowGroups }: FilePart): string {
  if (rowGroupRows >= MIN_ROWS || rowGroups < 2) return select
  const last = rowGroups - 1
  return `select * from (select *, row_number() over () as ${NUMBER} from (${select})),
    (select unnest(range(${last}, -1, -1)) as ${FROM_LAST}) where (${NUMBER} - 1) // ${rowGroupRows} + ${FROM_LAST} = ${last}`
}

const NUMBER = quoteIdentifier('the number of a row')
const FROM_LAST = quoteIdentifier('row groups before the last')

/** @returns a table of the rows of these files */
async function putApart(parts: readonly FilePart[], rows: string, engine: Engine): Promise<string> {
  const apart = quoteIdentifier(`rows ${randomUUID()}`)
  const where = parts.map(part => `(${conditionOf(part)})`).join(' or ')
  const params: Params = Object.assign({}, ...parts.map(part => part.params))
  await engine.run(`create temp table ${apart} as select * from ${rows} where ${where}`, params)
  return apart
}

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
