import { expect, test } from 'vitest'
import { findPlace, withPlace } from '../../src/engine/sqlPlace.js'

test.each([
  ['line 1:8: Column cannot be resolved', { line: 1, column: 8 }],
  ['SYNTAX_ERROR: line 12:3: mismatched input', { line: 12, column: 3 }],
  ['a file has line 3:4 in it', undefined],
  ['GENERIC_INTERNAL_ERROR: null', undefined],
])('the place of %s', (message, place) => expect(findPlace(message)).toEqual(place))

test.each([
  ['select\n\tsiz\nfrom t', 2, 2, 'LINE 2:  siz\n         ^'],
  ["select '📷', siz", 1, 13, "LINE 1: select '📷', siz\n                     ^"], // wide, and one character
  ['select 1\r\nfrom t', 2, 6, 'LINE 2: from t\n             ^'],
  ['select', 1, 99, 'LINE 1: select\n              ^'],
])('%j at %i:%i', (sql, line, column, shown) => {
  expect(withPlace('wrong', sql, { line, column })).toBe(`wrong\n${shown}`)
})

test('of a long line only what is around the place', () => {
  const sql = `select ${'a, '.repeat(1000)}siz, ${'b, '.repeat(1000)}1 from t`
  const [, line = '', mark = ''] = withPlace('wrong', sql, { line: 1, column: sql.indexOf('siz') + 1 }).split('\n')
  expect(line).toMatch(/^LINE 1: ….{100}…$/)
  expect(line.slice(mark.length - 1)).toMatch(/^siz, /)
})

test.each([[3], [0]])('no line %i, no line shown', line => {
  expect(withPlace('wrong', 'select 1', { line, column: 1 })).toBe('wrong')
})
