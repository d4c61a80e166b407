/** A value of JSON in which no whole number has lost a digit: those that a number can't hold are texts. */
export type ExactValue =
  | null
  | boolean
  | number
  | string
  | readonly ExactValue[]
  | { readonly [name: string]: ExactValue }

/**
 * Parses JSON as `JSON.parse` does, but for whole numbers of 16 digits and more: those are texts of their digits. Far
 * quicker than a parser that looks at each letter, and answers of engines are long.
 * @throws {SyntaxError}
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text.replace(TEXT_OR_LONG_NUMBER, token => (token.startsWith('"') ? token : `"${token}"`)))
}

/** A text, to be passed over; or a whole number, of which nothing stands before or after that belongs to it. */
const TEXT_OR_LONG_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/gs
