import { JsonFault, readJsonMembers } from './jsonText.js'
import { type FileLine, readLines } from './rowsFile.js'
import { tagToken } from './tagToken.js'
import { type TextColumn, type TextRow, unreadRow } from './textRow.js'

/**
 * Reads NDJSON: an object a line, whose numbers are kept as they are spelled. Blank lines are passed over, but counted.
 * @throws what `readLines` does
 */
export async function* readJsonRows(path: string, columns: readonly TextColumn[]): AsyncGenerator<readonly TextRow[]> {
  const places = new Map(columns.map(({ name }, i) => [name, i]))
  for await (const lines of readLines(path)) {
    const rows: TextRow[] = []
    for (const line of lines) if (/\S/.test(line.text)) rows.push(readJsonRow(line, columns, places))
    yield rows
  }
}

/** The row in one line, with all that is wrong with it. */
function readJsonRow(
  { line, text, fault }: FileLine,
  columns: readonly TextColumn[],
  places: ReadonlyMap<string, number>,
): TextRow {
  const values: (string | undefined)[] = Array.from({ length: columns.length })
  const raw = text.endsWith('\r') ? text.slice(0, -1) : text
  if (fault !== undefined) return unreadRow(line, raw, fault, columns.length)
  const faults: string[] = []
  const seen = new Set<string>()
  try {
    for (const [name, token] of readJsonMembers(raw)) {
      const place = places.get(name)
      const column = place === undefined ? undefined : columns[place]
      if (place === undefined || !column) faults.push(`unknown column ${JSON.stringify(name)}`)
      else if (seen.has(name)) faults.push(`${name}: given twice`)
      else values[place] = tagToken(column, token, faults)
      seen.add(name)
    }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return unreadRow(line, raw, `no JSON object: ${error.message}`, columns.length)
  }
  return { line, raw, faults, values }
}
