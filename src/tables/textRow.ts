import { parseDecimalType, type Type } from '../iceberg/schema.js'

/** A row of a text file, taken apart but not yet checked. */
export interface TextRow {
  /** The line of the file on which it begins, from 1. */
  readonly line: number
  /** As it is in the file. */
  readonly raw: string
  /** What is wrong with it beside its values; empty if nothing. */
  readonly faults: readonly string[]
  /** The value of each column of the table, in order: see {@link tagText}; `undefined` for NULL and what isn't given. */
  readonly values: readonly (string | undefined)[]
}

/** A column of the table, as far as the reader of a text has to know it. */
export interface TextColumn {
  readonly name: string
  readonly type: Type
}

/**
 * What kind of value a text was, before the text itself: `"` a text, `=` anything else as it is spelled (12.50, true,
 * [1,2]), `!` one that `faults` has told about already.
 */
export type TextTag = '"' | '=' | '!'

export const tagText = (tag: TextTag, text: string): string => tag + text

/** A row of which nothing more can be said than why it can't be read. */
export const unreadRow = (line: number, raw: string, fault: string, width: number): TextRow => ({
  line,
  raw,
  faults: [fault],
  values: Array.from({ length: width }, () => tagText('!', '')),
})

/**
 * A number with an exponent in digits alone, exactly: `1.5e2` is `150`. Other texts, and numbers that would be very long,
 * are given back as they are.
 */
export function spellOut(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,4})$/.exec(text) ?? []
  const places = Number(exponent)
  if (exponent === '' || Math.abs(places) > MOST_PLACES || text.length > MOST_PLACES) return text
  const digits = whole + fraction
  const point = whole.length + places
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

const MOST_PLACES = 100

/** Whether a column's numbers are exact: those of double and float may keep their exponent. */
export const isExactNumber = (type: Type): boolean =>
  type === 'int' || type === 'long' || parseDecimalType(type) !== undefined

/** Half a surrogate pair is no character, and DuckDB and Parquet's readers end or cut texts at NUL. */
export const faultOfText = (text: string): string | undefined =>
  text.includes('\0') ? 'a text with NUL' : /\p{Surrogate}/u.test(text) ? 'a text with half a character' : undefined
