import { compareCodePoints } from '../codePoints.js'
import type { Engine } from '../engine/engine.js'
import { quotePaths, quoteString } from '../engine/sqlText.js'
import { type KeyRange, splitRange } from './keyRanges.js'

/** Rows of `objects` that stand together in a file, a row group, sorted by key. */
export interface KeyBlock {
  /** The file, as it was asked for. */
  readonly path: string
  readonly rows: number
  /** No key is less; the first one may be greater. */
  readonly least: string
  /** No key is greater; `undefined` where the file doesn't say. */
  readonly greatest: string | undefined
}

/**
 * The blocks of sorted files, in the order of their least keys: of each file its footer is read.
 * @param column what the files are sorted by
 */
export async function readKeyBlocks(paths: readonly string[], engine: Engine, column = 'key'): Promise<KeyBlock[]> {
  if (paths.length === 0) return []
  const rows = await engine.rows(
    `select file_name, row_group_num_rows, coalesce(stats_min_value, '') as least, stats_max_value as greatest
    from parquet_metadata(${quotePaths(paths)})
    where path_in_schema = ${quoteString(column)}
    order by least`,
  )
  return rows.map(({ file_name, row_group_num_rows, least, greatest }) => ({
    path: String(file_name),
    rows: Number(row_group_num_rows),
    least: String(least),
    greatest: greatest === null ? undefined : String(greatest),
  }))
}

/** Whether a key of the range may be in the block. */
export const mayHoldKeys = ({ least, greatest }: KeyBlock, { from, to }: KeyRange): boolean =>
  (to === undefined || compareCodePoints(least, to) < 0) &&
  (from === undefined || greatest === undefined || compareCodePoints(greatest, from) >= 0)

/**
 * Cuts a range where blocks begin, so that each slice has about so many of their rows.
 * @param blocks in the order of their least keys
 */
export function sliceRange(range: KeyRange, blocks: readonly KeyBlock[], sliceRows: number): KeyRange[] {
  const { from = '', to } = range
  const first = blocks[0]?.least ?? ''
  const start = compareCodePoints(first, from) > 0 ? first : from
  const cuts: string[] = []
  let rows = 0
  for (const { least, rows: blockRows } of blocks) {
    const isInside = to === undefined || compareCodePoints(least, to) < 0
    if (rows >= sliceRows && isInside && compareCodePoints(least, cuts.at(-1) ?? start) > 0) {
      cuts.push(least)
      rows = 0
    }
    rows += blockRows
  }
  return splitRange(range, cuts)
}
