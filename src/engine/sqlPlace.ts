import { displayWidth } from '../output/terminal.js'

/** Where an engine stumbled: lines and columns, counted in characters from 1. */
export interface SqlPlace {
  readonly line: number
  readonly column: number
}

/** The place that a message begins with or has after the name of the mistake: `SYNTAX_ERROR: line 1:8: …`. */
export function findPlace(message: string): SqlPlace | undefined {
  const [, line, column] = /(?:^|: )line (\d+):(\d+): /.exec(message) ?? []
  return line === undefined ? undefined : { line: Number(line), column: Number(column) }
}

/**
 * A message, with the line of the statement that it is about and a mark below the place:
 *
 * ```
 * line 2:8: Column 'siz' cannot be resolved
 * LINE 2: select siz
 *                ^
 * ```
 */
export function withPlace(message: string, sql: string, place: SqlPlace | undefined): string {
  const text = place && sql.split(/\r\n?|\n/)[place.line - 1]
  if (place === undefined || text === undefined) return message
  const letters = [...text.replaceAll('\t', ' ')]
  const from = Math.max(0, Math.min(place.column - 1, letters.length) - AROUND)
  const shown = letters.slice(from, from + 2 * AROUND)
  const head = `LINE ${place.line}: ${from > 0 ? '…' : ''}`
  const before = head + shown.slice(0, place.column - 1 - from).join('')
  const tail = from + shown.length < letters.length ? '…' : ''
  return `${message}\n${head}${shown.join('')}${tail}\n${' '.repeat(displayWidth(before))}^`
}

/** Characters shown on either side of the place. */
const AROUND = 50
