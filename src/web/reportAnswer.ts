import type { ReportAnswer } from '../api/results.js'
import { formatCollectionReport, withCollectionReport } from '../collections/collectionReport.js'
import { findFileInfo } from '../collections/fileInfo.js'
import type { QueryResult, ResultColumn, Row, Value } from '../engine/engine.js'
import { withFigures } from '../engine/figures.js'
import { UsageError } from '../errors.js'
import { type Collection, listCollections, pickCollection } from '../lake/lakeCollections.js'
import type { Chart, ShownAs } from '../models/shownAs.js'
import { formatAge, formatShare } from '../output/quantities.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import { fileInfoSources } from '../snapshot/folderSources.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { fillParams, getNamedReport, type NamedReport, runNamedReport } from '../snapshot/namedReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import { formatReport, type Report } from '../snapshot/report.js'
import { priceLines, reportSources } from '../snapshot/reportNotices.js'
import { knownReportParams } from '../snapshot/reportParams.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import type { Answer } from './answer.js'
import type { LakeMoment } from './lakeReader.js'
import { toShownColumn } from './resultColumns.js'
import { toShownSnapshot } from './shownSnapshot.js'
import type { WebWorld } from './webWorld.js'

/** A report that is asked for, with all that its answer depends on. */
export interface ReportQuestion {
  readonly named: NamedReport
  readonly report: Report
  /** The one that it is about; NULL for all. */
  readonly connector: string | null
  readonly collection?: Collection
  readonly moment: LakeMoment
  readonly now: Date
}

interface WantedReport {
  /** Name or GUID. */
  readonly connector?: string | undefined
  /** Name or GUID. */
  readonly collection?: string | undefined
  /** Each `name=value`. */
  readonly param: readonly string[]
}

/**
 * @throws {NotFoundError} for a report, connector or collection that isn't there
 * @throws {UsageError} for a parameter that the report doesn't have, or a value that it can't be
 */
export async function findReport(name: string, wanted: WantedReport, world: WebWorld): Promise<ReportQuestion> {
  const named = await getNamedReport(name, world.configFolder)
  const moment = await world.reader.look()
  if (wanted.connector !== undefined) requireConnectorParam(named, wanted)
  const collection =
    wanted.collection === undefined ? undefined : pickCollection(await listCollections(world.store), wanted.collection)
  const connector =
    collection?.connector ??
    (wanted.connector === undefined ? null : connectorName(wanted.connector, moment.connectors, moment.receipts))
  // The minute: what is about ages answers the same within it.
  const now = new Date(Math.floor(world.now().getTime() / MINUTE_MS) * MINUTE_MS)
  const known = { ...knownReportParams(world.prices, moment.connectors, now), connector }
  const report = fillParams(named, wanted.param, known)
  return { named, report, connector, moment, now, ...(collection && { collection }) }
}

const MINUTE_MS = 60_000

function requireConnectorParam({ model }: NamedReport, { connector, collection }: WantedReport): void {
  const subject = `report ${model.name}`
  if (collection !== undefined)
    throw new UsageError({ subject, expected: 'a connector or a collection', got: 'both: a collection has its own' })
  if (!model.params.some(({ name }) => name === 'connector'))
    throw new UsageError({ subject, expected: 'no connector: it has no $connector', got: String(connector) })
}

/** The report as one statement over the lake's views, with its values in it. @throws {UsageError} */
export const formatQuestion = ({ named, report, collection }: ReportQuestion): string =>
  collection ? formatCollectionReport(named, report, collection) : formatReport(report)

/** Runs a report, and gives `act` its answer, to read its rows. @throws {QueryError} @throws {UsageError} */
export function withReport<T>(
  { named, report, collection }: ReportQuestion,
  effects: LakeEffects,
  { store }: Pick<WebWorld, 'store'>,
  act: (answer: QueryResult) => Promise<T>,
): Promise<T> {
  const own = { ...effects, store }
  return collection
    ? withCollectionReport(named, report, collection, own, act)
    : runNamedReport(named, report, own).then(act)
}

/** The first rows of a report, as people see them. @throws {QueryError} @throws {UsageError} */
export async function readReport(
  question: ReportQuestion,
  world: WebWorld,
  signal: AbortSignal,
): Promise<Answer<ReportAnswer>> {
  const { model } = question.named
  const { columns, rows, isCut } = await world.reader.read(
    effects => withReport(question, effects, world, takeRows),
    signal,
  )
  requireColumns(model.shownAs, columns, `report ${model.name}`)
  const shown = shownColumns(question, columns, rows, isCut)
  return {
    ...{ name: model.name, question: model.question ?? model.grain },
    columns: shown.map(column => toShownColumn(column, model.shownAs.titles)),
    rows: rows.map(row => shown.map(({ name }) => row[name] ?? null)) as Answer<ReportAnswer['rows']>,
    chart: model.shownAs.chart ? toChart(model.shownAs.chart) : null,
    none: rows.length > 0 ? null : (model.shownAs.none ?? 'no rows'),
    notices: noticesOf(question, rows.length, world),
    snapshots: sourcesOf(question).map(({ receipt }) => toShown(receipt, question)),
    list_requests: 0, // it reads the lake alone
    sql: formatQuestion(question),
    is_cut: isCut,
  }
}

