import type { QueryResult, ResultColumn, Row, Value } from '../engine/engine.js'
import { withFigures } from '../engine/figures.js'
import { UsageError } from '../errors.js'
import type { ShownAs } from '../models/shownAs.js'
import { type Column, cellText, cellValue } from '../output/cells.js'
import { formatSpark, withBars } from '../output/chart.js'
import { kindByName, titleByName } from '../output/columnKind.js'
import { formatCents } from '../output/quantities.js'
import { displayWidth, escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Context } from './globals.js'
import { shownTime } from './shown.js'

/** How many rows are held to know which columns say nothing, and how long bars are; longer reports have all, and none. */
const HELD_ROWS = 1000

interface ReportTableOptions {
  readonly shownAs: ShownAs
  /** What errors are about. */
  readonly subject: string
  /** Columns whose one value the person knows. */
  readonly leftOut: readonly string[]
}

/**
 * Writes the rows of a report for people, as its header says they are shown.
 * @returns how many rows there were
 * @throws {UsageError} where the header names a column that there isn't
 */
export async function writeReportTable(
  { columns, rows }: QueryResult,
  { shownAs, subject, leftOut }: ReportTableOptions,
  context: Context,
): Promise<number> {
  requireColumns(shownAs, columns, subject)
  const { held, all, isWhole } = await holdRows(withFigures(rows, columns))
  const isShown = (name: string): boolean =>
    !shownAs.dataOnly.includes(name) &&
    !leftOut.includes(name) &&
    !(isWhole && shownAs.quiet.includes(name) && !held.some(row => says(row[name])))
  const shown = columns.filter(({ name }) => isShown(name)).map(column => shownColumn(column, shownAs))
  const sums = shown.filter(({ name }) => shownAs.totals.includes(name)).map(column => ({ column, sum: noSum() }))
  let count = 0
  const counted = async function* () {
    for await (const row of all) {
      count++
      for (const { column, sum } of sums) sum.add(row[column.name])
      yield row
    }
  }
  const isDrawn = isWhole && context.format === 'table' && context.stdout.isTTY === true
  const width = context.stdout.columns || 80
  const { chart } = shownAs
  await context.write(counted(), isDrawn && chart?.kind === 'bar' ? withBars(held, shown, chart.column, width) : shown)
  if (context.format !== 'table') return count
  if (sums.length > 0 && count > 0)
    await writeText(context.stdout, [
      `in all: ${sums.map(({ column, sum }) => sumText(column, sum.value())).join(', ')}\n`,
    ])
  if (isDrawn && chart?.kind === 'spark') await writeText(context.stdout, sparkLines(held, chart, shownAs, width))
  return count
}

function requireColumns(
  { chart, totals, quiet, dataOnly, titles }: ShownAs,
  columns: readonly ResultColumn[],
  subject: string,
) {
  const charted = chart === undefined ? [] : chart.kind === 'bar' ? [chart.column] : [chart.column, chart.by]
  const named = [...charted, ...totals, ...quiet, ...dataOnly, ...titles.keys()]
  const missing = named.find(name => !columns.some(column => column.name === name))
  if (missing === undefined) return
  const got = `only ${columns.map(({ name }) => name).join(', ')}`
  throw new UsageError({ subject, expected: `the column ${missing} that its header names`, got })
}

interface HeldRows {
  /** The first rows. */
  readonly held: readonly Row[]
  /** Whether there are no others. */
  readonly isWhole: boolean
  /** All rows, to be read once. */
  readonly all: AsyncIterable<Row>
}

async function holdRows(rows: AsyncIterable<Row>): Promise<HeldRows> {
  const iterator = rows[Symbol.asyncIterator]()
  const held: Row[] = []
  let isWhole = false
  while (held.length < HELD_ROWS && !isWhole) {
    const next = await iterator.next()
    if (next.done) isWhole = true
    else held.push(next.value)
  }
  const all = async function* () {
    try {
      yield* held
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { held, isWhole, all: all() }
}

const says = (value: Value | undefined): boolean => value !== null && value !== undefined && Number(value) !== 0

/** A column for people, whose kind is by its name: `small_size_bytes` is shown as bytes, under `small size`. */
function shownColumn({ name, type }: ResultColumn, { titles }: Pick<ShownAs, 'titles'>): Column<Row> {
  const kind = kindByName(name)
  return {
    name,
    title: titles.get(name) ?? titleByName(name),
    ...(kind && { kind }),
    ...(type.startsWith('TIMESTAMP') && { value: (row: Row) => timeText(row[name]) }),
    ...(isMonthly(name) && { value: (row: Row) => centsText(row[name]) }),
    ...(name === 'path' && { value: (row: Row) => (row[name] === '' ? '(the root)' : row[name]) }),
  }
}

const timeText = (time: Value | undefined): Value | undefined => (time instanceof Date ? shownTime(time) : time)

/** What is paid by the month is told to the cent. */
const isMonthly = (name: string): boolean => /(^|_)month_usd$/.test(name)

const centsText = (usd: Value | undefined): Value | undefined => (typeof usd === 'number' ? formatCents(usd) : usd)

interface Sum {
  add(value: Value | undefined): void
  /** NULL where nothing was added. */
  value(): number | bigint | null
}

function noSum(): Sum {
  let sum: number | bigint | null = null
  return {
    add(value) {
      if (typeof value === 'bigint') sum = typeof sum === 'number' ? sum + Number(value) : (sum ?? 0n) + value
      if (typeof value === 'number') sum = Number(sum ?? 0) + value
    },
    value: () => sum,
  }
}

/** `a month 0.75 USD` */
const sumText = (column: Column<Row>, sum: number | bigint | null): string =>
  `${escapeControls(column.title ?? column.name)} ${cellText(isMonthly(column.name) ? centsText(sum) : sum, column) || 'unknown'}`

/** A line for each value of a column that has three rows or more: its figures in the order of the rows. */
function sparkLines(
  rows: readonly Row[],
  { column, by }: { readonly column: string; readonly by: string },
  shownAs: ShownAs,
  width: number,
): string[] {
  const shown = shownColumn({ name: column, type: '' }, shownAs)
  return [...groupRows(rows, row => cellText(row[by], { name: by }))].flatMap(([name, rows]) => {
    const values = rows.map(row => cellValue(row, { name: column })).filter(value => value !== null)
    if (values.length < 3) return []
    const [first, last] = [values[0], values.at(-1)].map(value => cellText(value, shown))
    const text = [`${name}  ${escapeControls(shown.title ?? shown.name)}`, `${first} → ${last}`]
    const room = Math.max(1, width - displayWidth(text.join('')) - 4)
    return [`${text[0]}  ${formatSpark(values.map(Number), room)}  ${text[1]}\n`]
  })
}

function groupRows(rows: readonly Row[], nameOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const name = nameOf(row)
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  return groups
}
