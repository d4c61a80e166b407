import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quotePath, quotePaths } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { checkParquet, listParquetColumns } from './checkParquet.js'
import { type CheckTarget, goodSql } from './checkSql.js'
import { checkText, stagedTexts } from './checkText.js'
import { openCsvRows } from './csvRows.js'
import { readJsonRows } from './jsonRows.js'
import type { TextRow } from './textRow.js'

/** A local file of rows; NDJSON and CSV may be gzip, whatever they are called. */
export interface RowsFile {
  readonly path: string
  readonly format: 'ndjson' | 'csv' | 'parquet'
  /** Of CSV; a comma if none is given. */
  readonly delimiter?: string
}

/** The rows of a file, told apart. The SELECTs read files in the engine's temporary folder, and can be run again. */
export interface CheckedRows {
  /** A SELECT of the good ones: the table's columns in its order, exactly typed, filled ones filled. In no order. */
  readonly good: string
  readonly goodRows: number
  /**
   * A SELECT of the bad ones: `line` (of the file, on which the row begins; in Parquet the row), `reason` (all that is
   * wrong, with '; ' between), `row` (as it is in the file; of Parquet as JSON). By line.
   */
  readonly bad: string
  readonly badRows: number
  /** Names in the header of CSV or Parquet that the table has not, in its order. If there are any, no row was read. */
  readonly unknownColumns: readonly string[]
}

/**
 * Checks the rows of a file against a table, once, in flat memory: see `textValueSql` for what values may be spelled like
 * and `ruleFaultSql` for what they may be. Values of Parquet are taken where they are the same in the column's type.
 * @throws {NotFoundError} for no such file
 * @throws {RowsFileError} for a file that can't be read as what it is said to be
 * @throws {QueryError} also for a disk that is full
 */
export async function checkRows(input: RowsFile, target: CheckTarget, engine: Engine): Promise<CheckedRows> {
  const folder = join(engine.tempFolder, `rows-${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  try {
    return await checkInto(folder, input, target, engine)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function checkInto(folder: string, input: RowsFile, target: CheckTarget, engine: Engine): Promise<CheckedRows> {
  const { path, format } = input
  const names = new Set(target.schema.fields.map(({ name }) => name))
  const unknownIn = (header: readonly string[]) => header.filter(name => !names.has(name))
  if (format === 'ndjson') return checkTextRows(readJsonRows(path, target.schema.fields), folder, target, engine)
  if (format === 'csv') {
    const { header, rows } = await openCsvRows(path, input.delimiter ?? ',', target.schema.fields)
    const unknownColumns = unknownIn(header)
    return unknownColumns.length > 0 ? noRows(target, unknownColumns) : checkTextRows(rows, folder, target, engine)
  }
  const columns = await listParquetColumns(path, engine)
  const unknownColumns = unknownIn(columns.map(({ name }) => name))
  if (unknownColumns.length > 0) return noRows(target, unknownColumns)
  const checked = join(folder, 'checked.parquet')
  await checkParquet(path, columns, target, checked, engine)
  const from = `read_parquet(${quotePath(checked)})`
  const [counts] = await engine.rows(`select count(*) - count(reason) as good, count(reason) as bad from ${from}`)
  return {
    good: goodSql(target, from),
    goodRows: Number(counts?.good),
    bad: `select line, reason, "row" from ${from} where reason is not null order by line`,
    badRows: Number(counts?.bad),
    unknownColumns: [],
  }
}

async function checkTextRows(
  rows: AsyncIterable<readonly TextRow[]>,
  folder: string,
  target: CheckTarget,
  engine: Engine,
): Promise<CheckedRows> {
  const { rows: count, badRows, parts, badFile, badRowBytes } = await checkText(rows, target, folder, engine)
  if (count === 0) return noRows(target, [])
  const columns = [['line', 'BIGINT'] as const, ['reason', 'VARCHAR'] as const, ['row', 'VARCHAR'] as const]
  return {
    good: goodSql(target, `read_parquet(${quotePaths(parts)})`),
    goodRows: count - badRows,
    bad: badRows === 0 ? NO_BAD : `select * from ${stagedTexts(badFile, columns, badRowBytes)} order by line`,
    badRows,
    unknownColumns: [],
  }
}

const NO_BAD =
  'select cast(null as bigint) as line, cast(null as varchar) as reason, cast(null as varchar) as "row" where false'

function noRows(target: CheckTarget, unknownColumns: readonly string[]): CheckedRows {
  const nulls = target.schema.fields.map(({ type }, i) => `cast(null as ${duckdbType(type)}) as v${i}`)
  const good = goodSql(target, `(select cast(null as varchar) as reason, ${nulls.join(', ')} where false)`)
  return { good, goodRows: 0, bad: NO_BAD, badRows: 0, unknownColumns }
}
