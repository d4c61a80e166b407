import type { Config } from '../config/config.js'
import { connectorGuid } from '../config/connector.js'
import type { RemoteKind } from '../engine/remoteEngine.js'
import { NotFoundError, UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { formatBytes, formatCount } from '../output/quantities.js'
import { formatSuggestion } from '../output/suggestion.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import {
  type AskedCopies,
  askCopies,
  type CopyPair,
  type CopyTotals,
  copyViewReport,
  withCopies,
} from '../snapshot/copies.js'
import { type FailOn, type FailOnSubjects, parseFailOn } from '../snapshot/failOn.js'
import { type ComparedColumn, findLacking } from '../snapshot/knownColumns.js'
import { type Lack, lackingText, rejectedText } from '../snapshot/pairNotices.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import { formatReport } from '../snapshot/report.js'
import { pickWholeSnapshot } from '../snapshot/snapshotPair.js'
import { requireNoneMet, requireSeen } from './diffFindings.js'
import type { DiffOptions } from './diffOptions.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { isForPeople } from './shown.js'

type CopySubject = 'only_in_a' | 'only_in_b' | 'differs' | 'unclear'

const SUBJECTS: FailOnSubjects<CopySubject> = { counts: ['only_in_a', 'only_in_b', 'differs', 'unclear'], bytes: [] }

/**
 * Writes what differs between two buckets: whether the second is a whole copy of the first.
 * @throws {FindingsError} after it was written, where there is more than --fail-on allows
 */
export async function showCopies(options: DiffOptions, kind: RemoteKind | undefined, context: Context): Promise<void> {
  requireFitting(options)
  const conditions = (options.failOn ?? []).map(text => parseFailOn(text, SUBJECTS))
  if (kind !== undefined) return showPublished(options, conditions, kind, context)
  const showPair = async (session: LakeSession): Promise<void> => {
    const pair = findPair(options, await listReceipts(session), context)
    if (options.sql) return writeText(context.stdout, [formatReport(viewReportOf(options, pair))])
    const lacking = await warn(pair, receipt => findLacking(receipt, session), context)
    await withCopies(pair, session, copies =>
      writePair({ options, conditions, lacking }, askCopies(copies, session), context),
    )
  }
  await withLake(context, showPair, { use: 'comparison' })
}

type Conditions = readonly FailOn<CopySubject>[]

/** As {@link showCopies}, by an engine elsewhere. */
async function showPublished(
  options: DiffOptions,
  conditions: Conditions,
  kind: RemoteKind,
  context: Context,
): Promise<void> {
  const [{ withRemote }, { askPublishedCopies, findPublishedLacking }, { listRemoteReceipts }, { formatRemoteReport }] =
    await Promise.all([
      import('./remoteSession.js'),
      import('../snapshot/publishedPair.js'),
      import('../snapshot/remoteReceipts.js'),
      import('./remoteReport.js'),
    ])
  await withRemote(options, kind, context, async ({ ask }) => {
    const pair = findPair(options, await listRemoteReceipts(ask), context)
    if (options.sql) return writeText(context.stdout, [formatRemoteReport(viewReportOf(options, pair))])
    const lacking = await warn(pair, receipt => findPublishedLacking(receipt, ask), context)
    await writePair({ options, conditions, lacking }, askPublishedCopies(pair, ask), context)
  })
}

const viewReportOf = ({ summary }: DiffOptions, pair: CopyPair) =>
  copyViewReport(summary ? 'copy_totals' : 'copies', pair)

interface AskedDiff {
  readonly options: DiffOptions
  readonly conditions: Conditions
  readonly lacking: readonly ComparedColumn[]
}

/** @throws {FindingsError} */
async function writePair({ options, conditions, lacking }: AskedDiff, copies: AskedCopies, context: Context) {
  const { pair } = copies
  const totals = await copies.getTotals()
  await writeCopies(options, copies, totals, lacking, context)
  const subject = `${pair.a.connector} and ${pair.b.connector}`
  requireSeen(subject, conditions, { differs: ['size', 'e_tag'], unclear: ['e_tag'] }, lacking)
  const values = {
    ...{ only_in_a: totals.only_in_a_count, only_in_b: totals.only_in_b_count },
    ...{ differs: totals.differing_count, unclear: totals.unclear_count },
  }
  requireNoneMet(subject, conditions, values, () => pair.a.object_count)
}

