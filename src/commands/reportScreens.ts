import { relative } from 'node:path'
import type { Config } from '../config/config.js'
import type { Params, QueryResult } from '../engine/engine.js'
import { UsageError } from '../errors.js'
import type { ModelParam } from '../models/modelParams.js'
import { writeText } from '../output/textWriter.js'
import { findLastRun } from '../reconcile/metrics.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import {
  fillParams,
  getNamedReport,
  listNamedReports,
  type NamedReport,
  runNamedReport,
} from '../snapshot/namedReports.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import { formatReport, type Report } from '../snapshot/report.js'
import { closingLines, headingLines } from '../snapshot/reportNotices.js'
import { isKnownParam, knownReportParams } from '../snapshot/reportParams.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { writeReportTable } from './reportTable.js'
import { savingsSum, unpaidText } from './savingsText.js'
import { isForPeople } from './shown.js'

export interface ReportOptions {
  readonly name: string
  readonly connector?: string
  readonly param?: readonly string[]
  readonly sql?: boolean
}

/** Writes which reports there are; warns of files that can't be one. */
export async function listReports(context: Context): Promise<void> {
  const { reports, refused } = await listNamedReports(context.config.folder)
  for (const error of refused) context.log.warn(error.message)
  await context.write(reports, [
    { name: 'report', value: ({ model }) => model.name },
    { name: 'question', value: ({ model }) => model.question ?? null },
    { name: 'params', value: ({ model }) => typedParams(model.params, context.config).join(', ') || null },
    { name: 'file', value: ({ path }) => (path === undefined ? null : relative(context.cwd, path)) },
  ])
}

/** Runs a report and writes its rows; or its SQL. @throws {NotFoundError} for one, or a connector, that isn't there */
export async function showReport(options: ReportOptions, context: Context): Promise<void> {
  const named = await getNamedReport(options.name, context.config.folder)
  requireConnectorParam(named, options)
  fillParams(named, options.param ?? [], {}) // what is mistyped needs no lake to be told
  const act = async (session: LakeSession): Promise<void> => {
    const asked = fillReport(named, options, await listReceipts(session), context)
    if (options.sql) return writeText(context.stdout, [formatReport(asked.report)])
    const told = await orNeverCompared(asked, session) // before its rows: a second question would end them
    await writeReport(told, await runNamedReport(named, asked.report, session), context)
  }
  await withLake(context, act, { use: 'query' })
}

/** A report with its values, and what it is told by. */
export interface AskedReport {
  readonly named: NamedReport
  readonly report: Report
  readonly receipts: readonly Receipt[]
  readonly connector: string | null
}

/** @throws {NotFoundError} for a connector that neither configuration nor receipts know */
export function fillReport(
  named: NamedReport,
  { connector: wanted, param = [] }: ReportOptions,
  receipts: readonly Receipt[],
  context: Context,
): AskedReport {
  const connector = wanted === undefined ? null : connectorName(wanted, context.config.connectors, receipts)
  return { named, receipts, connector, report: fillParams(named, param, { ...knownParams(context), connector }) }
}

/** Of what was never compared with what should be there, it says nothing that there are no gaps. */
async function orNeverCompared(asked: AskedReport, session: LakeSession): Promise<AskedReport> {
  const { named, report } = asked
  if (named.path !== undefined || named.model.name !== 'gaps' || (await findLastRun(session))) return asked
  const shownAs = {
    ...report.model.shownAs,
    none: 'nothing was ever compared with what should be there: stocktake reconcile',
  }
  return { ...asked, report: { ...report, model: { ...report.model, shownAs } } }
}

/** Writes a report's rows; people are told what they are of. */
export async function writeReport(
  { named, report, receipts, connector }: AskedReport,
  result: QueryResult,
  context: Context,
): Promise<void> {
  if (!isForPeople(context.format)) return context.write(result.rows, result.columns)
  const facts = { report, receipts, connector, now: context.now() }
  for (const line of headingLines(facts)) context.log.notice(line)
  const count = await writeForPeople(named, result, connector, context)
  for (const line of closingLines(facts, count, context.config.prices)) context.log.notice(line)
  const unpaid = isSavings(named) ? unpaidText(context.config.connectors, connector, receipts) : undefined
  if (unpaid !== undefined) context.log.notice(unpaid)
}

/** Writes a report's rows. @returns how many there were */
export async function writeForPeople(
  named: NamedReport,
  result: QueryResult,
  connector: string | null,
  context: Context,
): Promise<number> {
  const { model, path } = named
  const sum = isSavings(named) ? savingsSum() : undefined
  const rows = sum ? sum.counted(result.rows) : result.rows
  const subject = path ?? `report ${model.name}`
  const leftOut = connector === null ? [] : ['connector']
  const count = await writeReportTable({ ...result, rows }, { shownAs: model.shownAs, subject, leftOut }, context)
  if (sum && context.format === 'table') await writeText(context.stdout, [`${sum.text()}\n`])
  return count
}

/** The one that ships; a person's own of that name may be about anything. */
const isSavings = ({ model, path }: NamedReport): boolean => path === undefined && model.name === 'savings'

/** The values that a report has without being given them. */
export const knownParams = ({ config: { prices, connectors }, now }: Pick<Context, 'config' | 'now'>): Params =>
  knownReportParams(prices, connectors, now())

/** What a person gives with --param, with the defaults; what is known needs no giving. */
function typedParams(params: readonly ModelParam[], { prices }: Config): string[] {
  return params
    .filter(({ name }) => !isKnownParam(name, prices))
    .map(({ name, fallback }) => (fallback === undefined || fallback === '' ? name : `${name}=${fallback}`))
}

/** @throws {UsageError} for a connector that the report isn't asked for */
export function requireConnectorParam({ model }: NamedReport, { connector }: ReportOptions): void {
  if (connector === undefined || model.params.some(({ name }) => name === 'connector')) return
  throw new UsageError({
    subject: `report ${model.name}`,
    expected: 'no connector: it has no $connector',
    got: connector,
  })
}
