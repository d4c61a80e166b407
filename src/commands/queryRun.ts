import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getConnector } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import { getNewestReport, getReport, nameReport } from '../inventory/findReports.js'
import { loadManifest } from '../inventory/loadManifest.js'
import { parseReportTime } from '../inventory/reportTime.js'
import { makeFolder } from '../lake/makeFolder.js'
import { countText, formatBytes } from '../output/quantities.js'
import { expectedReport, reportSource } from '../snapshot/importReports.js'
import { prepareQuery, requireSelect } from '../snapshot/lakeQuery.js'
import { takeRejectedLines } from '../snapshot/rejectedRows.js'
import { registerReport } from '../snapshot/reportInPlace.js'
import { parseMoment } from '../snapshot/snapshotName.js'
import type { Context } from './globals.js'
import {
  type EngineSession,
  type LakeSession,
  openBucket,
  openLakeOf,
  requireHttpfs,
  withEngine,
  withLake,
} from './lakeSession.js'
import { duckdbAnswer, requireTarget, writeAnswer } from './queryAnswer.js'
import type { AnswerTarget } from './queryTarget.js'
import { shownTime } from './shown.js'
import { shortened, timed } from './slowQuery.js'
import { tableViewsOf } from './tableViewsOf.js'

/** A person's query. */
export interface Question {
  readonly sql: string
  readonly target: AnswerTarget
  /** A moment by which the snapshots in the views were taken, as {@link parseMoment} takes it. */
  readonly asOf?: string
}

/** Runs a person's query over the lake's views and writes its rows. */
export async function runQuery(question: Question, context: Context): Promise<void> {
  await requireTarget(question.sql, question.target)
  const act = async (session: LakeSession): Promise<void> => {
    const tables = await prepare(question, session, context)
    await answerTimed(question, tables, session, context)
  }
  await withLake(context, act, { use: 'query' })
}

/** Writes the answer, and tells where it was slow. */
const answerTimed = (
  { sql, target }: Question,
  tables: readonly string[],
  { engine }: EngineSession,
  context: Context,
) =>
  timed({ tables, name: 'it', detail: { sql: shortened(sql) } }, context, timer =>
    writeAnswer(duckdbAnswer(sql, engine), target, context, timer),
  )

/** @returns the declared tables that it names */
async function prepare({ sql, asOf }: Question, session: LakeSession, context: Context): Promise<readonly string[]> {
  const more = await tableViewsOf(session.catalog, context)
  const moment = asOf === undefined ? undefined : parseMoment(asOf, '--as-of')
  const { latest, named } = await prepareQuery(sql, session, moment, more)
  if (moment) {
    const states = [...latest.map(each => `${each.connector} ${each.snapshot}`), ...named]
    context.log.notice(`as of ${shownTime(moment)}: ${states.join(', ')}`)
  }
  return named
}

/**
 * As {@link runQuery}, with a report as one more table; also where there is no lake yet.
 * @param wanted `CONNECTOR` for its newest report, or `CONNECTOR@2026-01-20T01-00Z`
 */
export async function runReportQuery(question: Question, wanted: string, context: Context): Promise<void> {
  const { sql, target } = question
  await requireTarget(sql, target)
  const temp = context.config.engine.temp ?? tmpdir()
  await makeFolder(temp)
  const folder = await mkdtemp(join(temp, 'stocktake-report-'))
  const answer = async (session: EngineSession, prepared: () => Promise<readonly string[]>) => {
    await openReport(wanted, folder, session, context)
    await answerTimed(question, await prepared(), session, context)
    const lost = await takeRejectedLines(session.engine, wanted)
    if (lost.count > 0) context.log.warn(`${countText(lost.count, 'malformed line')} of the report left out`)
  }
  try {
    if (question.asOf !== undefined || (await hasLake(context)))
      await withLake(context, session => answer(session, () => prepare(question, session, context)))
    else
      await withEngine(context, session =>
        answer(session, async () => {
          await requireSelect(sql, session.engine)
          return []
        }),
      )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function hasLake(context: Context): Promise<boolean> {
  try {
    await openLakeOf(context)
    return true
  } catch (error) {
    if (error instanceof NotFoundError) return false
    throw error
  }
}

async function openReport(
  wanted: string,
  folder: string,
  { engine, openHttpfs }: EngineSession,
  context: Context,
): Promise<void> {
  const [name = '', time] = wanted.split('@')
  const connector = getConnector(context.config.connectors, name)
  const source = reportSource(connector)
  const reports = await openBucket(connector.inventory?.destination ?? connector.source, context)
  const { manifestKey } = await (time === undefined
    ? getNewestReport(reports, source)
    : getReport(reports, source, parseReportTime(time)))
  const loaded = await loadManifest(reports, manifestKey, expectedReport(connector))
  const { verifiedFiles } = await registerReport(loaded, {
    ...{ engine, reports, folder, signal: context.signal },
    openHttpfs: async store => requireHttpfs('query --report', await openHttpfs(store)),
  })
  const { format, files, takenAt } = loaded.manifest
  const size = formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  context.log.notice(
    `report is ${connector.name} ${nameReport(manifestKey, takenAt)}: ${format}, ${countText(files.length, 'file')}, ${size}, read where it is`,
  )
  if (verifiedFiles < files.length)
    context.log.notice(`  the MD5 of ${files.length - verifiedFiles} of them isn't checked: an import does that`)
}
