import type { Connector } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import { findLacking } from '../snapshot/knownColumns.js'
import {
  askPair,
  type FolderChanges,
  type PairChanges,
  pairViewReport,
  withPairChanges,
} from '../snapshot/pairChanges.js'
import { lackingText, rejectedText } from '../snapshot/pairNotices.js'
import type { Receipt } from '../snapshot/receipts.js'
import { type Names, shownPath } from '../snapshot/redaction.js'
import { formatReport } from '../snapshot/report.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import { getPair, type SnapshotPair } from '../snapshot/snapshotPair.js'
import type { ChangeFigures, ChangeLine } from '../ui/page/pageFigures.js'
import { type FolderLine, partFolders } from './diffFolders.js'
import type { LakeSession } from './lakeSession.js'
import { shownTime } from './shown.js'

/** Levels of folders that changes are parted into. */
const DEPTH = 3
/** How many lines are on the page: those that changed most in bytes, and of the others those with most changes. */
const MOST_BY_SIZE = 18
const MOST_BY_COUNT = 7

/** What a snapshot changed against the one before, by folder, as `diff --by folder` tells it. */
export async function loadPageChanges(
  receipt: Receipt,
  names: Names,
  declared: readonly Connector[],
  session: LakeSession,
): Promise<ChangeFigures> {
  if (receipt.sample_rate !== null)
    return { kind: 'none', why: "A sample: what it lacks isn't deleted, and what changed isn't known." }
  const pair = await findPair(receipt, declared, session)
  if (!pair) return { kind: 'none', why: 'The first snapshot: nothing to compare it with.' }
  const { from, to } = pair
  const notes = [from && rejectedText(from, 'new'), rejectedText(to, 'deleted'), await lackingOf(pair, session)]
  return withPairChanges(pair, session, async changes => {
    const { all, kept, others } = await partChanges(changes, session)
    const shown = (line: FolderLine): ChangeLine => shownLine(line, path => shownPath(names, receipt.connector, path))
    return {
      kind: 'changes',
      sql: formatReport(pairViewReport('changes_by_folder', shownPair(pair, names), DEPTH)),
      since: shownTime(parseSnapshotName(pair.fromName)),
      all: all ? toLine({ ...all, isDirect: false }, '') : NOTHING,
      lines: inOrder(kept.map(shown)),
      ...(others && { others }),
      notes: notes.filter(note => note !== undefined),
    }
  })
}

async function findPair(receipt: Receipt, declared: readonly Connector[], session: LakeSession) {
  try {
    return await getPair({ connector: receipt.connector, to: receipt.snapshot }, declared, session)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

async function lackingOf({ from, to }: SnapshotPair, session: LakeSession): Promise<string | undefined> {
  const found = []
  for (const receipt of from ? [from, to] : [to]) found.push({ receipt, columns: await findLacking(receipt, session) })
  return lackingText(found)
}

interface PartedChanges {
  /** `undefined` where nothing changed. */
  readonly all?: FolderChanges
  readonly kept: readonly FolderLine[]
  readonly others?: ChangeLine & { readonly folderCount: number }
}

/** There may be as many lines as folders: the largest are kept, and what is left of all is told of the others. */
async function partChanges(changes: PairChanges, session: LakeSession): Promise<PartedChanges> {
  const rows = askPair<FolderChanges>('changes_by_folder', changes, session, DEPTH)
  const first = await rows.next()
  if (first.done) return { kept: [] }
  let kept: FolderLine[] = []
  let count = 0
  for await (const line of partFolders(first.value, rows)) {
    count++
    kept.push(line)
    if (kept.length >= 100) kept = largest(kept)
  }
  kept = largest(kept)
  if (count <= kept.length) return { all: first.value, kept }
  return { all: first.value, kept, others: { ...without(first.value, kept), folderCount: count - kept.length } }
}

function largest(lines: readonly FolderLine[]): FolderLine[] {
  const bySize = [...lines].sort((a, b) => sizeOf(b) - sizeOf(a) || Number(countOf(b) - countOf(a)))
  const others = bySize.slice(MOST_BY_SIZE).sort((a, b) => Number(countOf(b) - countOf(a)))
  const kept = new Set(others.slice(0, MOST_BY_COUNT))
  return bySize.filter((line, i) => i < MOST_BY_SIZE || kept.has(line))
}

/** What isn't known comes first. */
const sizeOf = ({ size_change }: FolderLine): number =>
  size_change === null ? Number.MAX_VALUE : Math.abs(Number(size_change))

const countOf = (line: FolderLine): bigint =>
  line.new_count + line.modified_count + line.deleted_count + line.touched_count

/** By size; of one size by what is shown, as the order of names would tell of those that are redacted. */
const inOrder = (lines: readonly ChangeLine[]): ChangeLine[] =>
  [...lines].sort((a, b) => Number(magnitude(b) - magnitude(a)) || (a.path < b.path ? -1 : 1))

const magnitude = ({ sizeChange }: ChangeLine): bigint =>
  sizeChange === null ? 1n << 100n : sizeChange < 0n ? -sizeChange : sizeChange

function without(all: FolderChanges, lines: readonly FolderLine[]): ChangeLine {
  const rest = (name: 'new_count' | 'modified_count' | 'deleted_count' | 'touched_count'): bigint =>
    lines.reduce((sum, line) => sum - line[name], all[name])
  return {
    path: '',
    isDirect: false,
    newCount: rest('new_count'),
    modifiedCount: rest('modified_count'),
    deletedCount: rest('deleted_count'),
    touchedCount: rest('touched_count'),
    sizeChange: lines.reduce<bigint | null>(
      (sum, { size_change }) => (sum === null || size_change === null ? null : sum - size_change),
      all.size_change,
    ),
  }
}

function shownLine(line: FolderLine, pathOf: (path: string) => string): ChangeLine {
  const path = pathOf(line.path)
  const { mostly_in, mostly_in_share: share } = line
  const mostly = mostly_in !== null && share !== null && { path: pathOf(mostly_in).slice(path.length), share }
  return { ...toLine(line, path), ...(mostly && { mostly }) }
}

type Counted = Omit<FolderLine, 'folder' | 'path' | 'remark' | 'mostly_in' | 'mostly_in_share'>

const toLine = (line: Counted, path: string): ChangeLine => ({
  path,
  isDirect: line.isDirect,
  newCount: line.new_count,
  modifiedCount: line.modified_count,
  deletedCount: line.deleted_count,
  touchedCount: line.touched_count,
  sizeChange: line.size_change,
})

const NOTHING: ChangeLine = {
  path: '',
  isDirect: false,
  newCount: 0n,
  modifiedCount: 0n,
  deletedCount: 0n,
  touchedCount: 0n,
  sizeChange: 0n,
}

/** The pair as a query may name it. */
function shownPair(pair: SnapshotPair, names: Names): SnapshotPair {
  const shown = (receipt: Receipt): Receipt => ({ ...receipt, connector: names.connector(receipt.connector) })
  return { ...pair, to: shown(pair.to), from: pair.from && shown(pair.from) }
}
