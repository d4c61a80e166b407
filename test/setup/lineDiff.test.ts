import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines } from '../../src/setup/lineDiff.js'

test.each<[string, string[], string[]]>([
  ['abc', ['a', 'b', 'c'], ['  a', '  b', '  c']],
  ['abc', ['a', 'x', 'c'], ['  a', '- b', '+ x', '  c']],
  ['', ['a'], ['+ a']],
  ['a', [], ['- a']],
  ['abcd', ['b', 'd', 'e'], ['- a', '  b', '- c', '  d', '+ e']],
])('%s to %j', (before, after, diff) => expect(diffLines([...before], after)).toEqual(diff))

test('both texts can be read from it', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''))
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffLines(before, after)
      expect(diff.filter(line => !line.startsWith('+')).map(line => line.slice(2))).toEqual(before)
      expect(diff.filter(line => !line.startsWith('-')).map(line => line.slice(2))).toEqual(after)
    }),
  )
})
