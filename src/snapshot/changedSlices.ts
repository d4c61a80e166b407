import { compareCodePoints } from '../codePoints.js'
import type { Engine } from '../engine/engine.js'
import { bindInputs, loadModel } from '../models/model.js'
import { type KeyBlock, sliceRange } from './keyBlocks.js'
import type { KeyRange } from './keyRanges.js'

/** A SELECT of the folders of each of two snapshots. */
export interface FolderPair {
  readonly base_folders: string
  readonly newer_folders: string
}

/** The blocks of each of two snapshots, in the order of their least keys. */
export interface BlockPair {
  readonly base: readonly KeyBlock[]
  readonly newer: readonly KeyBlock[]
}

/**
 * The ranges of keys, disjoint and in order, outside of which nothing differs between two snapshots: by the fingerprints
 * of their folders, and where in the sorted files of `objects` the children of a folder may be.
 * @param sliceRows about how many rows of both together a range has
 * @returns nothing where most would have to be read in any case, which goes quicker in one go; that is found out early
 */
export async function findChangedSlices(
  range: KeyRange,
  blocks: BlockPair,
  folders: FolderPair,
  sliceRows: number,
  engine: Engine,
): Promise<KeyRange[] | undefined> {
  const all = [...blocks.base, ...blocks.newer].sort((a, b) => compareCodePoints(a.least, b.least))
  const most = MOST_SHARE * sumRows(all)
  const changed = new Set(all.filter(({ greatest }) => greatest === undefined))
  let rows = sumRows([...changed])
  const find = blockFinder(blocks)
  for (const parts of [SAMPLED_PARTS, 1]) {
    const { rows: paths } = await engine.query(selectChangedFolders(folders, parts))
    for await (const { path } of paths) {
      for (const block of find(String(path))) {
        if (!changed.has(block)) rows += block.rows
        changed.add(block)
      }
      if (rows > most) return undefined // where changes are everywhere, a few folders show it
    }
  }
  return joinChanged(all.map(block => ({ ...block, isChanged: changed.has(block) })))
    .map(span => ({ range: intersect(span.range, range), blocks: span.blocks }))
    .filter(span => isNotEmpty(span.range))
    .flatMap(span => sliceRange(span.range, span.blocks, sliceRows))
}

/** One in so many of the folders is looked at first. */
const SAMPLED_PARTS = 16

/** Changed folders of one in so many, in no order of keys: the first few are from everywhere. */
function selectChangedFolders({ base_folders, newer_folders }: FolderPair, parts: number): string {
  const only = (folders: string): string => `select * from (${folders}) where hash(path) % ${parts} = 0`
  const inputs = { base_folders: only(base_folders), newer_folders: only(newer_folders) }
  const changed = bindInputs(loadModel('changed_folders', 'duckdb'), inputs)
  return parts === 1 ? changed : `select path from (${changed}) order by hash(path)`
}

/** Of the rows: above it, what is left out doesn't make up for the more pieces that the rest is read in. */
const MOST_SHARE = 0.8

/**
 * Finds the blocks in which a folder may have direct children. Of the folders that a block's least key lies in, only those
 * have children there that don't have all of the block in one folder below them; any other folder with children there
 * comes after the least key, and not after the greatest.
 */
function blockFinder({ base, newer }: BlockPair): (path: string) => KeyBlock[] {
  const around = new Map<string, KeyBlock[]>()
  for (const block of [...base, ...newer])
    for (const folder of listFoldersAround(block)) {
      const others = around.get(folder)
      if (others) others.push(block)
      else around.set(folder, [block])
    }
  const sides = [withReach(base), withReach(newer)]
  return path => [...(around.get(path) ?? []), ...sides.flatMap(side => findWithin(side, path))]
}

/** The folders, the root among them, that a block's least key lies in and that may have another child in the block. */
function listFoldersAround({ least, greatest }: KeyBlock): string[] {
  const found: string[] = []
  for (let end = 0; ; ) {
    const next = least.indexOf('/', end) + 1
    const isWithinNext = next > 0 && greatest?.startsWith(least.slice(0, next))
    if (!isWithinNext) found.push(least.slice(0, end))
    if (next === 0) return found
    end = next
  }
}

/** Blocks of one snapshot, in the order of their least keys, and of each the greatest key of it and all before it. */
interface Side {
  readonly blocks: readonly KeyBlock[]
  readonly reach: readonly string[]
}

function withReach(blocks: readonly KeyBlock[]): Side {
  let last = ''
  const reach = blocks.map(({ greatest = '' }) => {
    if (compareCodePoints(greatest, last) > 0) last = greatest
    return last
  })
  return { blocks, reach }
}

/**
 * The blocks of one snapshot whose least key is before a folder's path, and whose greatest isn't: one at most, unless files hold
 * the same range of keys, as those that other engines have written do.
 */
function findWithin({ blocks, reach }: Side, path: string): KeyBlock[] {
  let [low, high] = [0, blocks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareCodePoints(blocks[middle]?.least ?? '', path) < 0) low = middle + 1
    else high = middle
  }
  const found: KeyBlock[] = []
  for (let i = low - 1; i >= 0 && compareCodePoints(path, reach[i] ?? '') <= 0; i--) {
    const block = blocks[i]
    if (block?.greatest !== undefined && compareCodePoints(path, block.greatest) <= 0) found.push(block)
  }
  return found
}

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
  const [from] = [a.from, b.from].filter(key => key !== undefined).sort((x, y) => compareCodePoints(y, x))
  const [to] = [a.to, b.to].filter(key => key !== undefined).sort(compareCodePoints)
  return { from, to }
}

const isNotEmpty = ({ from, to }: KeyRange): boolean =>
  from === undefined || to === undefined || compareCodePoints(from, to) < 0
