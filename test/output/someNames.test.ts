import { expect, test } from 'vitest'
import { someNames } from '../../src/output/someNames.js'

test.each([
  [[], ''],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c'], 'a, b and 1 more'],
  [Array.from({ length: 1_002 }, (_, i) => `${i}`), '0, 1 and 1,000 more'],
])('%j are told as %s', (names, text) => expect(someNames(names, 2)).toBe(text))
