import { StocktakeError } from '../errors.js'

/** A key of a CSV report that is not URL-encoded UTF-8. */
export class CsvKeyError extends StocktakeError {
  constructor(encoded: string, cause?: unknown) {
    super({ subject: `key ${shorten(encoded)}`, expected: 'URL-encoded UTF-8: + for a space, and %XX', cause })
  }
}

/**
 * The key as it is, from a CSV report. `+` is a space, and only after that %XX. Parquet and ORC hold raw keys.
 * decodeURIComponent alone would make every key with a space a deleted and a new object.
 * @throws {CsvKeyError} for a % without two hex digits, and for bytes that aren't UTF-8
 */
export function decodeCsvKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch (error) {
    throw new CsvKeyError(encoded, error)
  }
}

/**
 * The key as S3 writes it in a CSV report: like Java's URLEncoder (letters, digits and `*-._` stay, a space is `+`,
 * the rest is %XX), but `/` stays.
 * @throws {CsvKeyError} for half a surrogate pair, which no key can hold
 */
export function encodeCsvKey(key: string): string {
  if (/^[\w./*-]*$/.test(key)) return key
  try {
    return encodeURIComponent(key)
      .replaceAll('%20', '+')
      .replaceAll('%2F', '/')
      .replace(/[!~'()]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
  } catch (error) {
    throw new CsvKeyError(key, error)
  }
}

const shorten = (key: string): string => JSON.stringify(key.length > 100 ? `${key.slice(0, 99)}…` : key)