function requireFitting({ connector, from, to, by, moves, prefix, failOn = [] }: DiffOptions): void {
  const subject = 'diff of two connectors'
  const refuse = (expected: string, got: string) => new UsageError({ subject, expected, got })
  if (from === undefined) throw refuse('A@SNAPSHOT B@SNAPSHOT', connector)
  if (to !== undefined)
    throw refuse('no more than two names, as A@SNAPSHOT and B@SNAPSHOT for others than the newest', to)
  if (by === 'folder' || moves)
    throw refuse('a list of keys, or --summary', by === 'folder' ? '--by folder' : '--moves')
  if (prefix !== undefined && failOn.some(text => text.includes('%')))
    throw refuse('--fail-on with a number, as percentages are of the whole bucket', '--prefix')
}

function findPair(options: DiffOptions, receipts: readonly Receipt[], { config }: Context): CopyPair {
  const { prefix = '' } = options
  const find = (text: string) => {
    const at = text.indexOf('@')
    const wanted = at < 0 ? { connector: text } : { connector: text.slice(0, at), at: text.slice(at + 1) }
    return pickWholeSnapshot({ ...wanted, prefix }, config.connectors, receipts)
  }
  const a = find(options.connector)
  requireNamed(options.from ?? '', a.connector, receipts, config)
  return { a, b: find(options.from ?? ''), prefix }
}

/** How many names of a kind a refusal lists. */
const MOST_NAMES = 4

/** @throws {NotFoundError} for a word that is no connector, and was perhaps meant for a snapshot of the first one */
function requireNamed(text: string, first: string, receipts: readonly Receipt[], { connectors }: Config): void {
  const names = [...new Set([...connectors.map(({ name }) => name), ...receipts.map(({ connector }) => connector)])]
  if (text.includes('@') || names.some(name => name === text || connectorGuid(name) === text)) return
  const isWhole = ({ connector, scope }: Receipt) => connector === first && scope === ''
  const snapshots = receipts.filter(isWhole).map(({ snapshot }) => snapshot)
  throw new NotFoundError({
    subject: JSON.stringify(text),
    got: `neither a snapshot of ${first} nor a connector has this name`,
    fix:
      formatSuggestion(text, [...names, ...snapshots]) ??
      `snapshots are ${someOf(snapshots)}; connectors are ${someOf(names)}`,
  })
}

const someOf = (names: readonly string[]): string =>
  [...names.slice(0, MOST_NAMES), ...(names.length > MOST_NAMES ? ['…'] : [])].join(', ')

const headingText = ({ a, b, prefix }: CopyPair): string =>
  [
    `A ${a.connector} ${a.snapshot}`,
    `B ${b.connector} ${b.snapshot}`,
    ...(prefix === '' ? [] : [`keys that start with ${escapeControls(prefix)}`]),
  ].join('   ')

/** Says what can't have been compared. @returns the columns that one of the two has no values of */
async function warn(
  pair: CopyPair,
  find: (receipt: Receipt) => Promise<ComparedColumn[]>,
  { log }: Context,
): Promise<ComparedColumn[]> {
  log.notice(headingText(pair))
  const sides = [
    { receipt: pair.a, other: nameOf(pair, 'b') },
    { receipt: pair.b, other: nameOf(pair, 'a') },
  ]
  const found: Lack[] = []
  for (const { receipt, other } of sides) {
    const name = `${receipt.connector} ${receipt.snapshot}`
    const text = rejectedText(receipt, `only in ${other}`, name)
    if (text !== undefined) log.warn(text)
    found.push({ receipt, name, columns: await find(receipt) })
  }
  const text = lackingText(found)
  if (text !== undefined) log.warn(text)
  return found.flatMap(({ columns }) => columns)
}

