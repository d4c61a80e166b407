import { EXIT, StocktakeError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'

/** The comment lines at the top of a model, by their names; each name's value may go over several lines. */
export interface Header {
  /** The file, for errors. */
  readonly path: string
  readonly values: ReadonlyMap<string, readonly HeaderLine[]>
  /** The text without its header. */
  readonly sql: string
  /** How many lines of the file are before `sql`. */
  readonly linesBefore: number
}

export interface HeaderLine {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

/** A model's file that can't be used as it is; the subject is the file, and the line if it is one. */
export class ModelError extends StocktakeError {
  override readonly exitCode = EXIT.usage
}

/** The names that say something; `fails when` is of checks. */
const NAMES =
  'model report grain inputs output params defaults least prunes chart totals titles quiet data none dialects notes'.split(
    ' ',
  )

/**
 * Parses lines of `-- name: value` at the top; a comment line without a name goes on with the value before. Empty lines
 * between them are passed over, and end a value.
 */
export function parseHeader(text: string, path: string): Header {
  const values = new Map<string, HeaderLine[]>()
  const lines = text.split(/\r?\n/)
  let name: string | undefined
  let i = 0
  for (; i < lines.length && /^(--|\s*$)/.test(lines[i] ?? ''); i++) {
    const line = lines[i] ?? ''
    if (line.trim() === '') {
      name = undefined
      continue
    }
    const named = /^--\s*([A-Za-z]+(?: when)?):(?:\s+(.*))?$/.exec(line)
    if (named) name = (named[1] ?? '').toLowerCase()
    if (name === undefined) continue
    const found = values.get(name) ?? []
    values.set(name, found)
    found.push({ line: i + 1, text: (named ? (named[2] ?? '') : line.replace(/^--\s*/, '')).trim() })
  }
  return { path, values, sql: lines.slice(i).join('\n').trim(), linesBefore: i }
}

/** The value on one line; `undefined` where there is none. */
export const headerText = ({ values }: Header, name: string): string | undefined =>
  values
    .get(name)
    ?.map(({ text }) => text)
    .join(' ')

/** @throws {ModelError} */
export function requireHeader(header: Header, name: string): string {
  const value = headerText(header, name)
  if (value === undefined)
    throw new ModelError({ subject: header.path, expected: `a line "-- ${name}:" in its header` })
  return value
}

/** Refuses names that are nearly one that means something: what they say would be lost. @throws {ModelError} */
export function requireKnownNames(header: Header): void {
  for (const [name, lines] of header.values) {
    const fix = NAMES.includes(name) ? undefined : formatSuggestion(name, NAMES)
    if (fix !== undefined) throw headerError(header, lines[0], { got: `unknown line "-- ${name}:"`, fix })
  }
}

/** An error about a line of the header. */
export const headerError = (
  { path }: Header,
  at: HeaderLine | undefined,
  facts: { expected?: string; got?: string; fix?: string },
): ModelError => new ModelError({ subject: at ? `${path}:${at.line}` : path, ...facts })
