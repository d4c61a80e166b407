import { describe, expect, test } from 'vitest'
import { ModelError, parseHeader } from '../../src/models/header.js'
import { type Model, parseOwnModel } from '../../src/models/parseModel.js'

const parse = (text: string): Model => parseOwnModel(text, 'mine', 'reports/mine.sql')

describe('the header of a person’s own report', () => {
  test('may be absent', () => {
    expect(parse('select 1')).toMatchObject({ name: 'mine', grain: '', inputs: [], params: [], sql: 'select 1' })
    expect(parse('select 1').question).toBeUndefined()
  })

  test('says what is asked, what is taken, and how rows are shown', () => {
    const model = parse(`-- report:   objects of a size
--           or more
-- params:   $least BIGINT, $day DATE (UTC),
--           $name VARCHAR, $share double, $all BOOLEAN
-- defaults: $least -5, $name 'it''s a, b (c)', $share 1e-3
-- defaults: $day '2026-01-20', $all true
-- least:    $least -10
-- chart:    bar size
-- totals:   size, n
-- titles:   n objects, size how much
-- quiet:    n
-- data:     hidden
-- none:     nothing is that large
select $least, $day, $name, $share, $all`)
    expect(model.question).toBe('objects of a size or more')
    expect(model.params).toEqual([
      { name: 'least', type: 'BIGINT', fallback: -5n, least: -10n },
      { name: 'day', type: 'DATE', fallback: '2026-01-20' },
      { name: 'name', type: 'VARCHAR', fallback: "it's a, b (c)" },
      { name: 'share', type: 'DOUBLE', fallback: 0.001 },
      { name: 'all', type: 'BOOLEAN', fallback: true },
    ])
    expect(model.shownAs).toEqual({
      chart: { kind: 'bar', column: 'size' },
      totals: ['size', 'n'],
      titles: new Map([
        ['n', 'objects'],
        ['size', 'how much'],
      ]),
      quiet: ['n'],
      dataOnly: ['hidden'],
      none: 'nothing is that large',
    })
  })

  test('may be of other comments, which an empty line parts from what is before', () => {
    const model = parse(
      '\n-- by me: 2026\n--   see the wiki\n\n-- report: a\n\n-- not of the question\nselect $x -- report: no',
    )
    expect(model).toMatchObject({ question: 'a', params: [{ name: 'x', type: 'VARCHAR' }] })
  })

  test('may begin with a byte order mark, and have lines that end in CR LF', () => {
    expect(parse('\uFEFF-- report: a\r\n-- params: $n BIGINT\r\nselect $n\r\n')).toMatchObject({
      question: 'a',
      params: [{ name: 'n', type: 'BIGINT' }],
    })
  })

  test('has a line of a kind', () => {
    const model = parse('-- chart: spark size by connector\nselect 1')
    expect(model.shownAs.chart).toEqual({ kind: 'spark', column: 'size', by: 'connector' })
  })

  test('says what it need not read', () => {
    const model = parse(`-- params: $from BIGINT, $who VARCHAR
-- prunes: year >= $from,
--         year<$from, who = $who
select $from, $who`)
    expect(model.prunes).toEqual([
      { column: 'year', op: '>=', param: 'from' },
      { column: 'year', op: '<', param: 'from' },
      { column: 'who', op: '=', param: 'who' },
    ])
  })

  test('leaves the SELECT on its line', () => {
    expect(parse('-- report: a\n\nselect 1').sql).toBe('\n\nselect 1')
  })
})

test.each<[what: string, text: string, message: string]>([
  [
    'a type that there is not',
    '-- report: a\n-- params: $a TEXT\nselect $a',
    ':2: expected $a as one of VARCHAR, BIGINT, ',
  ],
  ['a parameter without a type', '-- params: $a\nselect $a', ':1: expected $name TYPE, …, got "$a"'],
  ['a parameter without $', '-- params: a BIGINT\nselect $a', ':1: expected $name TYPE, …, got "a BIGINT"'],
  ['one twice', '-- params: $a BIGINT,\n--   $a DATE\nselect $a', ':2: expected $a once, got it again'],
  ['one that the SELECT lacks', '-- params: $a DATE,\n--   $b DATE\nselect $a', ':2: expected $b in the SELECT, got '],
  [
    'a default of no parameter',
    '-- params: $a DATE\n-- defaults: $b 1\nselect $a',
    ':2: expected $b in the line "-- params:"',
  ],
  [
    'a default that is no number',
    "-- params: $a BIGINT\n-- defaults: $a '1'\nselect $a",
    ":2: expected $a as a whole number, got $a '1'",
  ],
  [
    'a text without quotes',
    '-- params: $a VARCHAR\n-- defaults: $a b\nselect $a',
    ":2: expected $a as text in '', got $a b",
  ],
  [
    'a day that there is not',
    "-- params: $a DATE\n-- defaults: $a '2026-02-30'\nselect $a",
    ':2: expected $a as a date such as 2026-01-20',
  ],
  ['a quote that does not end', "-- params: $a VARCHAR\n-- defaults: $a 'b\nselect $a", ':2: expected $name VALUE, …'],
  ['a least text', "-- params: $a VARCHAR\n-- least: $a 'b'\nselect $a", ':2: expected numbers, got $a VARCHAR'],
  [
    'a chart that there is not',
    '\n\n-- chart: pie size\nselect 1',
    ':3: expected "bar COLUMN" or "spark COLUMN by COLUMN", got "pie size"',
  ],
  ['a spark without by', '-- chart: spark size\nselect 1', ':1: expected "bar COLUMN"'],
  ['columns that are none', '-- totals: a, b c\nselect 1', ':1: expected names of columns, got "b c"'],
  ['a title without words', '-- titles: a\nselect 1', ':1: expected a column and its title, …, got "a"'],
  [
    'a condition that is none',
    '-- params: $a DATE\n-- prunes: a <> $a\nselect $a',
    ':2: expected COLUMN >= $name, …, got',
  ],
  [
    'a condition on no parameter',
    '-- params: $a DATE\n-- prunes: a = $b\nselect $a',
    ':2: expected $b in the line "-- params:"',
  ],
  ['a name that is nearly one', '-- reprot: a\nselect 1', ':1: unknown line "-- reprot:"; did you mean report?'],
])('%s is told by file and line', (_, text, message) => {
  expect(() => parse(text)).toThrow(ModelError)
  expect(() => parse(text)).toThrow(`reports/mine.sql${message}`)
})

test('names of header lines are read in any case, and other comments are none', () => {
  const { values } = parseHeader('-- Report: a\n-- https://example.com: no name\n-- fails when: b\nselect 1', 'x.sql')
  expect([...values.keys()]).toEqual(['report', 'fails when'])
})
