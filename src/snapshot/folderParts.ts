import { compareCodePoints } from '../codePoints.js'
import type { Engine } from '../engine/engine.js'
import { quotePath, quotePaths } from '../engine/sqlText.js'

/** Some of the rows of `direct_folders` that the ranges of an import gave, few enough to be rolled up at once. */
export interface FolderPart {
  /** Where its rows are, which are those from `least` to `greatest`. */
  readonly files: readonly string[]
  readonly least: string
  readonly greatest: string
  /**
   * Direct folders of earlier parts: a folder of this part is one of an earlier part, too, if one of these begins with it. For
   * the keys below a folder follow each other: one that goes on after a range holds its last key, and then its greatest
   * direct path begins with it. So it is where one range was cut.
   */
  readonly before: readonly string[]
}

type Slice = Omit<FolderPart, 'before'>

/**
 * What the roll-up of a part may hold, as {@link ROW_BYTES} counts it. It takes about twice that, with its sort: what the
 * smallest engine has, and few more statements than one where there are a hundred thousand folders.
 */
const MOST_PART_BYTES = 40_000_000

/**
 * Plans the roll-up of ranges part by part. Neighbours that hold little go together; a range that holds too much is cut between
 * its folders. What each part finds first, in the order of the paths, comes after all that the parts before found.
 * @param files rows of the model `direct_folders`, a file for each range that has rows, in key order
 * @param mostBytes what a part may hold at most; a single folder is a part whatever it holds
 */
export async function readFolderParts(
  files: readonly string[],
  engine: Engine,
  mostBytes = MOST_PART_BYTES,
): Promise<FolderPart[]> {
  const parts: FolderPart[] = []
  for (const group of groupRanges(await readRanges(files, engine), mostBytes)) {
    const slices = group.bytes > mostBytes ? await cutRange(group, mostBytes, engine) : [group]
    const lastBefore = parts.at(-1)?.greatest
    for (const { files, least, greatest } of slices) {
      const before = [...new Set([lastBefore, parts.at(-1)?.greatest])].filter(path => path !== undefined)
      parts.push({ files, least, greatest, before })
    }
  }
  return parts
}

interface RangeSlice extends Slice {
  readonly bytes: number
}

/** What the folders that a row counts in take: each has a row of its own at most, with a part of the path. */
const ROW_BYTES = "len(split(path, '/')) * (150 + strlen(path) // 2)"

async function readRanges(files: readonly string[], engine: Engine): Promise<RangeSlice[]> {
  if (files.length === 0) return []
  const rows = await engine.rows(
    `select filename, min(path) as least, max(path) as greatest, sum(${ROW_BYTES})::double as bytes
    from read_parquet(${quotePaths(files)}, hive_partitioning=false, filename=true) group by 1`,
  )
  const byFile = new Map(rows.map(row => [row.filename, row]))
  return files.flatMap(file => {
    const row = byFile.get(file)
    if (!row) return []
    return [{ files: [file], least: String(row.least), greatest: String(row.greatest), bytes: Number(row.bytes) }]
  })
}

function groupRanges(ranges: readonly RangeSlice[], mostBytes: number): RangeSlice[] {
  const groups: RangeSlice[] = []
  for (const range of ranges) {
    const last = groups.at(-1)
    if (last && last.bytes + range.bytes <= mostBytes) groups[groups.length - 1] = join(last, range)
    else groups.push(range)
  }
  return groups
}

const join = (a: RangeSlice, b: RangeSlice): RangeSlice => ({
  files: [...a.files, ...b.files],
  least: compareCodePoints(a.least, b.least) <= 0 ? a.least : b.least,
  greatest: compareCodePoints(a.greatest, b.greatest) >= 0 ? a.greatest : b.greatest,
  bytes: a.bytes + b.bytes,
})

/** One range, whose objects have been sorted in memory: so can the paths of their folders be, which are no more. */
async function cutRange({ files }: RangeSlice, mostBytes: number, engine: Engine): Promise<Slice[]> {
  const [file = ''] = files
  const rows = await engine.rows(
    `select min(path) as least, max(path) as greatest
    from (
      select path, sum(${ROW_BYTES}) over (order by path rows unbounded preceding) // ${Math.ceil(mostBytes)} as slice
      from read_parquet(${quotePath(file)}, hive_partitioning=false)
    )
    group by slice order by slice`,
  )
  return rows.map(({ least, greatest }) => ({ files, least: String(least), greatest: String(greatest) }))
}