/** What a side is called: its letter where both are of one connector. */
const nameOf = ({ a, b }: CopyPair, side: 'a' | 'b'): string =>
  a.connector === b.connector ? side.toUpperCase() : { a, b }[side].connector

async function writeCopies(
  { summary }: DiffOptions,
  copies: AskedCopies,
  totals: CopyTotals,
  lacking: readonly ComparedColumn[],
  context: Context,
): Promise<void> {
  const { pair } = copies
  const text = `${copiesText(pair, totals, lacking)}\n`
  const isTable = context.format === 'table'
  if (isTable && (summary || isNothing(totals))) return writeText(context.stdout, [text])
  if (summary) return context.write([totals], TOTAL_COLUMNS)
  await context.write(copies.list(), isForPeople(context.format) ? shownColumns(pair) : COLUMNS)
  if (isTable) context.log.notice(text.trimEnd())
}

const isNothing = (totals: CopyTotals): boolean =>
  totals.only_in_a_count + totals.only_in_b_count + totals.differing_count + totals.unclear_count === 0n

/** `photos-copy lacks 12 of the 1,204 objects of photos (3.1 GB), 2 differ`; and where it lacks none, that it is whole. */
function copiesText(pair: CopyPair, totals: CopyTotals, lacking: readonly ComparedColumn[]): string {
  const { only_in_a_count, only_in_a_size_bytes, only_in_b_count, only_in_b_size_bytes, differing_count } = totals
  const [a, b] = [nameOf(pair, 'a'), nameOf(pair, 'b')]
  const count = pair.prefix === '' ? `${formatCount(pair.a.object_count)} ` : ''
  const bytes = (amount: bigint) => (amount === 0n ? '' : ` (${formatBytes(amount)})`)
  const parts = [
    ...(only_in_a_count > 0n
      ? [`${b} lacks ${formatCount(only_in_a_count)} of the ${count}objects of ${a}${bytes(only_in_a_size_bytes)}`]
      : [`${b} holds all ${count}objects of ${a}`]),
    ...(differing_count > 0n ? [`${formatCount(differing_count)} differ`] : []),
    ...(totals.unclear_count > 0n
      ? [`${formatCount(totals.unclear_count)} can't be told: same size, and ETags made in different ways`]
      : []),
    ...(totals.unclear_count + differing_count === 0n ? [sameText(only_in_a_count > 0n, lacking)] : []),
    ...(only_in_b_count > 0n ? [`${formatCount(only_in_b_count)} only in ${b}${bytes(only_in_b_size_bytes)}`] : []),
  ]
  return parts.join(', ')
}

/** By what those that both have are the same. */
function sameText(lacksSome: boolean, lacking: readonly ComparedColumn[]): string {
  const names = [...(lacking.includes('size') ? [] : ['size']), ...(lacking.includes('e_tag') ? [] : ['ETag'])]
  const what = lacksSome ? 'the others ' : ''
  return names.length === 0 ? `${what}by their keys alone` : `${what}of the same ${names.join(' and ')}`
}

function differenceText(difference: unknown, pair: CopyPair): string {
  switch (difference) {
    case 'only_in_a':
      return `only in ${nameOf(pair, 'a')}`
    case 'only_in_b':
      return `only in ${nameOf(pair, 'b')}`
    case 'differs':
      return 'differs'
    default:
      return "can't be told"
  }
}

const shownColumns = (pair: CopyPair): Column[] => [
  { name: 'difference', value: row => differenceText(Reflect.get(row, 'difference'), pair) },
  { name: 'size_a', title: 'size in A', kind: 'bytes' },
  { name: 'size_b', title: 'size in B', kind: 'bytes' },
  { name: 'key' },
]

const COLUMNS: Column[] = ['key', 'difference', 'size_a', 'size_b', 'e_tag_a', 'e_tag_b'].map(name => ({ name }))

const TOTAL_COLUMNS: Column<CopyTotals>[] = [
  'connector_a',
  'snapshot_a',
  'connector_b',
  'snapshot_b',
  'only_in_a_count',
  'only_in_a_size_bytes',
  'only_in_b_count',
  'only_in_b_size_bytes',
  'differing_count',
  'unclear_count',
].map(name => ({ name }))
