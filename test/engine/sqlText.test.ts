import { expect, test } from 'vitest'
import { quoteIdentifier, quoteString, quoteStrings } from '../../src/engine/sqlText.js'
import { StocktakeError } from '../../src/errors.js'

test.each([
  ['a name', quoteIdentifier],
  ['a text', quoteString],
  ['texts', (text: string) => quoteStrings(['a', text])],
] as const)('%s with NUL is not written', (_, quote) => {
  expect(quote(`it's "a"`)).toMatch(/^[["'].*["'\]]$/)
  expect(() => quote('secret\0b')).toThrow(StocktakeError)
  expect(() => quote('secret\0b')).toThrow(/^SQL: expected text without NUL, got a text with one$/)
})
