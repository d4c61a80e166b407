import type { Engine, Row } from '../engine/engine.js'
import { selectByNames } from '../engine/namedScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { locateFiles } from './dataFiles.js'
import { readKeyBlocks, sliceRange } from './keyBlocks.js'
import { type KeyRange, rangeCondition } from './keyRanges.js'
import { type Report, runReport } from './report.js'

/** What one sort holds, more or less: 40 MB of rows of `objects`. */
const SLICE_ROWS = 200_000

/**
 * Runs a report that orders its rows by `key` first, over data files of a table, in slices of keys that are each sorted in
 * little memory. The rows come as if it had run at once.
 * @param input the relation that the report reads
 * @param range the keys that the report is about
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
  const select = await selectByNames(currentSchema(table.metadata), paths, engine)
  const rows = files.reduce((sum, file) => sum + file.recordCount, 0)
  const slices = rows > SLICE_ROWS ? sliceRange(range, await readKeyBlocks(paths, engine), SLICE_ROWS) : [range]
  for (const slice of slices)
    yield* (await runReport(report, { [input]: `select * from (${select}) where ${rangeCondition(slice)}` }, engine))
      .rows
}
