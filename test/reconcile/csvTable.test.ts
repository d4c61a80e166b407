import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvError, parseCsv } from '../../src/reconcile/csvTable.js'

const rowsOf = (text: string): string[][] => {
  const { columns, rows } = parseCsv(text, 'x.csv', 1000)
  return [columns, ...rows.map(({ values }) => values)].map(values => [...values])
}

test.each<[string, string[][]]>([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2\r\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r1,2\r',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['\ufeffa\n1', [['a'], ['1']]],
  ['a\n\n1\n\n\n', [['a'], ['1']]],
  ['a\n""\n', [['a'], ['']]],
  [
    'a,b\n,\n',
    [
      ['a', 'b'],
      ['', ''],
    ],
  ],
  [
    'a,b\n1,',
    [
      ['a', 'b'],
      ['1', ''],
    ],
  ],
  [
    'a,b\n 1 , 2\n',
    [
      ['a', 'b'],
      [' 1 ', ' 2'],
    ],
  ],
  [
    '"a ""b""","c,d"\n"1\n2","3\r\n4"\n',
    [
      ['a "b"', 'c,d'],
      ['1\n2', '3\r\n4'],
    ],
  ],
  ['a\n"x"', [['a'], ['x']]],
  ['a\n""""', [['a'], ['"']]],
  ['a\n\u2028', [['a'], ['\u2028']]], // no line end here
  ['Köln\n😀', [['Köln'], ['😀']]],
])('%j', (text, rows) => expect(rowsOf(text)).toEqual(rows))

test('rows know their lines', () => {
  expect(parseCsv('a,b\n"1\n2",3\r\n\n4,5', 'x.csv', 9).rows.map(({ line }) => line)).toEqual([2, 5])
})

test.each([
  ['', 'x.csv: expected a line with the names of its columns, got nothing'],
  ['\n\n', 'x.csv: expected a line with the names of its columns, got nothing'],
  ['a,a\n', 'x.csv:1: expected each column once, got "a" twice'],
  ['a,b\n1,2\n3\n', 'x.csv:3: expected 2 values, as the first line has, got 1'],
  ['a\n1,2\n', 'x.csv:2: expected 1 values, as the first line has, got 2'],
  ['a\n"1\n2\n', 'x.csv:2: expected a quote at the end of a value, got none'],
  ['a\nx"y\n', 'x.csv:2: expected a comma or the end of the line after a value, got "\\"y\\n"'],
  ['a\n"x"y\n', 'x.csv:2: expected a comma or the end of the line after a value, got "y\\n"'],
  [`a\n${'1\n'.repeat(1001)}`, 'x.csv: expected at most 1000 rows, got more'],
])('%j is refused', (text, message) => {
  expect(() => rowsOf(text)).toThrow(CsvError)
  expect(() => rowsOf(text)).toThrow(message)
})

test('what is written with quotes is read as it was', () => {
  const value = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 6 })
  const write = (values: readonly string[]) => values.map(each => `"${each.replaceAll('"', '""')}"`).join(',')
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value)), rows => {
      const text = [['a', 'b'], ...rows].map(write).join('\r\n')
      expect(rowsOf(text)).toEqual([['a', 'b'], ...rows])
    }),
  )
})

test('a long value in quotes needs no deep recursion', () => {
  const value = 'x'.repeat(5_000_000)
  expect(rowsOf(`a\n"${value}"`)).toEqual([['a'], [value]])
  expect(rowsOf(`a\n"${'""'.repeat(1_000_000)}"`)[1]?.[0]).toHaveLength(1_000_000)
})
