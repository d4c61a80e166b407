import { UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { formatBytes, formatCount } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import {
  type Copies,
  type CopyPair,
  type CopyTotals,
  copyViewReport,
  getCopyTotals,
  listCopies,
  withCopies,
} from '../snapshot/copies.js'
import { type FailOnSubjects, parseFailOn } from '../snapshot/failOn.js'
import { type ComparedColumn, findLacking } from '../snapshot/knownColumns.js'
import { type Lack, lackingText, rejectedText } from '../snapshot/pairNotices.js'
import { formatReport } from '../snapshot/report.js'
import { getWholeSnapshot } from '../snapshot/snapshotPair.js'
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
export async function showCopies(options: DiffOptions, context: Context): Promise<void> {
  requireFitting(options)
  const conditions = (options.failOn ?? []).map(text => parseFailOn(text, SUBJECTS))
  const showPair = async (session: LakeSession): Promise<void> => {
    const pair = await findPair(options, session, context)
    if (options.sql)
      return writeText(context.stdout, [formatReport(copyViewReport(options.summary ? 'copy_totals' : 'copies', pair))])
    context.log.notice(headingText(pair))
    const lacking = await warn(pair, session, context)
    await withCopies(pair, session, async copies => {
      const totals = await getCopyTotals(copies, session)
      await writeCopies(options, copies, totals, lacking, session, context)
      const subject = `${pair.a.connector} and ${pair.b.connector}`
      requireSeen(subject, conditions, { differs: ['size', 'e_tag'], unclear: ['e_tag'] }, lacking)
      const values = {
        ...{ only_in_a: totals.only_in_a_count, only_in_b: totals.only_in_b_count },
        ...{ differs: totals.differing_count, unclear: totals.unclear_count },
      }
      requireNoneMet(subject, conditions, values, () => pair.a.object_count)
    })
  }
  await withLake(context, showPair, { use: 'comparison' })
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

async function findPair(options: DiffOptions, session: LakeSession, { config }: Context): Promise<CopyPair> {
  const { prefix = '' } = options
  const find = (text: string) => {
    const at = text.indexOf('@')
    const wanted = at < 0 ? { connector: text } : { connector: text.slice(0, at), at: text.slice(at + 1) }
    return getWholeSnapshot({ ...wanted, prefix }, config.connectors, session)
  }
  return { a: await find(options.connector), b: await find(options.from ?? ''), prefix }
}

const headingText = ({ a, b, prefix }: CopyPair): string =>
  [
    `A ${a.connector} ${a.snapshot}`,
    `B ${b.connector} ${b.snapshot}`,
    ...(prefix === '' ? [] : [`keys that start with ${escapeControls(prefix)}`]),
  ].join('   ')

/** Says what can't have been compared. @returns the columns that one of the two has no values of */
async function warn(pair: CopyPair, session: LakeSession, { log }: Context): Promise<ComparedColumn[]> {
  const sides = [
    { receipt: pair.a, other: nameOf(pair, 'b') },
    { receipt: pair.b, other: nameOf(pair, 'a') },
  ]
  const found: Lack[] = []
  for (const { receipt, other } of sides) {
    const name = `${receipt.connector} ${receipt.snapshot}`
    const text = rejectedText(receipt, `only in ${other}`, name)
    if (text !== undefined) log.warn(text)
    found.push({ receipt, name, columns: await findLacking(receipt, session) })
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
  copies: Copies,
  totals: CopyTotals,
  lacking: readonly ComparedColumn[],
  session: LakeSession,
  context: Context,
): Promise<void> {
  const { pair } = copies
  const text = `${copiesText(pair, totals, lacking)}\n`
  const isTable = context.format === 'table'
  if (isTable && (summary || isNothing(totals))) return writeText(context.stdout, [text])
  if (summary) return context.write([totals], TOTAL_COLUMNS)
  await context.write(listCopies(copies, session), isForPeople(context.format) ? shownColumns(pair) : COLUMNS)
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
