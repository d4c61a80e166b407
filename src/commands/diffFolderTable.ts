import { stripVTControlCharacters } from 'node:util'
import type { Column } from '../output/cells.js'
import { tableLines } from '../output/table.js'
import { cutToWidth, displayWidth, escapeControls } from '../output/terminal.js'
import type { Context } from './globals.js'

/** What is said of a line beside it: one thing, in less and less space. */
export type Remark = readonly string[]

/**
 * Lines of a table, with a rule before the last one, as wide as the titles. Remarks stand beside it; they take what room the
 * terminal has left, so that no name of a folder is cut for them.
 */
export async function* summedLines<Row extends { readonly remark: Remark | null }>(
  rows: AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  { stdout, colors }: Pick<Context, 'stdout' | 'colors'>,
): AsyncGenerator<string> {
  const screen = stdout.isTTY ? stdout.columns || 80 : undefined
  const remarks: (Remark | null)[] = []
  async function* remembered() {
    for await (const row of rows) {
      remarks.push(row.remark)
      yield row
    }
  }
  let width: number | undefined
  let last: string | undefined
  for await (const line of tableLines(remembered(), columns, screen, colors)) {
    if (last !== undefined) yield last
    if (width === undefined) {
      width = displayWidth(stripVTControlCharacters(line).trimEnd())
      last = line
    } else last = withRemark(line, remarks.shift() ?? null, width, screen)
  }
  yield `${'-'.repeat(width ?? 0)}\n${last ?? ''}`
}

const GAP = '  '

/** What is cut to less than that says nothing. */
const LEAST_REMARK = 16

function withRemark(line: string, remark: Remark | null, width: number, screen: number | undefined): string {
  if (remark === null) return line
  const start = line.trimEnd()
  const indent = Math.max(0, width - displayWidth(start))
  const room = (screen ?? Number.POSITIVE_INFINITY) - displayWidth(start) - indent - GAP.length
  const texts = remark.map(escapeControls)
  const text = texts.find(text => displayWidth(text) <= room) ?? texts.at(-1) ?? ''
  if (room < Math.min(LEAST_REMARK, displayWidth(text))) return line
  return `${start}${' '.repeat(indent)}${GAP}${cutToWidth(text, room)}\n`
}
