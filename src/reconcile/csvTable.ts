import { UsageError } from '../errors.js'

/** A CSV file that can't be read as one. */
export class CsvError extends UsageError {}

/** A CSV file with a line of names. */
export interface CsvTable {
  readonly columns: readonly string[]
  /** As many values as columns in each. */
  readonly rows: readonly CsvRow[]
}

export interface CsvRow {
  /** Where it begins, from 1. */
  readonly line: number
  readonly values: readonly string[]
}

/**
 * Reads comma-separated values (RFC 4180): quotes around values that hold commas, quotes or line ends; quotes doubled
 * inside them. Lines may end as on any system; a byte order mark and empty lines are passed over. Values are kept as
 * they are, spaces included.
 *
 * @param name what messages call the file
 * @throws {CsvError} with the line: a quote that doesn't end, text after one, rows of another length than the first,
 *   a column twice, no columns, more rows than `mostRows`
 */
export function parseCsv(text: string, name: string, mostRows: number): CsvTable {
  let head: CsvRow | undefined
  const rows: CsvRow[] = []
  for (const row of readRows(text.replace(/^\ufeff/, ''), name)) {
    if (!head) {
      const twice = row.values.find((column, n) => row.values.indexOf(column) < n)
      if (twice !== undefined)
        throw new CsvError({
          subject: `${name}:${row.line}`,
          expected: 'each column once',
          got: `${JSON.stringify(twice)} twice`,
        })
      head = row
      continue
    }
    if (row.values.length !== head.values.length)
      throw new CsvError({
        subject: `${name}:${row.line}`,
        expected: `${head.values.length} values, as the first line has`,
        got: String(row.values.length),
      })
    if (rows.length === mostRows)
      throw new CsvError({ subject: name, expected: `at most ${mostRows} rows`, got: 'more' })
    rows.push(row)
  }
  if (!head) throw new CsvError({ subject: name, expected: 'a line with the names of its columns', got: 'nothing' })
  return { columns: head.values, rows }
}

function* readRows(text: string, name: string): Generator<CsvRow> {
  const delimiter = /[",\r\n]/g
  let at = 0
  let line = 1
  while (at < text.length) {
    const begun = { line, values: [] as string[] }
    let value: CsvValue
    do {
      value = readValue(text, at, delimiter, `${name}:${line}`)
      begun.values.push(value.text)
      line += countLineEnds(text.slice(at, value.next))
      at = value.next
    } while (value.end === ',')
    if (begun.values.length > 1 || value.isQuoted || value.text !== '') yield begun
  }
}

interface CsvValue {
  readonly text: string
  readonly isQuoted: boolean
  /** What follows it: a comma, the end of a line, or nothing at the end of the file. */
  readonly end: string
  /** Where the next one begins. */
  readonly next: number
}

function readValue(text: string, at: number, delimiter: RegExp, place: string): CsvValue {
  const isQuoted = text[at] === '"'
  delimiter.lastIndex = at
  const close = isQuoted ? findQuote(text, at + 1, place) + 1 : (delimiter.exec(text)?.index ?? text.length)
  const end = text.startsWith('\r\n', close) ? '\r\n' : (text[close] ?? '')
  if (!ENDS.has(end))
    throw new CsvError({
      subject: place,
      expected: 'a comma or the end of the line after a value',
      got: JSON.stringify(text.slice(close, close + 20)),
      fix: 'values with quotes in them are written "like ""this"""',
    })
  const value = isQuoted ? text.slice(at + 1, close - 1).replaceAll('""', '"') : text.slice(at, close)
  return { text: value, isQuoted, end, next: close + end.length }
}

const ENDS: ReadonlySet<string> = new Set([',', '\r\n', '\n', '\r', ''])

/** The quote that ends a value; doubled ones don't. */
function findQuote(text: string, from: number, place: string): number {
  let quote = text.indexOf('"', from)
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2)
  if (quote < 0) throw new CsvError({ subject: place, expected: 'a quote at the end of a value', got: 'none' })
  return quote
}

const countLineEnds = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0
