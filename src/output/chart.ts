import { formatBar } from './bar.js'
import { type Column, cellText, cellValue } from './cells.js'
import { displayWidth, escapeControls } from './terminal.js'

const GAP = 2
const MOST_BAR = 18
/** Fewer blocks than these say nothing that the figures don't. */
const LEAST_BAR = 6
const STEPS = [...'▁▂▃▄▅▆▇█']

/**
 * The columns with one of bars behind that of the figures; the largest figure's bar is the longest. Without it, where the
 * terminal has no room beside the figures, or none of them is above 0.
 * @param rows all that are shown
 * @param width of the terminal
 */
export function withBars<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  name: string,
  width: number,
): readonly Column<Row>[] {
  const at = columns.findIndex(column => column.name === name)
  const column = columns[at]
  const room = Math.min(MOST_BAR, width - naturalWidth(rows, columns) - GAP)
  if (!column || room < LEAST_BAR) return columns
  const figureOf = (row: Row): number => Number(cellValue(row, { name }) ?? 0) // not as it is shown
  const most = rows.reduce((most, row) => Math.max(most, figureOf(row)), 0)
  if (most === 0) return columns
  const bars: Column<Row> = { name: '', title: '', value: row => formatBar(figureOf(row) / most, room) }
  return [...columns.slice(0, at + 1), bars, ...columns.slice(at + 1)]
}

/** How wide a table of these rows is where nothing is cut. */
const naturalWidth = <Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): number =>
  columns.reduce(
    (sum, column) =>
      rows.reduce(
        (most, row) => Math.max(most, displayWidth(cellText(cellValue(row, column), column))),
        displayWidth(escapeControls(column.title ?? column.name)),
      ) +
      GAP +
      sum,
    -GAP,
  )

/**
 * Figures one after the other as a line of blocks, from the least, which is the lowest, to the greatest; where there are
 * more than there is room, each block is the last of several.
 */
export function formatSpark(figures: readonly number[], width: number): string {
  const count = Math.min(figures.length, width)
  const shown = Array.from({ length: count }, (_, i) => figures[Math.ceil(((i + 1) * figures.length) / count) - 1] ?? 0)
  const least = figures.reduce((least, figure) => Math.min(least, figure), Infinity)
  const range = figures.reduce((most, figure) => Math.max(most, figure), -Infinity) - least
  return shown
    .map(figure => STEPS[range === 0 ? 0 : Math.round(((figure - least) / range) * (STEPS.length - 1))])
    .join('')
}
