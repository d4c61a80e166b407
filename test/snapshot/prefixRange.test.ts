import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { textAfterPrefix } from '../../src/snapshot/prefixRange.js'

test.each<[string, string | undefined]>([
  ['photos/', 'photos0'],
  ['a', 'b'],
  ['', undefined],
  ['\u{10ffff}', undefined],
  ['a\u{10ffff}', 'b'],
  ['a\u{10ffff}\u{10ffff}', 'b'],
  ['\ud7ff', '\ue000'], // between them are the surrogates
  ['\uffff', '\u{10000}'],
  ['😀', '😁'],
])('after all that start with %j comes %j', (prefix, after) => expect(textAfterPrefix(prefix)).toBe(after))

test('a text starts with the prefix exactly if it lies between', () => {
  const points = fc.constantFrom('a', 'b', '/', '0', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
  const text = fc.array(points, { maxLength: 4 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, text, (prefix, key) => {
      const after = textAfterPrefix(prefix)
      const isBetween =
        compareCodePoints(key, prefix) >= 0 && (after === undefined || compareCodePoints(key, after) < 0)
      return isBetween === key.startsWith(prefix)
    }),
    { numRuns: 1000 },
  )
})
