import { type Column, cellText, cellValue, isFigure, isQuantity } from './cells.js'
import { type Colors, cutToWidth, displayWidth, escapeControls } from './terminal.js'

/** How many rows are looked at before the first is written, to know how wide the columns are. */
const SAMPLE_ROWS = 1000
const GAP = '  '
/** What a column keeps, however narrow the terminal is. */
const LEAST_WIDTH = 8
/** What it keeps where lines are folded anyhow: the name of a snapshot is whole, to be typed again. */
const FOLDED_WIDTH = 24

/**
 * Rows as lines of aligned columns under their titles; figures at the right. Widths are those of the first thousand
 * rows: a longer cell after them is cut on a terminal, and elsewhere moves the rest of its line.
 *
 * @param width of the terminal, into which the lines are made to fit by cutting the widest columns; off a terminal
 *   `undefined`, and nothing is cut
 */
export async function* tableLines<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  width: number | undefined,
  colors: Colors,
): AsyncIterable<string> {
  const titles = columns.map(({ name, title }) => escapeControls(title ?? name))
  let sample: Cell[][] = []
  let layout: Layout | undefined
  for await (const row of rows) {
    const cells = columns.map(column => toCell(row, column))
    if (layout) yield formatLine(cells, layout)
    else if (sample.push(cells) === SAMPLE_ROWS) {
      layout = planLayout(titles, columns, sample, width)
      yield* firstLines(titles, sample, layout, colors)
      sample = []
    }
  }
  if (!layout) yield* firstLines(titles, sample, planLayout(titles, columns, sample, width), colors)
}

interface Cell {
  readonly text: string
  /** `undefined` for a NULL, which says nothing about its column. */
  readonly isFigure: boolean | undefined
}

interface Layout {
  readonly widths: readonly number[]
  readonly atRight: readonly boolean[]
  readonly isCut: boolean
}

function toCell<Row extends object>(row: Row, column: Column<Row>): Cell {
  const value = cellValue(row, column)
  return {
    text: cellText(value, column),
    isFigure: value === null || value === undefined ? undefined : isFigure(value),
  }
}

function planLayout<Row extends object>(
  titles: readonly string[],
  columns: readonly Column<Row>[],
  sample: readonly (readonly Cell[])[],
  width: number | undefined,
): Layout {
  const widths = titles.map((title, i) =>
    sample.reduce((most, cells) => Math.max(most, displayWidth(cells[i]?.text ?? '')), displayWidth(title)),
  )
  const atRight = columns.map((column, i) => isQuantity(column) || hasOnlyFigures(sample.map(cells => cells[i])))
  return { widths: width === undefined ? widths : narrow(widths, width), atRight, isCut: width !== undefined }
}

function hasOnlyFigures(cells: readonly (Cell | undefined)[]): boolean {
  const known = cells.filter(cell => cell?.isFigure !== undefined)
  return known.length > 0 && known.every(cell => cell?.isFigure)
}

/** Narrows the widest columns, all to the same width, until the line fits; less, where it can't be made to fit. */
function narrow(widths: readonly number[], width: number): number[] {
  const room = width - GAP.length * (widths.length - 1)
  let most = Math.max(LEAST_WIDTH, ...widths)
  const total = () => widths.reduce((sum, each) => sum + Math.min(each, most), 0)
  while (most > LEAST_WIDTH && total() > room) most--
  if (total() > room) most = FOLDED_WIDTH
  return widths.map(each => Math.min(each, most))
}

function* firstLines(
  titles: readonly string[],
  sample: readonly (readonly Cell[])[],
  layout: Layout,
  colors: Colors,
): Iterable<string> {
  const titleCells = titles.map((text): Cell => ({ text, isFigure: undefined }))
  yield `${colors.bold(formatLine(titleCells, layout).trimEnd())}\n`
  for (const cells of sample) yield formatLine(cells, layout)
}

function formatLine(cells: readonly Cell[], { widths, atRight, isCut }: Layout): string {
  const padded = cells.map(({ text }, i) => {
    const width = widths[i] ?? 0
    const shown = isCut && !atRight[i] ? cutToWidth(text, width) : text // a figure that is cut reads as another one
    const space = ' '.repeat(Math.max(0, width - displayWidth(shown)))
    return atRight[i] ? space + shown : shown + space
  })
  return `${padded.join(GAP).trimEnd()}\n`
}
