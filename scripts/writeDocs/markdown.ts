/** Text in which nothing but backquotes is markup: what code says of itself has `<`, `|` and `*` in it. */
export const plain = (text: string): string =>
  text
    .split(/(`[^`]+`)/)
    .map((part, i) => (i % 2 === 1 ? part.replaceAll('|', '\\|') : escapeMarkup(part)))
    .join('')

/** An underscore within a word is one. */
const escapeMarkup = (text: string): string => text.replace(/[\\`*<>[\]|]|(?<!\w)_|_(?!\w)/g, found => `\\${found}`)

/** Text in backquotes, more of them where it has some itself. */
export function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  const room = longest > 0 ? ' ' : ''
  return `${fence}${room}${text}${room}${fence}`
}

/** {@link code} within a table, where a bar would end the cell. */
export const codeInCell = (text: string): string => code(text).replaceAll('|', '\\|')

/** A table; nothing for no rows. Cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('\n', ' ')).join(' | ')} |`
  return `${[line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')}\n`
}

/** Parts with an empty line between them; empty ones are left out. */
export const page = (...parts: readonly string[]): string =>
  `${parts
    .map(part => part.trim())
    .filter(part => part !== '')
    .join('\n\n')}\n`

/** What every generated page begins with, below its title. */
export const generatedNote = (from: string): string =>
  `<!-- Written by \`npm run docs\` from ${from}: what is changed here is lost. -->`
