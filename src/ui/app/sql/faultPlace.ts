/** A part of a text: offsets in UTF-16 units, the end not in it. */
export interface TextPlace {
  readonly from: number
  readonly to: number
}

/**
 * Where in a statement DuckDB found fault: its messages have the line, and a caret below the place.
 *
 * ```
 * Binder Error: Referenced column "siz" not found in FROM clause!
 *
 * LINE 2: select key, siz from objects_latest
 *                     ^
 * ```
 * Of a long line it shows a part, with `...` where something was left out.
 * @returns the word at the caret; `undefined` where the message has no place, or another statement's
 */
export function findFaultPlace(message: string, sql: string): TextPlace | undefined {
  const [, start = '', number = '', shown = '', indent = ''] = /^(LINE (\d+): )(.*)\n( *)\^/m.exec(message) ?? []
  const lines = sql.split('\n')
  const line = lines[Number(number) - 1]
  if (line === undefined) return undefined
  const cut = shown.startsWith('...') ? 3 : 0
  const part = shown.slice(cut).replace(/\.\.\.$/, '')
  const at = line.includes(shown) ? line.indexOf(shown) : line.indexOf(part)
  const column = indent.length - start.length - (line.includes(shown) ? 0 : cut)
  if (at < 0 || column < 0 || at + column > line.length) return undefined
  const from = lines.slice(0, Number(number) - 1).reduce((sum, each) => sum + each.length + 1, 0) + at + column
  const [word = ''] = /^(\w+|"[^"]*"|[^\s\w])/.exec(sql.slice(from)) ?? []
  return { from, to: Math.min(sql.length, from + Math.max(1, word.length)) }
}
