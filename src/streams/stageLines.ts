import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Engine, Row } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import type { EtlModels } from './etlModels.js'
import type { SegmentPiece, UnreadableLine } from './segmentPieces.js'
import type { AddedRows, StagedRows } from './stagedRows.js'
import { EVENTS } from './streamTables.js'

/** What became of those lines that have no rows. */
export interface StagedLines {
  /** A file of the engine's temporary folder: JSON lines of those that are none, in order: `line`, `reason`, `text`. */
  readonly rejected: string | undefined
  readonly rejectedLines: number
  /** Of which it is known that they make no rows. */
  readonly rowlessLines: number
}

/** Tables of one session, of the lines that it works on. */
const LINES = 'read_lines'
const ODD = 'read_odd'
const MESSAGES = 'read_messages'
const JUDGED = 'read_judged'
const REJECTED = 'read_rejected'

/** Lines that a session has in its table, one after the other. */
export interface ReadLines {
  readonly firstLine: number
  readonly lines: number
  /** Of them, those of nothing but their end. */
  readonly emptyLines: number
  readonly bytes: number
  readonly unreadable: readonly UnreadableLine[]
}

/**
 * Gives a session the next lines: of several pieces, as statements take as long to plan for few lines as for many; of one, where
 * its lines are long.
 * @returns nothing at the end
 */
export async function readLines(
  pieces: AsyncIterator<SegmentPiece>,
  { lines, lineParams }: EtlModels,
  engine: Engine,
): Promise<ReadLines | undefined> {
  let read: ReadLines | undefined
  while (!read || (read.bytes < BYTES_AT_ONCE && !hasLongLines(read))) {
    const { value: piece, done } = await pieces.next()
    if (done) break
    const into = read ? `insert into ${LINES}` : `create or replace temp table ${LINES} as`
    await engine.run(`${into} ${lines}`, { ...lineParams, piece: piece.bytes, first_line: piece.firstLine })
    piece.release()
    read = {
      firstLine: read?.firstLine ?? piece.firstLine,
      lines: (read?.lines ?? 0) + piece.lines,
      emptyLines: (read?.emptyLines ?? 0) + piece.emptyLines,
      bytes: (read?.bytes ?? 0) + piece.bytes.length,
      unreadable: [...(read?.unreadable ?? []), ...piece.unreadable],
    }
  }
  return read
}

const BYTES_AT_ONCE = 9_000_000

/** A snapshot of an order book may be a line of megabytes, which takes more than as many short lines. */
export const hasLongLines = ({ bytes, lines }: ReadLines): boolean => bytes > lines * LONG_BYTES

const LONG_BYTES = 16_000

/**
 * Makes rows of lines. Those that are plain messages are parsed once, in one statement for each channel; what
 * is odd about the others is looked at with care. A message of which any row doesn't fit is kept apart whole.
 * @param staged gets the rows, by the channel, and {@link EVENTS}
 * @param engine has the lines
 */
export async function stageLines(
  read: ReadLines,
  staged: StagedRows,
  models: EtlModels,
  engine: Engine,
): Promise<StagedLines> {
  const { channels } = models
  const added: AddedRows[] = []
  for (const channel of channels) {
    const from = `select * from ${LINES} where channel = ${quoteString(channel)}`
    const rows = await staged.add(channel, models.plainRows(channel, from), engine)
    if (rows) added.push(rows)
  }
  const hasOdd = await findOdd(added, channels, engine)
  if (!hasOdd && read.unreadable.length === 0) return { rejected: undefined, rejectedLines: 0, rowlessLines: 0 }
  await engine.run(`create or replace temp table ${REJECTED} (line bigint, reason varchar, text varchar)`)
  for (const { line, reason, text } of read.unreadable)
    await engine.run(`insert into ${REJECTED} values ($line, $reason, $text)`, { line, reason, text })
  const rowlessLines = hasOdd ? await stageOdd(staged, models, engine) : 0
  return { rowlessLines, ...(await takeRejected(engine)) }
}

/** Takes lines that aren't plain messages of a channel into a table of their own. @returns whether there are any */
async function findOdd(added: readonly AddedRows[], channels: readonly string[], engine: Engine): Promise<boolean> {
  const faulty = added.filter(({ faults }) => faults > 0)
  const odd = [
    `select line from ${LINES} where channel is null or channel not in (${channels.map(quoteString).join(', ')})`,
    ...faulty.map(({ from }) => `select distinct line from ${from} where fault is not null`),
  ]
  const [made] = await engine.rows(`create or replace temp table ${ODD} as ${odd.join(' union all ')}`)
  for (const rows of faulty) await rows.keep(`line not in (select line from ${ODD})`, engine)
  return Number(made?.Count) > 0
}

/** Judges odd lines with care. @returns how many of them make no rows, as they need not */
async function stageOdd(staged: StagedRows, models: EtlModels, engine: Engine): Promise<number> {
  const { channels, unstored } = models
  const messages = models.messages(`select * from ${LINES} where line in (select line from ${ODD})`)
  await engine.run(`create or replace temp table ${MESSAGES} as ${messages}`)
  const all = `select * from ${MESSAGES}`
  const found = await engine.rows(
    `select channel, event is not null as is_event, count(*) as n from ${MESSAGES} group by 1, 2`,
  )
  const stage = async (name: string, select: string): Promise<void> => {
    await engine.run(`create or replace temp table ${JUDGED} as ${select}`)
    const bad = `select line, min(fault) as reason from ${JUDGED} where fault is not null group by line`
    await engine.run(`insert into ${REJECTED} select line, reason, text from (${bad}) join ${MESSAGES} using (line)`)
    await staged.add(name, `select * from ${JUDGED} where line not in (select line from (${bad}))`, engine)
  }
  const isOf = ({ channel, is_event }: Row, names: readonly string[]): boolean =>
    is_event !== true && typeof channel === 'string' && names.includes(channel)
  for (const channel of channels)
    if (found.some(each => isOf(each, [channel])))
      await stage(channel, models.carefulRows(channel, `${all} where channel = ${quoteString(channel)}`))
  if (found.some(each => each.is_event === true)) await stage(EVENTS, models.events(all))
  if (found.some(each => each.is_event !== true && !isOf(each, [...channels, ...unstored])))
    await engine.run(`insert into ${REJECTED} select line, reason, text from (${models.refused(all)})`)
  const counted = found.filter(each => isOf(each, unstored)).reduce((sum, { n }) => sum + Number(n), 0)
  if (!found.some(each => isOf(each, channels))) return counted
  const [rowless] = await engine.rows(
    `select count(*) as n from (${models.rowless(all)}) where line not in (select line from ${REJECTED})`,
  )
  return counted + Number(rowless?.n)
}

async function takeRejected(engine: Engine): Promise<Pick<StagedLines, 'rejected' | 'rejectedLines'>> {
  const [counted] = await engine.rows(`select count(*) as n from ${REJECTED}`)
  const rejectedLines = Number(counted?.n ?? 0)
  if (rejectedLines === 0) return { rejected: undefined, rejectedLines }
  const rejected = join(engine.tempFolder, `rejected-${randomUUID()}.ndjson`)
  await engine.run(
    `copy (select line, reason, text from ${REJECTED} order by line) to ${quoteString(rejected)} (format json)`,
  )
  return { rejected, rejectedLines }
}
