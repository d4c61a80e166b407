import fc from 'fast-check'
import { stringify } from 'lossless-json'
import { expect, test } from 'vitest'
import { parseExactJson } from '../../src/engine/exactJson.js'

test.each([
  ['9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['[1,1234567890123456,2]', [1, '1234567890123456', 2]],
  ['123456789012345', 123456789012345], // 15 digits fit
  ['0.1234567890123456', 0.1234567890123456],
  ['1.2345678901234567E19', 1.2345678901234567e19],
  ['1234567890123456.5', 1234567890123456.5],
  ['-1234567890123456e2', -123456789012345600],
  ['"9223372036854775807"', '9223372036854775807'],
  ['"a \\" 9223372036854775807 \\\\"', 'a " 9223372036854775807 \\'],
  ['{"9223372036854775807":9223372036854775807}', { '9223372036854775807': '9223372036854775807' }],
  ['"\\\\",1234567890123456', undefined],
])('%s', (text, value) => {
  if (value === undefined) expect(() => parseExactJson(text)).toThrow(SyntaxError)
  else expect(parseExactJson(text)).toEqual(value)
})

test('a text of any length is passed over', () => {
  const long = `${'a"\\\n'.repeat(500_000)}1234567890123456`
  expect(parseExactJson(JSON.stringify([long, 1]))).toEqual([long, 1])
})

test('texts and fractions are those of JSON.parse, and whole numbers have all digits', () => {
  const fraction = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter(value => !/^-?\d{16,}$/.test(String(value)))
  const value = fc.oneof(fc.string({ unit: 'binary' }), fraction, fc.bigInt())
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), value)), pairs => {
      const expected = pairs.map(([name, each]) => [name, typeof each === 'bigint' ? digitsOf(each) : each])
      expect(parseExactJson(stringify(pairs) ?? '')).toEqual(JSON.parse(JSON.stringify(expected)))
    }),
  )
})

const digitsOf = (value: bigint): number | string =>
  String(value).replace('-', '').length < 16 ? Number(value) : String(value)
