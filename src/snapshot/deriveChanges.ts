import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quotePaths } from '../engine/sqlText.js'
import { CHANGES } from './tables.js'
import type { MadeFile, MadeRange } from './writeRanges.js'

/** How many objects changed in each way. */
export interface ChangeCounts {
  readonly new: bigint
  readonly modified: bigint
  readonly touched: bigint
  readonly deleted: bigint
}

export interface DerivedChanges {
  readonly files: readonly MadeFile[]
  readonly counts: ChangeCounts
}

const FILE_ROWS = 250_000

/** Gathers the changes of the ranges, which are disjoint and in key order, into sorted files of the table `changes`. */
export async function deriveChanges(
  ranges: readonly MadeRange[],
  folder: string,
  engine: Engine,
): Promise<DerivedChanges> {
  const files: MadeFile[] = []
  const counts = { new: 0n, modified: 0n, touched: 0n, deleted: 0n }
  for (const paths of groupRanges(ranges)) {
    const path = join(folder, `changes-${files.length}.parquet`)
    const source = `read_parquet(${quotePaths(paths)}, hive_partitioning=false)`
    const select = `select * from ${source} order by key`
    const facts = await writeParquetFile(engine, { select, path, schema: CHANGES.schema, rowGroupRows: 61_440 })
    files.push({ path, facts })
    for (const { change, n } of await engine.rows(`select change, count(*) as n from ${source} group by 1`))
      counts[change as keyof ChangeCounts] += n as bigint
  }
  return { files, counts }
}

/** Neighbours together until they have enough rows for a file. */
function groupRanges(ranges: readonly MadeRange[]): string[][] {
  const groups: string[][] = []
  let rows = FILE_ROWS
  for (const changes of ranges.flatMap(range => range.changes)) {
    if (rows >= FILE_ROWS) {
      groups.push([])
      rows = 0
    }
    groups.at(-1)?.push(changes.path)
    rows += changes.rows
  }
  return groups
}
