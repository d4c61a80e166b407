import { type Column, cellText, cellValue, dataText, isQuantity, jsonText } from './cells.js'
import type { Format } from './format.js'
import { tableLines } from './table.js'
import type { Colors, TextOutput } from './terminal.js'
import { writeBytes, writeText } from './textWriter.js'

/**
 * Writes rows as they come, at the pace of who reads them; nothing but a table's first rows is held.
 *
 * JSON is an array with a row on each line, and `[]` without rows. Where the reader has gone (`| head`) no more rows are
 * asked for, and the call returns.
 *
 * @param columns which values of a row, in which order; an empty list gives no cells, not all of them
 * @throws what the rows throw, or the stream when it can't write
 */
export async function writeRows<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  format: Format,
  out: TextOutput,
  colors: Colors,
): Promise<void> {
  if (format !== 'arrow') return writeText(out, textOf(rows, columns, format, out, colors))
  const [{ arrowBytes }, { arrowTable }] = await Promise.all([import('./arrowStream.js'), import('./arrowRows.js')])
  await writeBytes(out, arrowBytes(await arrowTable(rows, columns), 'stream'))
}

function textOf<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  format: Exclude<Format, 'arrow'>,
  out: TextOutput,
  colors: Colors,
): AsyncIterable<string> {
  switch (format) {
    case 'table':
      return tableLines(rows, columns, out.isTTY ? out.columns || 80 : undefined, colors)
    case 'json':
      return jsonArray(rows, columns)
    case 'jsonl':
      return jsonLines(rows, columns)
    case 'csv':
      return csvLines(rows, columns)
    case 'markdown':
      return markdownLines(rows, columns)
  }
}

/** A JSON array, a row on each line. */
export async function* jsonArray<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): AsyncIterable<string> {
  const names = columns.map(jsonName)
  let before = '[\n'
  for await (const row of rows) {
    yield before + jsonObject(row, columns, names)
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

async function* jsonLines<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): AsyncIterable<string> {
  const names = columns.map(jsonName)
  for await (const row of rows) yield `${jsonObject(row, columns, names)}\n`
}

const jsonName = ({ name }: { readonly name: string }): string => `${jsonText(name)}:`

function jsonObject<Row extends object>(row: Row, columns: readonly Column<Row>[], names: readonly string[]): string {
  return `{${columns.map((column, i) => names[i] + jsonText(cellValue(row, column))).join(',')}}`
}

/**
 * RFC 4180, with the line ends of Unix, so that `cut` and `awk` find no `\r` in the last column. A NULL is empty, an
 * empty text is `""`.
 */
export async function* csvLines<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): AsyncIterable<string> {
  yield csvLine(columns.map(({ name }) => name))
  for await (const row of rows) yield csvLine(columns.map(column => dataText(cellValue(row, column))))
}

/** A line of CSV, with its end; `undefined` is NULL. */
export const csvLine = (fields: readonly (string | undefined)[]): string => `${fields.map(csvField).join(',')}\n`

function csvField(text: string | undefined): string {
  if (text === undefined) return ''
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table of GitHub's Markdown, with figures at the right. */
async function* markdownLines<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  columns: readonly Column<Row>[],
): AsyncIterable<string> {
  yield `| ${columns.map(({ name, title }) => markdownCell(title ?? name)).join(' | ')} |\n`
  yield `| ${columns.map(column => (isQuantity(column) ? '--:' : '---')).join(' | ')} |\n`
  for await (const row of rows)
    yield `| ${columns.map(column => markdownCell(cellText(cellValue(row, column), column))).join(' | ')} |\n`
}

/** Line ends and other control characters are shown escaped; so are the characters that Markdown or HTML would take. */
const markdownCell = (cell: string): string => cell.replace(/[\\|`*_<>[\]&~]/g, character => `\\${character}`)
