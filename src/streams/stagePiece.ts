import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Row } from '../engine/engine.js'
import { quoteIdentifier, quotePath, quoteString } from '../engine/sqlText.js'
import type { EtlModels } from './etlModels.js'
import type { SegmentPiece } from './segmentPieces.js'
import { EVENTS } from './streamTables.js'

/** What became of the lines of a piece, in files of the engine's temporary folder. */
export interface StagedPiece {
  /** Parquet of rows, by the channel, and {@link EVENTS}. */
  readonly rows: readonly (readonly [channel: string, path: string])[]
  /** JSON lines of those that are none, in order: `line`, `reason`, `text`. */
  readonly rejected: string | undefined
  readonly rejectedLines: number
}

/** Tables of one session, of the piece that it works on. */
const LINES = 'piece_lines'
const MESSAGES = 'piece_messages'
const JUDGED = 'piece_judged'
const REJECTED = 'piece_rejected'

/**
 * Makes rows of the lines of a piece. Lines that are plain messages are parsed once, in one statement for each channel; what
 * is odd about the others is looked at with care. A message of which any row doesn't fit is kept apart whole.
 */
export async function stagePiece(
  piece: SegmentPiece,
  channels: readonly string[],
  models: EtlModels,
  engine: Engine,
): Promise<StagedPiece> {
  const rows: [string, string][] = []
  await engine.run(`create or replace temp table ${LINES} as ${models.lines}`, {
    ...models.lineParams,
    piece: piece.text,
    first_line: piece.firstLine,
  })
  await engine.run(`create or replace temp table ${REJECTED} (line bigint, reason varchar, text varchar)`)
  for (const { line, reason, text } of piece.unreadable)
    await engine.run(`insert into ${REJECTED} values ($line, $reason, $text)`, { line, reason, text })
  const found = await engine.rows(`select channel, count(*) as n from ${LINES} group by 1`)
  const isOdd = [`channel is null or channel not in (${channels.map(quoteString).join(', ')})`]
  for (const channel of channels) {
    if (!found.some(each => each.channel === channel)) continue
    const { path, odd } = await stagePlain(channel, models, engine)
    rows.push([channel, path])
    if (odd) isOdd.push(`line in (select line from ${odd})`)
  }
  if (isOdd.length > 1 || found.some(each => typeof each.channel !== 'string' || !channels.includes(each.channel)))
    rows.push(...(await stageOdd(isOdd.join(' or '), channels, models, engine)))
  return { rows, ...(await takeRejected(engine)) }
}

/** @returns the file of the plain rows, and a table of the lines that are left, if there are any */
async function stagePlain(
  channel: string,
  models: EtlModels,
  engine: Engine,
): Promise<{ readonly path: string; readonly odd: string | undefined }> {
  const lines = `select * from ${LINES} where channel = ${quoteString(channel)}`
  const all = await copyRows(models.plainRows(channel, lines), channel, engine)
  if (all.faults === 0) return { path: all.path, odd: undefined }
  const odd = quoteIdentifier(`piece_odd_${channel}`)
  const from = `read_parquet(${quotePath(all.path)}, hive_partitioning = false)`
  await engine.run(`create or replace temp table ${odd} as select distinct line from ${from} where fault is not null`)
  const plain = await copyRows(`select * from ${from} where line not in (select line from ${odd})`, channel, engine)
  await rm(all.path)
  return { path: plain.path, odd }
}

/** @param isOdd SQL: which lines are judged with care */
async function stageOdd(
  isOdd: string,
  channels: readonly string[],
  models: EtlModels,
  engine: Engine,
): Promise<[string, string][]> {
  const rows: [string, string][] = []
  const messages = models.messages(`select * from ${LINES} where ${isOdd}`)
  await engine.run(`create or replace temp table ${MESSAGES} as ${messages}`)
  const all = `select * from ${MESSAGES}`
  const found = await engine.rows(
    `select channel, event is not null as is_event, count(*) as n from ${MESSAGES} group by 1, 2`,
  )
  const stage = async (name: string, select: string): Promise<void> => {
    await engine.run(`create or replace temp table ${JUDGED} as ${select}`)
    const bad = `select line, min(fault) as reason from ${JUDGED} where fault is not null group by line`
    await engine.run(`insert into ${REJECTED} select line, reason, text from (${bad}) join ${MESSAGES} using (line)`)
    const good = `select * from ${JUDGED} where line not in (select line from (${bad}))`
    rows.push([name, (await copyRows(good, name, engine)).path])
  }
  for (const channel of channels)
    if (found.some(each => each.channel === channel))
      await stage(channel, models.carefulRows(channel, `${all} where channel = ${quoteString(channel)}`))
  if (found.some(each => each.is_event === true)) await stage(EVENTS, models.events(all))
  if (found.some(each => isRefused(each, channels, models)))
    await engine.run(`insert into ${REJECTED} select line, reason, text from (${models.refused(all)})`)
  return rows
}

const isRefused = ({ channel, is_event }: Row, channels: readonly string[], { unstored }: EtlModels): boolean =>
  is_event !== true && !(typeof channel === 'string' && [...channels, ...unstored].includes(channel))

/** Puts rows into a file, with their faults. */
async function copyRows(
  select: string,
  name: string,
  engine: Engine,
): Promise<{ readonly path: string; readonly faults: number }> {
  const path = join(engine.tempFolder, `rows-${name}-${randomUUID()}.parquet`)
  const [stats] = await engine.rows(
    `copy (${select}) to ${quoteString(path)} (format parquet, compression lz4_raw, return_stats true)`,
  )
  const columns = (stats?.column_statistics ?? {}) as Readonly<Record<string, Row | undefined>>
  const nulls = columns['"fault"']?.null_count
  return { path, faults: Number(stats?.count ?? 0) - Number(nulls ?? 0) }
}

async function takeRejected(engine: Engine): Promise<Pick<StagedPiece, 'rejected' | 'rejectedLines'>> {
  const [counted] = await engine.rows(`select count(*) as n from ${REJECTED}`)
  const rejectedLines = Number(counted?.n ?? 0)
  if (rejectedLines === 0) return { rejected: undefined, rejectedLines }
  const rejected = join(engine.tempFolder, `rejected-${randomUUID()}.ndjson`)
  await engine.run(
    `copy (select line, reason, text from ${REJECTED} order by line) to ${quoteString(rejected)} (format json)`,
  )
  return { rejected, rejectedLines }
}
