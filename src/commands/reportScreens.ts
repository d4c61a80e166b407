import { relative } from 'node:path'
import type { Config } from '../config/config.js'
import type { Params, Row } from '../engine/engine.js'
import { UsageError } from '../errors.js'
import type { Column, Kind } from '../output/cells.js'
import { writeText } from '../output/textWriter.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import {
  fillParams,
  getNamedReport,
  listNamedReports,
  type NamedReport,
  runNamedReport,
} from '../snapshot/namedReports.js'
import { listReceipts } from '../snapshot/receipts.js'
import { formatReport } from '../snapshot/report.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { savingsSum } from './savingsText.js'
import { isForPeople } from './shown.js'

interface ReportOptions {
  readonly name: string
  readonly connector?: string
  readonly param?: readonly string[]
  readonly sql?: boolean
}

/** Writes which reports there are. */
export async function listReports(context: Context): Promise<void> {
  const reports = await listNamedReports(context.config.folder)
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
  const given = options.param ?? []
  fillParams(named, given, {}) // what is mistyped needs no lake to be told
  await withLake(context, async session => {
    const connector = await findConnector(options.connector, session, context)
    const report = fillParams(named, given, { ...context.config.prices, connector })
    if (options.sql) return writeText(context.stdout, [formatReport(report)])
    const { columns, rows } = await runNamedReport(named, report, session)
    const shown = columns.map(({ name }) => (isForPeople(context.format) ? shownColumn(name) : { name }))
    const sum = named.path === undefined && options.name === 'savings' ? savingsSum() : undefined
    await context.write(sum ? sum.counted(rows) : rows, shown)
    if (sum && context.format === 'table') await writeText(context.stdout, [`${sum.text()}\n`])
  })
}

/** What a person gives with --param: the connector is an argument, and prices are in the configuration. */
const typedParams = (params: NamedReport['model']['params'], { prices }: Config): string[] =>
  params.map(({ name }) => name).filter(name => name !== 'connector' && !Object.hasOwn(prices, name))

function requireConnectorParam({ model }: NamedReport, { connector }: ReportOptions): void {
  if (connector === undefined || model.params.some(({ name }) => name === 'connector')) return
  throw new UsageError({
    subject: `report ${model.name}`,
    expected: 'no connector: it has no $connector',
    got: connector,
  })
}

async function findConnector(
  typed: string | undefined,
  session: LakeSession,
  { config }: Context,
): Promise<Params[string]> {
  return typed === undefined ? null : connectorName(typed, config.connectors, await listReceipts(session))
}

/** What the end of a column's name says about its figures. */
const KINDS: readonly (readonly [end: RegExp, kind: Kind])[] = [
  [/_?bytes$/, 'bytes'],
  [/_usd$/, 'usd'],
  [/_(count|requests)$/, 'count'],
]

/** A column for people, whose kind is by its name: `total_size_bytes` is shown as bytes, under `total size`. */
function shownColumn(name: string): Column<Row> {
  const [end, kind] = KINDS.find(([end]) => end.test(name)) ?? []
  const title = (kind === 'bytes' || kind === 'usd') && end ? name.replace(end, '') : name.replace(/_count$/, '')
  return { name, title: title === '' ? name : title.replaceAll('_', ' '), ...(kind && { kind }) }
}
