import { z } from '@hono/zod-openapi'
import type { ChangePage, ChangeSummary, ChangesQuery, changeFoldersQuery } from '../api/changes.js'
import { UsageError } from '../errors.js'
import { askLake, getPairTotals } from '../snapshot/askedPair.js'
import { findLacking } from '../snapshot/knownColumns.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import {
  askPair,
  type ChangeRow,
  type FolderChanges,
  listPairChanges,
  type PairChanges,
  pairViewReport,
  readPairChanges,
  withPairChanges,
} from '../snapshot/pairChanges.js'
import { lackingText, rejectedTexts } from '../snapshot/pairNotices.js'
import { formatReport } from '../snapshot/report.js'
import { getPair, isBackwards, type SnapshotPair } from '../snapshot/snapshotPair.js'
import type { Answer } from './answer.js'
import type { LakeMoment } from './lakeReader.js'
import { toShownSnapshot } from './shownSnapshot.js'
import type { WebWorld } from './webWorld.js'

type FoldersQuery = z.output<typeof changeFoldersQuery>

/** Two snapshots that somebody wants compared, and as what the newer one is shown. */
export interface ComparedPair {
  readonly pair: SnapshotPair
  readonly to: ReturnType<typeof toShownSnapshot>
}

/**
 * @throws {NotFoundError} for a connector or snapshot that isn't there, or one with nothing to be compared with
 * @throws {UsageError} for a sample, and for what names no snapshot
 */
