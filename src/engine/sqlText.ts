import { StocktakeError } from '../errors.js'

/** The one place where a value or a name becomes SQL text; elsewhere they are parameters. */

/** @throws {StocktakeError} for a name with NUL */
export const quoteIdentifier = (name: string): string => `"${requireSayable(name).replaceAll('"', '""')}"`

/** @throws {StocktakeError} for a text with NUL */
export const quoteString = (value: string): string => `'${requireSayable(value).replaceAll("'", "''")}'`

/** DuckDB takes NUL for the end of the statement. The text isn't told: it may be a secret. */
function requireSayable(text: string): string {
  if (!text.includes('\0')) return text
  throw new StocktakeError({ subject: 'SQL', expected: 'text without NUL', got: 'a text with one' })
}

export const quoteStrings = (values: readonly string[]): string => `[${values.map(quoteString).join(', ')}]`

/**
 * The path of a file to be read, which DuckDB would take for a pattern: in a folder `la*e` it would read those of `lake`,
 * too. Files are written by their plain names.
 */
export const quotePath = (path: string): string => quoteString(toPattern(path))

/** The pattern that only this path meets. */
export const toPattern = (path: string): string => path.replace(/[[*?]/g, letter => `[${letter}]`)

export const quotePaths = (paths: readonly string[]): string => `[${paths.map(quotePath).join(', ')}]`

/** A time in UTC, which the engine's timestamps without a zone are. */
export const quoteTimestamp = (time: Date): string =>
  `cast(${quoteString(time.toISOString().slice(0, -1))} as timestamp)`
