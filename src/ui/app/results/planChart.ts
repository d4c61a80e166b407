import type { ReportAnswer } from '../../../api/results.js'
import { valueText } from '../parts/valueText.js'
import { cellOf } from './resultCells.js'

/** What a report's chart shows, before it is drawn. */
export type ChartPlan = BarPlan | LinePlan

type Kind = ReportAnswer['columns'][number]['kind']

interface Charted {
  /** What the figures are. */
  readonly title: string
  readonly kind: Kind
}

/** A bar for each row, in the order of the rows: the first ones only. */
export interface BarPlan extends Charted {
  readonly shape: 'bars'
  readonly bars: readonly { readonly label: string; readonly value: number }[]
  /** Of how many rows with a figure. */
  readonly count: number
}

/** A line for each connector, through its snapshots. */
export interface LinePlan extends Charted {
  readonly shape: 'lines'
  readonly points: readonly { readonly series: string; readonly time: Date; readonly value: number }[]
}

const MOST_BARS = 30

/** How the rows are drawn; `undefined` where the report has no chart, or there is nothing to see on it. */
export function planChart({ chart, columns, rows }: Pick<ReportAnswer, 'chart' | 'columns' | 'rows'>) {
  const [name, by] = chart?.columns ?? []
  const at = columns.findIndex(column => column.name === name)
  const column = columns[at]
  if (!column) return undefined
  const figureOf = (row: readonly unknown[]): number | undefined => {
    const value = row[at]
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }
  const charted = { title: column.title, kind: column.kind }
  return by === undefined
    ? planBars(rows, labelColumns(columns, at), figureOf, charted)
    : planLines(rows, columns, by, figureOf, charted)
}

type Rows = readonly (readonly unknown[])[]

function planBars(
  rows: Rows,
  columns: readonly LabelColumn[],
  figureOf: (row: readonly unknown[]) => number | undefined,
  charted: Charted,
): BarPlan | undefined {
  const needed = neededColumns(columns, rows)
  const bars = rows.flatMap(row => {
    const value = figureOf(row)
    return value === undefined ? [] : [{ label: joinLabel(row, needed) || joinLabel(row, columns), value }]
  })
  if (!bars.some(({ value }) => value > 0)) return undefined
  return { shape: 'bars', ...charted, bars: bars.slice(0, MOST_BARS), count: bars.length }
}

interface LabelColumn {
  readonly at: number
  readonly kind: Kind
}

/** The columns that say what a row is about: texts, and ranges of sizes, that come before the figures. */
function labelColumns(columns: ReportAnswer['columns'], figureAt: number): LabelColumn[] {
  const isLabel = (kind: Kind) => kind === 'text' || kind === 'time' || kind === 'bytes'
  const first = columns.findIndex(({ kind }, i) => i === figureAt || !isLabel(kind))
  return columns.slice(0, first).map(({ kind }, at) => ({ at, kind }))
}

/**
 * One that is the same in all rows says nothing, unless it is the only one; nor does one that is the same in most of them,
 * where the others tell them apart.
 */
function neededColumns(columns: readonly LabelColumn[], rows: Rows): readonly LabelColumn[] {
  const told = columns.filter(({ at }) => rows.some(row => row[at] !== rows[0]?.[at]))
  const needed = told.filter(
    column =>
      mostAlike(rows, column.at) <= rows.length / 2 ||
      !isTold(
        rows,
        told.filter(each => each !== column),
      ),
  )
  return needed.length > 0 ? needed : columns.slice(-1)
}

/** `photos/  STANDARD`, and of a range of sizes `10 B – 100 B`. */
const joinLabel = (row: readonly unknown[], columns: readonly LabelColumn[]): string =>
  columns
    .map(({ at, kind }) => ({ text: labelText(row[at], kind), kind }))
    .filter(({ text }) => text !== '')
    .reduce((label, { text, kind }, i) => (i === 0 ? text : `${label}${kind === 'bytes' ? ' – ' : '  '}${text}`), '')

const labelText = (value: unknown, kind: Kind = 'text'): string =>
  value === null || value === undefined ? '(none)' : valueText(cellOf(value), kind)

/** How many rows have the value that most of them have. */
function mostAlike(rows: Rows, at: number): number {
  const counts = new Map<unknown, number>()
  for (const row of rows) counts.set(row[at], (counts.get(row[at]) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}

/** Whether these columns alone have a name for each row, and another one. */
function isTold(rows: Rows, columns: readonly LabelColumn[]): boolean {
  const labels = new Set(rows.map(row => joinLabel(row, columns)))
  return labels.size === rows.length
}

function planLines(
  rows: Rows,
  columns: ReportAnswer['columns'],
  by: string,
  figureOf: (row: readonly unknown[]) => number | undefined,
  charted: Charted,
): LinePlan | undefined {
  const [seriesAt, timeAt] = [by, 'snapshot'].map(name => columns.findIndex(column => column.name === name))
  const points = rows.flatMap(row => {
    const [value, time] = [figureOf(row), snapshotTime(row[timeAt ?? -1])]
    return value === undefined || time === undefined ? [] : [{ series: labelText(row[seriesAt ?? -1]), time, value }]
  })
  return points.length === 0 ? undefined : { shape: 'lines', ...charted, points }
}

/** `2026-01-20T01-00Z` of a report, `2026-01-20T10-31-07Z` of a scan. */
function snapshotTime(name: unknown): Date | undefined {
  const [, date, hour, minute, second = '00'] =
    /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)(?:-(\d\d))?Z$/.exec(String(name)) ?? []
  return date === undefined ? undefined : new Date(`${date}T${hour}:${minute}:${second}Z`)
}
