import { isInteger, isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json'
import { TableFormatError } from './errors.js'

/**
 * JSON as Iceberg needs it: integers past 2^53 become bigints (snapshot ids of other engines have 63 bits), and numbers
 * that would lose digits keep their text, so that `formatJson` writes back what `parseJson` read.
 * @param subject the file, for the error
 * @throws {TableFormatError} for text that is no JSON
 */
export function parseJson(text: string, subject: string): unknown {
  try {
    return parse(text, undefined, parseNumber)
  } catch (cause) {
    throw new TableFormatError({ subject, expected: 'JSON', got: cause instanceof Error ? cause.message : '', cause })
  }
}

/** The value as compact JSON, bigints as plain digits. */
export function formatJson(value: unknown): string {
  return stringify(value) ?? 'null'
}

function parseNumber(text: string): number | bigint | LosslessNumber {
  if (isSafeNumber(text)) return Number(text)
  return isInteger(text) ? BigInt(text) : new LosslessNumber(text)
}
