import { UsageError } from '../errors.js'
import type { RowsFile } from './checkRows.js'

/** What a file of rows is, as far as its name says it. */
export type RowsFormat = Pick<RowsFile, 'format' | 'delimiter'>

/**
 * The format of a file by the end of its name, `.gz` aside.
 * @param given what the person says it is, whatever its name
 * @throws {UsageError} for a name that says nothing
 */
export function formatOfName(name: string, given: Partial<RowsFormat>): RowsFormat {
  const end = /\.([a-z0-9]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const format = given.format ?? FORMATS.get(end)
  if (!format)
    throw new UsageError({
      subject: name,
      expected: `a name that ends in ${[...FORMATS.keys()].map(each => `.${each}`).join(', ')}`,
      got: 'another',
      fix: 'say what it is with --input-format',
    })
  const delimiter = given.delimiter ?? (end === 'tsv' ? '\t' : undefined)
  if (format !== 'csv' || delimiter === undefined) return { format }
  return { format, delimiter: requireDelimiter(delimiter) }
}

const FORMATS: ReadonlyMap<string, RowsFile['format']> = new Map([
  ['jsonl', 'ndjson'],
  ['ndjson', 'ndjson'],
  ['json', 'ndjson'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['parquet', 'parquet'],
])

/** `\t` is what people type for a tab. */
function requireDelimiter(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text
  if (/^[^"\r\n]$/.test(delimiter)) return delimiter
  throw new UsageError({ subject: '--delimiter', expected: 'one character, no quote', got: JSON.stringify(text) })
}
