import { type RemoteKind, RemoteQueryError } from '../engine/remoteEngine.js'
import { findPlace } from '../engine/sqlPlace.js'
import { UsageError } from '../errors.js'
import { renderTrino } from '../models/trinoDialect.js'
import { writeText } from '../output/textWriter.js'
import { fillParams, getNamedReport, type NamedReport } from '../snapshot/namedReports.js'
import { listRemoteReceipts } from '../snapshot/remoteReceipts.js'
import type { Report } from '../snapshot/report.js'
import type { EngineArgs } from './engineFlag.js'
import type { Context } from './globals.js'
import { requireReading } from './remoteQuery.js'
import { withRemote } from './remoteSession.js'
import { fillReport, type ReportOptions, requireConnectorParam, writeReport } from './reportScreens.js'

interface RemoteReportOptions extends ReportOptions, EngineArgs {
  readonly collection?: string
  readonly html?: string
}

/**
 * As `showReport`, by an engine elsewhere: over the views that it knows, and by the receipts that they show.
 * @throws {UsageError} for what only DuckDB can do
 * @throws {RemoteQueryError} in the engine's own words
 */
export async function showRemoteReport(
  options: RemoteReportOptions,
  kind: RemoteKind,
  context: Context,
): Promise<void> {
  requireRemote(options, kind)
  const named = await getNamedReport(options.name, context.config.folder, 'trino')
  requireConnectorParam(named, options)
  fillParams(named, options.param ?? [], {})
  await withRemote(options, kind, context, async ({ ask }) => {
    const asked = fillReport(named, options, await listRemoteReceipts(ask), context)
    if (options.sql) return writeText(context.stdout, [formatRemoteReport(asked.report)])
    const sql = requireReading(renderTrino(asked.report.model, asked.report.params))
    await writeReport(asked, await askNamed(named, () => ask(sql)), context)
  })
}

/** Two of the options read files and not views. */
function requireRemote({ collection, html }: RemoteReportOptions, kind: RemoteKind): void {
  const option = html !== undefined ? '--html' : collection !== undefined ? '--collection' : undefined
  if (option !== undefined)
    throw new UsageError({ subject: option, expected: 'it without --engine, as DuckDB makes it of files', got: kind })
}

/** A person's own report is named by its file, and the line of the mistake. */
async function askNamed<T>({ model, path }: NamedReport, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof RemoteQueryError)) throw error
    const line = findPlace(error.facts.got ?? '')?.line
    const subject = path === undefined ? `report ${model.name}` : line === undefined ? path : `${path}:${line}`
    throw new RemoteQueryError({ ...error.facts, subject, cause: error }, error.code)
  }
}

/** The report as the engine would run it. */
export const formatRemoteReport = ({ model, params }: Report): string => `${renderTrino(model, params).trim()}\n`
