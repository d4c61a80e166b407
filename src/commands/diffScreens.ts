import type { RemoteKind } from '../engine/remoteEngine.js'
import { UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { findSuggestion } from '../output/suggestion.js'
import { writeText } from '../output/textWriter.js'
import { type AskedPair, askLake, getMoveTotals, getPairTotals, holdsKeys } from '../snapshot/askedPair.js'
import type { ChangeTotals } from '../snapshot/changeListing.js'
import { type FailOn, type FailOnSubjects, parseFailOn } from '../snapshot/failOn.js'
import { type ComparedColumn, findLacking } from '../snapshot/knownColumns.js'
import { type ChangeRow, type PairQuestion, pairViewReport, withPairChanges } from '../snapshot/pairChanges.js'
import { type Lack, lackingText, rejectedTexts } from '../snapshot/pairNotices.js'
import type { Receipt } from '../snapshot/receipts.js'
import { formatReport } from '../snapshot/report.js'
import { getPair, pickPair, type SnapshotPair } from '../snapshot/snapshotPair.js'
import { findSnapshotRef } from '../snapshot/snapshotRef.js'
import { type ChangeSubject, requireNoFindings } from './diffFindings.js'
import { writeFolderChanges } from './diffFolders.js'
import { writeMoves, writeMovesByFolder, writeMoveTotals } from './diffMoves.js'
import type { DiffOptions } from './diffOptions.js'
import { changeText, hiddenText, movesCommand, movesHint, pairText } from './diffTexts.js'
import { remoteKind } from './engineFlag.js'
import type { Context } from './globals.js'
import { totalsText } from './importScreen.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { isForPeople } from './shown.js'

/**
 * Writes what differs between two snapshots of a connector, or between two connectors.
 * @throws {FindingsError} after it was written, where there is more than --fail-on allows
 */
export async function showDiff(options: DiffOptions, context: Context): Promise<void> {
  requireFitting(options)
  const kind = remoteKind(options)
  if (namesTwoBuckets(options, context)) {
    const { showCopies } = await import('./diffCopies.js')
    return showCopies(options, kind, context)
  }
  const conditions = (options.failOn ?? []).map(text => parseFailOn(text, SUBJECTS))
  if (kind !== undefined) return showPublished({ options, conditions }, kind, context)
  const showPair = async (session: LakeSession): Promise<void> => {
    const pair = await getPair(options, context.config.connectors, session)
    if (options.sql) return writeText(context.stdout, [formatReport(viewReportOf(options, pair))])
    const lacking = await tellPair(pair, receipt => findLacking(receipt, session), context)
    await withPairChanges(pair, session, changes =>
      writePair({ options, conditions, lacking }, askLake(changes, session), context),
    )
  }
  await withLake(context, showPair, { use: 'comparison' })
}

/** As {@link showDiff}, by an engine elsewhere. */
async function showPublished({ options, conditions }: WantedDiff, kind: RemoteKind, context: Context): Promise<void> {
  const [{ withRemote }, { askPublished, findPublishedLacking }, { listRemoteReceipts }, { formatRemoteReport }] =
    await Promise.all([
      import('./remoteSession.js'),
      import('../snapshot/publishedPair.js'),
      import('../snapshot/remoteReceipts.js'),
      import('./remoteReport.js'),
    ])
  await withRemote(options, kind, context, async ({ ask }) => {
    const pair = pickPair(options, context.config.connectors, await listRemoteReceipts(ask))
    if (options.sql) return writeText(context.stdout, [formatRemoteReport(viewReportOf(options, pair))])
    const lacking = await tellPair(pair, receipt => findPublishedLacking(receipt, ask), context)
    await writePair({ options, conditions, lacking }, askPublished(pair, ask), context)
  })
}

const viewReportOf = (options: DiffOptions, pair: SnapshotPair) =>
  pairViewReport(questionOf(options), pair, options.depth)

interface WantedDiff {
  readonly options: DiffOptions
  readonly conditions: readonly FailOn<ChangeSubject>[]
}

interface AskedDiff extends WantedDiff {
  readonly lacking: readonly ComparedColumn[]
}

/** @throws {FindingsError} */
async function writePair({ options, conditions, lacking }: AskedDiff, changes: AskedPair, context: Context) {
  const { pair } = changes
  const totals = await getPairTotals(changes)
  await writeChanges(options, totals, changes, context)
  if (isUnknownPrefix(totals, pair) && !(await holdsKeys(changes)))
    context.log.notice(`no key starts with ${JSON.stringify(pair.prefix)}, before or after`)
  await requireNoFindings(conditions, totals, changes, lacking)
}

const SUBJECTS: FailOnSubjects<ChangeSubject> = { counts: ['new', 'modified', 'deleted', 'touched'], bytes: ['size'] }

/**
 * Whether the second word is a connector's, or one of them is `A@SNAPSHOT`. What can't be a snapshot is taken for a
 * connector, unless it is nearly `latest`.
 */
function namesTwoBuckets({ connector, from }: DiffOptions, { config }: Context): boolean {
  if (connector.includes('@')) return true
  if (from === undefined || findSnapshotRef(from)) return false
  if (from.includes('@') || config.connectors.some(({ name }) => name === from)) return true
  return !/^\d{4}-|^latest/.test(from) && findSuggestion(from.replace(/~.*/, ''), ['latest']) === undefined
}

function requireFitting({ by, depth, summary, moves }: DiffOptions): void {
  const refuse = (subject: string, expected: string, got: string) => new UsageError({ subject, expected, got })
  if (summary && by !== undefined) throw refuse('--summary', 'it without --by', `it with --by ${by}`)
  if (depth === undefined) return
  if (by !== 'folder' || moves) throw refuse('--depth', '--by folder without --moves', 'another question')
  if (!Number.isInteger(depth) || depth < 1) throw refuse('--depth', 'a whole number from 1', String(depth))
}

function questionOf({ by, summary, moves }: DiffOptions): PairQuestion {
  if (summary) return moves ? 'move_totals' : 'change_totals'
  if (by === 'folder') return moves ? 'moves_by_folder' : 'changes_by_folder'
  return moves ? 'moves' : 'changes'
}

async function writeChanges(
  options: DiffOptions,
  totals: ChangeTotals,
  changes: AskedPair,
  context: Context,
): Promise<void> {
  switch (questionOf(options)) {
    case 'change_totals':
      await writeTotals(totals, context)
      return hintAtMoves(options, totals, changes, context)
    case 'changes_by_folder':
      await writeFolderChanges(options.depth, changes, context)
      return hintAtMoves(options, totals, changes, context)
    case 'moves':
      return writeMoves(changes, context)
    case 'moves_by_folder':
      return writeMovesByFolder(changes, context)
    case 'move_totals':
      return writeMoveTotals(changes, context)
    default:
      return writeFileChanges(totals, changes, context)
  }
}

/** Writes each key; people are told what it comes to. */
async function writeFileChanges(totals: ChangeTotals, changes: AskedPair, context: Context): Promise<void> {
  if (!isForPeople(context.format)) return context.write(changes.listChanges(), CHANGE_COLUMNS)
  if (isNothing(totals) && context.format === 'table') return writeTotals(totals, context)
  await context.write(changes.listChanges(), SHOWN_CHANGES)
  context.log.notice(totalsText(totals))
}

async function writeTotals(totals: ChangeTotals, context: Context): Promise<void> {
  if (context.format === 'table') return writeText(context.stdout, [`${totalsText(totals)}\n`])
  await context.write([totals], TOTAL_COLUMNS)
}

const isNothing = ({ new_count, modified_count, deleted_count, touched_count }: ChangeTotals): boolean =>
  new_count + modified_count + deleted_count + touched_count === 0n

/** Nothing changed, and perhaps there is nothing: a prefix may be mistyped. */
const isUnknownPrefix = (totals: ChangeTotals, { prefix }: SnapshotPair): boolean => prefix !== '' && isNothing(totals)

/** Looking for moves among more new and deleted objects takes too long for a hint. */
const MOST_HINTED = 200_000n

/** Only people are told. */
async function hintAtMoves(
  options: DiffOptions,
  { new_count, deleted_count }: ChangeTotals,
  changes: AskedPair,
  { format, log }: Context,
): Promise<void> {
  if (!isForPeople(format) || new_count === 0n || deleted_count === 0n) return
  if (new_count + deleted_count > MOST_HINTED)
    return log.notice(`some of the deleted may have moved: ${movesCommand(options)}`)
  const hint = movesHint(await getMoveTotals(changes), options)
  if (hint !== undefined) log.notice(hint)
}

/** Says what is compared, and what can't have been. @returns the columns that one of the two has no values of */
async function tellPair(
  pair: SnapshotPair,
  find: (receipt: Receipt) => Promise<ComparedColumn[]>,
  { log }: Context,
): Promise<ComparedColumn[]> {
  log.notice(pairText(pair))
  for (const text of rejectedTexts(pair)) log.warn(text)
  const found: Lack[] = []
  for (const receipt of pair.from ? [pair.from, pair.to] : [pair.to])
    found.push({ receipt, columns: await find(receipt) })
  const text = lackingText(found)
  if (text !== undefined) log.warn(text)
  return found.flatMap(({ columns }) => columns)
}

const CHANGE_COLUMNS: Column<ChangeRow>[] = [
  'key',
  'change',
  'size_before',
  'size_after',
  'last_modified_before',
  'last_modified_after',
  'e_tag_before',
  'e_tag_after',
  'storage_class_before',
  'storage_class_after',
].map(name => ({ name }))

const TOTAL_COLUMNS: Column<ChangeTotals>[] = [
  'connector',
  'snapshot',
  'base_snapshot',
  'new_count',
  'new_size_bytes',
  'modified_count',
  'modified_size_change',
  'deleted_count',
  'deleted_size_bytes',
  'touched_count',
].map(name => ({ name }))

const SHOWN_CHANGES: Column<ChangeRow>[] = [
  { name: 'change', value: row => changeText(row.change) },
  { name: 'size_before', title: 'before', kind: 'bytes' },
  { name: 'size_after', title: 'after', kind: 'bytes' },
  { name: 'key' },
  { name: 'remark', title: '', value: hiddenText },
]
