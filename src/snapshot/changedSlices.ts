import { compareCodePoints } from '../codePoints.js'
import type { Engine } from '../engine/engine.js'
import { bindInputs, loadModel } from '../models/model.js'
import { type KeyBlock, selectKeyBlocks, sliceRange, toKeyBlock } from './keyBlocks.js'
import type { KeyRange } from './keyRanges.js'

/** A SELECT of the folders of each of two snapshots. */
export interface FolderPair {
  readonly base_folders: string
  readonly newer_folders: string
}

/**
 * The ranges of keys, disjoint and in order, outside of which nothing differs between two snapshots: by the fingerprints
 * of their folders, and where in the sorted files of `objects` the children of a folder may be.
 * @param paths the files of both
 * @param sliceRows about how many rows of both together a range has
 * @returns nothing where most would have to be read in any case, which goes quicker in one go
 */
export async function findChangedSlices(
  range: KeyRange,
  paths: readonly string[],
  folders: FolderPair,
  sliceRows: number,
  engine: Engine,
): Promise<KeyRange[] | undefined> {
  const changed = bindInputs(loadModel('changed_folders', 'duckdb'), { ...folders })
  await engine.run(`create or replace temp table ${CHANGED_FOLDERS} as ${changed}`)
  try {
    const select = bindInputs(loadModel('changed_blocks', 'duckdb'), {
      key_blocks: selectKeyBlocks(paths),
      changed_folders: `select path from ${CHANGED_FOLDERS}`,
    })
    const blocks = (await engine.rows(select)).map(row => ({ ...toKeyBlock(row), isChanged: row.is_changed === true }))
    const spans = joinChanged(blocks)
    const share = sumRows(spans.flatMap(span => span.blocks)) / sumRows(blocks)
    if (share > MOST_SHARE) return undefined
    return spans
      .map(({ range: found, blocks }) => ({ range: intersect(found, range), blocks }))
      .filter(span => isNotEmpty(span.range))
      .flatMap(span => sliceRange(span.range, span.blocks, sliceRows))
  } finally {
    await engine.run(`drop table ${CHANGED_FOLDERS}`)
  }
}

const CHANGED_FOLDERS = 'stocktake_changed_folders'

/** Of the rows: above it, what is left out doesn't make up for the more pieces that the rest is read in. */
const MOST_SHARE = 0.8

export interface ChangedBlock extends KeyBlock {
  readonly isChanged: boolean
}

/** Neighbouring blocks that may hold what changed, and the keys from the first of them up to the next block after them. */
interface Span {
  readonly range: KeyRange
  readonly blocks: readonly KeyBlock[]
}

/**
 * Blocks of two snapshots lie across each other: the keys of a changed one are in all spans between the beginnings of
 * blocks, of either, that it reaches into.
 * @param blocks in the order of their least keys
 */
export function joinChanged(blocks: readonly ChangedBlock[]): Span[] {
  const spans: { range: { from: string; to?: string }; blocks: KeyBlock[] }[] = []
  let reach: string | undefined // the greatest key of the changed blocks so far
  let open: (typeof spans)[number] | undefined
  for (const block of blocks) {
    if (block.isChanged && (reach === undefined || compareCodePoints(block.greatest ?? LAST, reach) > 0))
      reach = block.greatest ?? LAST
    const isWithin = reach !== undefined && compareCodePoints(block.least, reach) <= 0
    if (isWithin) {
      if (!open) {
        open = { range: { from: block.least }, blocks: [] }
        spans.push(open)
      }
      open.blocks.push(block)
    } else if (open) {
      open.range.to = block.least
      open = undefined
    }
  }
  return spans
}

/** No key comes after it. */
const LAST = '\u{10ffff}'

const sumRows = (blocks: readonly KeyBlock[]): number => blocks.reduce((sum, { rows }) => sum + rows, 0)

function intersect(a: KeyRange, b: KeyRange): KeyRange {
  const from = [a.from, b.from].reduce((x, y) =>
    x === undefined || (y !== undefined && compareCodePoints(y, x) > 0) ? y : x,
  )
  const to = [a.to, b.to].reduce((x, y) =>
    x === undefined || (y !== undefined && compareCodePoints(y, x) < 0) ? y : x,
  )
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}

const isNotEmpty = ({ from, to }: KeyRange): boolean =>
  from === undefined || to === undefined || compareCodePoints(from, to) < 0
