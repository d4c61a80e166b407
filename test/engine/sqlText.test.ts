import { expect, test } from 'vitest'
import { quoteIdentifier, quoteString, quoteStrings } from '../../src/engine/sqlText.js'
import { StocktakeError } from '../../src/errors.js'

test.each([quoteIdentifier, quoteString, (text: string) => quoteStrings(['a', text])])('%s writes no NUL', quote => {
  expect(quote(`it's "a"`)).toMatch(/^[["'].*["'\]]$/)
  expect(() => quote('a\0b')).toThrow(StocktakeError)
  expect(() => quote('a\0b')).toThrow('SQL: expected text without NUL, got "a\\u0000b"')
})