export async function findPair(
  connector: string,
  { from, to, prefix }: Pick<ChangesQuery, 'from' | 'to' | 'prefix'>,
  moment: LakeMoment,
  world: WebWorld,
): Promise<ComparedPair> {
  const wanted = { connector, prefix, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const pair = await world.reader.read(effects => getPair(wanted, moment.connectors, effects))
  const declared = moment.connectors.find(({ name }) => name === pair.to.connector)
  return { pair, to: toShownSnapshot(pair.to, declared, world.now()) }
}

/** Runs something with what differs between the two; where their imports have not compared them, that is done now. */
export const withChanges = <T>(
  { pair }: ComparedPair,
  { reader, limits }: Pick<WebWorld, 'reader' | 'limits'>,
  act: (changes: PairChanges, effects: LakeEffects) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> =>
  reader.read(effects => withPairChanges(pair, { ...effects, limits }, changes => act(changes, effects)), signal)

/** A page of changes, in key order. */
export async function readChangePage(
  compared: ComparedPair,
  { change, limit }: ChangesQuery,
  after: string | undefined,
  world: WebWorld,
): Promise<Answer<ChangePage>> {
  const wanted = { after, change, limit: limit + 1 }
  const rows = await withChanges(compared, world, (changes, effects) => readPairChanges(changes, wanted, effects))
  const changes = rows.slice(0, limit)
  const last = rows.length > limit ? changes.at(-1) : undefined
  return {
    ...{ from: compared.pair.fromName, to: compared.to, changes },
    next: last ? formatCursor(compared.pair, last.key) : null,
  }
}

/** All changes, or all of one kind, as they come. */
export async function* listChangesOf(
  kind: ChangesQuery['change'],
  changes: PairChanges,
  effects: LakeEffects,
): AsyncGenerator<ChangeRow> {
  for await (const row of listPairChanges(changes, effects)) if (kind === undefined || row.change === kind) yield row
}

/** What a person can run over the lake's views to get the same rows. */
export function formatChanges({ pair }: ComparedPair, kind: ChangesQuery['change']): string {
  const sql = formatReport(pairViewReport('changes', pair))
  return kind === undefined ? sql : `select * from (\n${sql}) where change = '${kind}'\norder by key\n`
}

export const formatChangeFolders = ({ pair }: ComparedPair, depth: number): string =>
  formatReport(pairViewReport('changes_by_folder', pair, depth))

/** The sums of a delta, where they come from, and what looks as if it were lost. */
export const readChangeSummary = (
  compared: ComparedPair,
  { depth }: FoldersQuery,
  world: WebWorld,
): Promise<Answer<ChangeSummary>> =>
  withChanges(compared, world, async (changes, effects) => {
    const { pair, to } = compared
    const { folders, isCut } = await takeFolders(askPair<FolderChanges>('changes_by_folder', changes, effects, depth))
    return {
      ...{ from: pair.fromName, to, folders, is_cut: isCut },
      totals: pickTotals(await getPairTotals(askLake(changes, effects))),
      vanished: await takeVanished(changes, effects),
      notices: await noticesOf(pair, effects),
    }
  })

type Totals = Answer<ChangeSummary['totals']>

function pickTotals(totals: Totals): Totals {
  const { new_count, new_size_bytes, modified_count, modified_size_change } = totals
  const { deleted_count, deleted_size_bytes, touched_count } = totals
  return {
    ...{ new_count, new_size_bytes, modified_count, modified_size_change },
    ...{ deleted_count, deleted_size_bytes, touched_count },
  }
}

/** Of more folders a page has those with the most changes. */
const MOST_FOLDERS = 1000

async function takeFolders(rows: AsyncIterable<FolderChanges>) {
  let taken: FolderChanges[] = []
  let isCut = false
  for await (const row of rows) {
    taken.push(row)
    if (taken.length < 2 * MOST_FOLDERS) continue
    taken = withMostChanges(taken)
    isCut = true
  }
  if (taken.length > MOST_FOLDERS) {
    taken = withMostChanges(taken)
    isCut = true
  }
  const folders = taken.sort((a, b) => (a.path < b.path ? -1 : 1)).map(pickFolder)
  return { folders, isCut }
}

const withMostChanges = (folders: FolderChanges[]): FolderChanges[] =>
  folders.sort((a, b) => Number(b.change_count - a.change_count)).slice(0, MOST_FOLDERS)

export const pickFolder = (row: FolderChanges): Answer<ChangeSummary['folders'][number]> => {
  const { path, new_count, modified_count, deleted_count, touched_count, size_change, mostly_in, mostly_in_share } = row
  return { path, new_count, modified_count, deleted_count, touched_count, size_change, mostly_in, mostly_in_share }
}

type Vanished = Answer<ChangeSummary['vanished'][number]>

/** The worst first; below the prefix alone, as of other folders not all was compared. */
async function takeVanished(changes: PairChanges, effects: LakeEffects): Promise<Vanished[]> {
  const taken: Vanished[] = []
  for await (const row of askPair<Vanished & { readonly path: string }>('vanished', changes, effects))
    if (row.path.startsWith(changes.pair.prefix) && taken.length < MOST_FOLDERS) taken.push(row)
  return taken
}

async function noticesOf(pair: SnapshotPair, effects: LakeEffects): Promise<string[]> {
  const found = []
  for (const receipt of pair.from ? [pair.from, pair.to] : [pair.to])
    found.push({ receipt, columns: await findLacking(receipt, effects) })
  const lacking = lackingText(found)
  return [
    ...(isBackwards(pair) ? ['back in time: what would undo the changes'] : []),
    ...rejectedTexts(pair),
    ...(lacking === undefined ? [] : [lacking]),
  ]
}

/** What a page begins after, and of which snapshots: pages of one list are of one comparison, whatever is imported meanwhile. */
export interface ChangeCursor {
  readonly from: string
  readonly to: string
  /** The import of `from`; empty where that has been removed, and what its import told is read. */
  readonly baseId: string
  readonly importId: string
  readonly after: string
}

const formatCursor = (pair: SnapshotPair, after: string): string =>
  Buffer.from(JSON.stringify([pair.fromName, pair.to.snapshot, baseIdOf(pair), pair.to.import_id, after])).toString(
    'base64url',
  )

const baseIdOf = ({ from }: SnapshotPair): string => from?.import_id ?? ''

/** @throws {UsageError} for one that none of our answers had */
export function parseCursor(text: string): ChangeCursor {
  const parts = cursorParts.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!parts.success)
    throw new UsageError({ subject: 'cursor', expected: '`next` of the page before', got: text.slice(0, 100) })
  const [from, to, baseId, importId, after] = parts.data
  return { from, to, baseId, importId, after }
}

/** Without NUL, which no key has, and which ends the engine's texts. */
const part = z.string().refine(text => !text.includes('\0'))
const cursorParts = z.tuple([part, part, part, part, part])

/** `undefined` for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws {UsageError} where one of the two was imported again, or removed, since the page before */
export function requireSame({ pair }: ComparedPair, { importId, baseId }: ChangeCursor): void {
  if (pair.to.import_id === importId && baseIdOf(pair) === baseId) return
  const got = 'of a snapshot that was imported again, or removed'
  throw new UsageError({ subject: 'cursor', got, fix: 'begin again without a cursor' })
}
