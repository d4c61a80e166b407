import { type FileLine, MAX_ROW_BYTES, RowsFileError, readLines } from './rowsFile.js'
import { tagField } from './tagToken.js'
import { type TextColumn, type TextRow, unreadRow } from './textRow.js'

/** The rows of a CSV file with the names in its header. */
export interface CsvRows {
  /** In order; none of an empty file. */
  readonly header: readonly string[]
  readonly rows: AsyncIterable<readonly TextRow[]>
  /** For those who don't read the rows. */
  readonly close: () => Promise<void>
}

/**
 * Reads CSV (RFC 4180) with a header: texts in quotes may hold the delimiter, doubled quotes and line ends; an empty field
 * is NULL, in quotes or not. Quotes within a field that begins with none are characters like others. Empty lines are
 * passed over.
 * @throws {RowsFileError} for a header that names a column twice, and for a quote that is never closed
 */
export async function openCsvRows(path: string, delimiter: string, columns: readonly TextColumn[]): Promise<CsvRows> {
  const records = readRecords(path, delimiter)
  const first = await records.next()
  const start = first.done ? [] : first.value
  const [head, ...rest] = start
  const header = (head?.fields ?? []).map(name => name.trim())
  const twice = header.find((name, i) => header.indexOf(name) !== i)
  const close = async () => {
    await records.return(undefined)
  }
  if (twice !== undefined) {
    await close()
    throw new RowsFileError({ subject: `${path}:1`, expected: 'each column once', got: JSON.stringify(twice) })
  }
  const places = header.map(name => columns.findIndex(column => column.name === name))
  async function* rows(): AsyncGenerator<readonly TextRow[]> {
    yield rest.map(record => toRow(record, header.length, places, columns))
    for await (const some of records) yield some.map(record => toRow(record, header.length, places, columns))
  }
  return { header, rows: rows(), close }
}

function toRow(record: CsvRecord, width: number, places: readonly number[], columns: readonly TextColumn[]): TextRow {
  const { line, raw, fields } = record
  const values: (string | undefined)[] = Array.from({ length: columns.length })
  const fault = record.fault ?? (fields.length === width ? undefined : `${fields.length} fields, ${width} expected`)
  if (fault !== undefined) return unreadRow(line, raw, fault, columns.length)
  const faults: string[] = []
  places.forEach((place, i) => {
    const column = columns[place]
    const text = fields[i] ?? ''
    if (column && text !== '') values[place] = tagField(column, text, faults)
  })
  return { line, raw, faults, values }
}

interface CsvRecord {
  readonly line: number
  readonly raw: string
  readonly fields: readonly string[]
  readonly fault?: string
}

/** What of a record has been read so far. */
interface OpenRecord {
  readonly line: number
  readonly fields: string[]
  readonly raw: string[]
  rawLength: number
  /** The text of the field in quotes in which the line ended. */
  open: string[] | undefined
  fault: string | undefined
}

async function* readRecords(path: string, delimiter: string): AsyncGenerator<CsvRecord[]> {
  let record: OpenRecord | undefined
  for await (const lines of readLines(path)) {
    const found: CsvRecord[] = []
    for (const line of lines) {
      if (!record && (line.text === '' || line.text === '\r')) continue
      record = addLine(record, line, delimiter)
      if (record.rawLength > MAX_ROW_BYTES) throw neverClosed(path, record.line, 'none in 32 MiB')
      if (record.open) continue
      found.push({
        line: record.line,
        raw: record.raw.join('\n'),
        fields: record.fields,
        ...(record.fault !== undefined && { fault: record.fault }),
      })
      record = undefined
    }
    if (found.length > 0) yield found
  }
  if (record) throw neverClosed(path, record.line, 'the end of the file')
}

const neverClosed = (path: string, line: number, got: string): RowsFileError =>
  new RowsFileError({
    subject: `${path}:${line}`,
    expected: 'a closing quote',
    got,
    fix: 'double quotes within a text',
  })

function addLine(record: OpenRecord | undefined, { line, text, fault }: FileLine, delimiter: string): OpenRecord {
  const into = record ?? { line, fields: [], raw: [], rawLength: 0, open: undefined, fault: undefined }
  into.fault ??= fault
  into.rawLength += text.length + 1
  splitFields(into, text, delimiter)
  into.raw.push(into.open || !text.endsWith('\r') ? text : text.slice(0, -1))
  return into
}

function splitFields(record: OpenRecord, text: string, delimiter: string): void {
  const end = text.endsWith('\r') ? text.length - 1 : text.length
  let at = 0
  if (record.open) record.open.push('\n')
  for (;;) {
    if (!record.open && text[at] === '"') {
      record.open = []
      at++
    }
    if (record.open) {
      const closed = readQuoted(record.open, text, at)
      if (closed === undefined) return
      at = closed
      record.fields.push(record.open.join(''))
      record.open = undefined
      if (at < end && !text.startsWith(delimiter, at)) {
        record.fault ??= `field ${record.fields.length}: text after its closing quote`
        const next = text.indexOf(delimiter, at)
        at = next < 0 ? end : next
      }
    } else {
      const next = text.indexOf(delimiter, at)
      const stop = next < 0 ? end : next
      record.fields.push(text.slice(at, stop))
      at = stop
    }
    if (at >= end) return
    at += delimiter.length
  }
}

/** Adds a quoted text up to its closing quote; gives where it goes on after that, `undefined` if the line ends before. */
function readQuoted(into: string[], text: string, from: number): number | undefined {
  let at = from
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) {
      into.push(text.slice(at))
      return undefined
    }
    into.push(text.slice(at, quote))
    if (text[quote + 1] !== '"') return quote + 1
    into.push('"')
    at = quote + 2
  }
}
