import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getLakePlace } from '../config/config.js'
import { getConnector } from '../config/connector.js'
import type { QueryResult } from '../engine/engine.js'
import { NotFoundError } from '../errors.js'
import { getNewestReport, getReport, nameReport } from '../inventory/findReports.js'
import { loadManifest } from '../inventory/loadManifest.js'
import { parseReportTime } from '../inventory/reportTime.js'
import { openLake } from '../lake/lake.js'
import { formatBytes } from '../output/quantities.js'
import { expectedReport, reportSource } from '../snapshot/importReports.js'
import { queryEngine, queryLake } from '../snapshot/lakeQuery.js'
import { takeRejectedLines } from '../snapshot/rejectedRows.js'
import { registerReport } from '../snapshot/reportInPlace.js'
import type { Context } from './globals.js'
import { type EngineSession, openBucket, openPlace, requireHttpfs, withEngine, withLake } from './lakeSession.js'
import { countText } from './shown.js'

/** Runs a person's query over the lake's views and writes its rows. */
export const runQuery = (sql: string, context: Context): Promise<void> =>
  withLake(context, async session => writeAnswer(await queryLake(sql, session), context))

/**
 * As {@link runQuery}, with a report as one more table; also where there is no lake yet.
 * @param wanted `CONNECTOR` for its newest report, or `CONNECTOR@2026-01-20T01-00Z`
 */
export async function runReportQuery(sql: string, wanted: string, context: Context): Promise<void> {
  const temp = context.config.engine.temp ?? tmpdir()
  await mkdir(temp, { recursive: true })
  const folder = await mkdtemp(join(temp, 'stocktake-report-'))
  const answer = async (session: EngineSession, query: () => Promise<QueryResult>) => {
    await openReport(wanted, folder, session, context)
    await writeAnswer(await query(), context)
    const lost = await takeRejectedLines(session.engine, wanted)
    if (lost.count > 0) context.log.warn(`${countText(lost.count, 'malformed line')} of the report left out`)
  }
  try {
    if (await hasLake(context)) await withLake(context, session => answer(session, () => queryLake(sql, session)))
    else await withEngine(context, session => answer(session, () => queryEngine(sql, session.engine)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function hasLake(context: Context): Promise<boolean> {
  try {
    await openLake(await openPlace(getLakePlace(context.config), context))
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

async function writeAnswer({ columns, rows }: QueryResult, context: Context): Promise<void> {
  await context.write(
    rows,
    columns.map(({ name }) => ({ name })),
  )
}