/** Of a longer one a person sees the beginning; all of it can be had as a file. */
const MOST_ROWS = 1000

async function takeRows({ columns, rows }: QueryResult) {
  const taken: Row[] = []
  for await (const row of withFigures(rows, columns)) {
    if (taken.length === MOST_ROWS) return { columns, rows: taken, isCut: true }
    taken.push(row)
  }
  return { columns, rows: taken, isCut: false }
}

/** @throws {UsageError} where the header names a column that there isn't */
function requireColumns(shownAs: ShownAs, columns: readonly ResultColumn[], subject: string): void {
  const { chart, totals, quiet, dataOnly, titles } = shownAs
  const named = [...(chart ? toChart(chart).columns : []), ...totals, ...quiet, ...dataOnly, ...titles.keys()]
  const missing = named.find(name => !columns.some(column => column.name === name))
  if (missing === undefined) return
  const got = `only ${columns.map(({ name }) => name).join(', ')}`
  throw new UsageError({ subject, expected: `the column ${missing} that its header names`, got })
}

/** Without those that are for programs, that say nothing here, or whose one value the person has chosen. */
function shownColumns(
  { named, connector }: ReportQuestion,
  columns: readonly ResultColumn[],
  rows: readonly Row[],
  isCut: boolean,
): ResultColumn[] {
  const { chart, dataOnly, quiet } = named.model.shownAs
  const charted = chart ? toChart(chart).columns : []
  const isLeftOut = (name: string): boolean =>
    dataOnly.includes(name) ||
    (name === 'connector' && connector !== null) ||
    (!isCut && quiet.includes(name) && !rows.some(row => says(row[name])))
  return columns.filter(({ name }) => charted.includes(name) || !isLeftOut(name))
}

const says = (value: Value | undefined): boolean => value !== null && value !== undefined && Number(value) !== 0

const toChart = (chart: Chart) => ({
  kind: chart.kind,
  columns: chart.kind === 'bar' ? [chart.column] : [chart.column, chart.by],
})

function sourcesOf({ report, moment, connector, collection }: ReportQuestion) {
  if (!collection) return reportSources({ report, receipts: moment.receipts, connector })
  const sources = fileInfoSources(collection, moment.receipts).map(({ receipt }) => receipt)
  // By what its FileInfo is made of: scans of other folders may have the same second's name.
  const whole = sources.filter(({ scope }) => collection.folder.startsWith(scope))
  return whole.map(receipt => ({ receipt, scans: sources.filter(each => each !== receipt) }))
}

const fileInfoOf = (
  { collection, moment }: { readonly collection: Collection; readonly moment: LakeMoment },
  now: Date,
) => findFileInfo(collection, moment.receipts, moment.connectors, now)

const toShown = (receipt: Receipt, { moment, now }: ReportQuestion) =>
  toShownSnapshot(
    receipt,
    moment.connectors.find(({ name }) => name === receipt.connector),
    now,
  )

/** What the rows alone don't say. */
function noticesOf(question: ReportQuestion, rowCount: number, { prices }: WebWorld): string[] {
  const { report, collection, moment, now } = question
  if (moment.receipts.length === 0) return ['no snapshots yet']
  const { top } = report.params
  const warning = collection && fileInfoOf({ collection, moment }, now).warning
  return [
    ...(collection ? (warning ? [warning] : []) : sourcesOf(question).flatMap(each => sourceNotices(each, question))),
    ...(typeof top === 'bigint' && BigInt(rowCount) >= top ? [`top is ${top}: there may be more`] : []),
    ...priceLines(report, prices),
  ]
}

/** Of a sample, newer scans, a snapshot without sizes or an old one. */
function sourceNotices(
  { receipt, scans }: { readonly receipt: Receipt; readonly scans: readonly Receipt[] },
  question: ReportQuestion,
): string[] {
  const { connector, snapshot, sample_rate, object_count, total_size_bytes } = receipt
  const { freshness } = toShown(receipt, question)
  const parts = [
    ...(sample_rate === null
      ? []
      : [`a sample of ${formatShare(sample_rate)}: what was listed is shown, and not scaled`]),
    ...(freshness === 'warn' || freshness === 'error'
      ? [`${formatAge(parseSnapshotName(snapshot), question.now)} old`]
      : []),
    ...(scans.length > 0 ? [`with newer scans of ${scans.map(({ scope }) => scope).join(', ')}`] : []),
    ...(total_size_bytes === 0n && object_count > 0n ? ['without sizes, or of empty objects only'] : []),
  ]
  return parts.length === 0 ? [] : [`${connector} ${snapshot} is ${parts.join(', ')}`]
}
