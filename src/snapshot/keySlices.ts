import type { Engine, Row } from '../engine/engine.js'
import { quoteString, quoteStrings } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { locateFiles } from './dataFiles.js'
import { type Report, runReport } from './report.js'

/**
 * Runs a report that orders its rows by `key` first, over data files of a table, in slices of keys that are each sorted in
 * little memory. The rows come as if it had run at once.
 * @param input the relation that the report reads
 * @param range the keys that the report is about; others aren't sliced
 */
export async function* runInSlices(
  report: Report,
  input: string,
  table: Table,
  files: readonly DataFile[],
  range: KeyRange,
  engine: Engine,
): AsyncGenerator<Row> {
  const paths = locateFiles(table, files)
  const select = selectFiles(currentSchema(table.metadata), paths)
  const rowCount = files.reduce((sum, file) => sum + file.recordCount, 0)
  for (const slice of await planKeySlices(paths, rowCount, range, engine))
    yield* (await runReport(report, { [input]: `select * from (${select}) where ${slice}` }, engine)).rows
}

/** Keys from the one on, and before the other; without `to`, to the end. */
export interface KeyRange {
  readonly from: string
  readonly to?: string | undefined
}

/** What one sort holds, more or less: 40 MB of rows of `objects`. */
const SLICE_ROWS = 200_000

/**
 * Conditions on `key`, in key order, that part the rows of data files: each is met by few enough to be sorted in little
 * memory, and every row meets one.
 *
 * @param paths where the engine finds the files. Their footers are read if there may be more than one slice
 * @param rowCount rows in the files
 */
async function planKeySlices(
  paths: readonly string[],
  rowCount: number,
  { from, to }: KeyRange,
  engine: Engine,
): Promise<string[]> {
  if (rowCount <= SLICE_ROWS) return ['true']
  const groups = await engine.rows(
    `select stats_min_value as key, row_group_num_rows as row_count from parquet_metadata(${quoteStrings(paths)})
    where path_in_schema = 'key' and stats_min_value > cast($from as varchar) and ($to is null or stats_min_value < cast($to as varchar)) order by 1`,
    { from, to: to ?? null },
  )
  const cuts: string[] = []
  let rows = 0
  for (const { key, row_count } of groups) {
    if (rows >= SLICE_ROWS && key !== cuts.at(-1)) {
      cuts.push(String(key))
      rows = 0
    }
    rows += Number(row_count)
  }
  return [undefined, ...cuts].map((from, i) => conditionOf(from, cuts[i]))
}

function conditionOf(from: string | undefined, to: string | undefined): string {
  const parts = [from !== undefined && `key >= ${quoteString(from)}`, to !== undefined && `key < ${quoteString(to)}`]
  return parts.filter(part => part !== false).join(' and ') || 'true'
}
