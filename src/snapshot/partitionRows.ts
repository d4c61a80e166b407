import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { quoteIdentifier, quotePaths, quoteString } from '../engine/sqlText.js'
import { StocktakeError } from '../errors.js'
import { cutParams, type KeyRange, rangeNumber, splitRange } from './keyRanges.js'

/** The accepted rows of a key range, unsorted, in Parquet files of their own folder. */
export interface Part {
  readonly range: KeyRange
  readonly folder: string
  readonly rows: number
}

/** Where one pass over rows writes them, and nothing of its name is yet. */
export interface PassTarget {
  /** For the ranges' folders. */
  readonly folder: string
  /** What the names of its files begin with. */
  readonly name: string
  /** How many rows may be held at once. */
  readonly rowBudget: number
}

/** How many rows there are of each range, and how many rejected ones. */
export interface PartCounts {
  readonly rows: readonly number[]
  readonly rejected: number
}

/** Rejected rows are partitioned like a range of this number. */
const REJECTED = -1

// What one thread holds of one range before it writes. Measured with 16 ranges of reports: 20,480 rows keep the process
// at 250 MB, DuckDB's own 524,288 at 370 MB, and both take the same time.
const MOST_FLUSH_ROWS = 20_480
const VECTOR_ROWS = 2_048

/**
 * Writes rows into a folder for each key range, in one pass and unsorted.
 *
 * @param source a SELECT, the columns of it to be written, and the condition of rows that are left out and counted
 */
export async function partitionRows(
  engine: Engine,
  source: { select: string; columns: readonly string[]; rejected?: string },
  params: Params,
  cuts: readonly string[],
  target: PassTarget,
): Promise<PartCounts> {
  const flushRows = Math.floor(target.rowBudget / (cuts.length + 1) / VECTOR_ROWS) * VECTOR_ROWS
  await engine.run(
    `set partitioned_write_flush_threshold = ${Math.max(VECTOR_ROWS, Math.min(MOST_FLUSH_ROWS, flushRows))}`,
  )
  const written = await engine.rows(
    `copy (
      select ${source.columns.map(quoteIdentifier).join(', ')},
        case when ${source.rejected ?? 'false'} then ${REJECTED} else ${rangeNumber(cuts.length)} end as part
      from (${source.select})
    ) to ${quoteString(target.folder)} (format parquet, compression lz4, row_group_size 20480, partition_by (part),
      overwrite_or_ignore, filename_pattern ${quoteString(`${target.name}_{i}`)}, return_stats true)`,
    { ...params, ...cutParams(cuts) },
  )
  const counts = new Map<number, number>()
  for (const { count, partition_keys: keys } of written) {
    const part = Number((keys as { part: string }).part)
    counts.set(part, (counts.get(part) ?? 0) + Number(count))
  }
  const rows = Array.from({ length: cuts.length + 1 }, (_, i) => counts.get(i) ?? 0)
  return { rows, rejected: counts.get(REJECTED) ?? 0 }
}

/** The parts that passes over a folder made of a range. */
export const partsOf = (folder: string, range: KeyRange, cuts: readonly string[], rows: readonly number[]): Part[] =>
  splitRange(range, cuts).map((range, i) => ({ range, folder: partFolder(folder, i), rows: rows[i] ?? 0 }))

/** A relation of a part's rows. */
export const readPart = async (part: Part): Promise<string> =>
  `read_parquet(${quotePaths(await listFiles(part.folder))}, hive_partitioning=false)`

/** Rows that were counted when they were written, and are not there when they are read: the import must not count. */
export class RowsLostError extends StocktakeError {}

/** @throws {RowsLostError} unless the figures agree */
export function requireRows(subject: string, expected: number, got: number): void {
  if (expected === got) return
  const fix = 'run the import again: it begins anew'
  throw new RowsLostError({ subject, expected: `${expected} rows`, got: `${got}`, fix })
}

const partFolder = (folder: string, number: number): string => join(folder, `part=${number}`)

async function listFiles(folder: string): Promise<string[]> {
  return (await readFolder(folder)).filter(name => name.endsWith('.parquet')).map(name => join(folder, name))
}

/** The names in a folder; none where it isn't there. */
async function readFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** Removes what passes wrote, finished or not. @param isLeft whether it is to be removed, by the pass's name */
export async function removePasses(folder: string, isLeft: (name: string) => boolean): Promise<void> {
  for (const part of await readFolder(folder)) {
    const files = await listFiles(join(folder, part))
    for (const file of files) if (isLeft(passOf(file))) await rm(file)
  }
}

/** Of a file that DuckDB has put a number to. */
const passOf = (file: string): string => basename(file).slice(0, basename(file).lastIndexOf('_'))
