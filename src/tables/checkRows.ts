import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quotePath, quotePaths } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { toFileSystemError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import { type BadRows, type BadRowsWriter, openBadRows } from './badRows.js'
import { addBadRows, checkParquet, listParquetColumns } from './checkParquet.js'
import { type CheckTarget, goodSql } from './checkSql.js'
import { checkText } from './checkText.js'
import { openCsvRows } from './csvRows.js'
import { readJsonRows } from './jsonRows.js'
import type { TextRow } from './textRow.js'

/** A local file of rows; NDJSON and CSV may be gzip, whatever they are called. */
export interface RowsFile {
  readonly path: string
  readonly format: 'ndjson' | 'csv' | 'parquet'
  /** Of CSV; a comma if none is given. */
  readonly delimiter?: string
  /** What its bad rows say that they are of, where that isn't clear. */
  readonly shownName?: string
}

/** The rows of a file, told apart, in files of the engine's temporary folder. */
export interface CheckedRows {
  /** A SELECT of the good ones, which can be run again: the table's columns in its order, exactly typed, filled ones filled. In no order. */
  readonly good: string
  readonly goodRows: number
  /** The bad ones, by line; their file is there even if there are none. */
  readonly bad: BadRows
  /** Names in the header of CSV or Parquet that the table has not, in its order. If there are any, no row was read. */
  readonly unknownColumns: readonly string[]
}

/**
 * Checks the rows of a file against a table, once, in flat memory: see `textValueSql` for what values may be spelled like
 * and `ruleFaultSql` for what they may be. Values of Parquet are taken where they are the same in the column's type.
 * @throws {NotFoundError} for no such file
 * @throws {RowsFileError} for a file that can't be read as what it is said to be
 * @throws {QueryError} {@link FileSystemError} for a disk that is full
 */
export async function checkRows(input: RowsFile, target: CheckTarget, engine: Engine): Promise<CheckedRows> {
  const folder = join(engine.tempFolder, `rows-${randomUUID()}`)
  await makeFolder(folder)
  const bad = await openBadRows(join(folder, 'bad.jsonl'), input.shownName)
  try {
    const found = await checkInto(folder, input, target, bad, engine)
    return { ...found, bad: await bad.close() }
  } catch (error) {
    await bad.close().catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
    throw toFileSystemError(error, folder)
  }
}

type Found = Omit<CheckedRows, 'bad'>

async function checkInto(
  folder: string,
  input: RowsFile,
  target: CheckTarget,
  bad: BadRowsWriter,
  engine: Engine,
): Promise<Found> {
  const { path, format } = input
  const names = new Set(target.schema.fields.map(({ name }) => name))
  const unknownIn = (header: readonly string[]) => header.filter(name => !names.has(name))
  if (format === 'ndjson') return checkTextRows(readJsonRows(path, target.schema.fields), folder, target, bad, engine)
  if (format === 'csv') {
    const { header, rows, close } = await openCsvRows(path, input.delimiter ?? ',', target.schema.fields)
    const unknownColumns = unknownIn(header)
    if (unknownColumns.length === 0) return checkTextRows(rows, folder, target, bad, engine)
    await close()
    return noRows(target, unknownColumns)
  }
  const columns = await listParquetColumns(path, engine)
  const unknownColumns = unknownIn(columns.map(({ name }) => name))
  if (unknownColumns.length > 0) return noRows(target, unknownColumns)
  const checked = join(folder, 'checked.parquet')
  await checkParquet(path, columns, target, checked, engine)
  await addBadRows(checked, bad, engine)
  return countRows(target, `read_parquet(${quotePath(checked)})`, engine)
}

async function checkTextRows(
  rows: AsyncIterable<readonly TextRow[]>,
  folder: string,
  target: CheckTarget,
  bad: BadRowsWriter,
  engine: Engine,
): Promise<Found> {
  const { rows: count, parts } = await checkText(rows, target, folder, bad, engine)
  return count === 0 ? noRows(target, []) : countRows(target, `read_parquet(${quotePaths(parts)})`, engine)
}

async function countRows(target: CheckTarget, from: string, engine: Engine): Promise<Found> {
  const [counts] = await engine.rows(`select count(*) - count(reason) as good from ${from}`)
  return { good: goodSql(target, from), goodRows: Number(counts?.good), unknownColumns: [] }
}

function noRows(target: CheckTarget, unknownColumns: readonly string[]): Found {
  const nulls = target.schema.fields.map(({ type }, i) => `cast(null as ${duckdbType(type)}) as v${i}`)
  const good = goodSql(target, `(select cast(null as varchar) as reason, ${nulls.join(', ')} where false)`)
  return { good, goodRows: 0, unknownColumns }
}
