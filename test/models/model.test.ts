import { describe, expect, test } from 'vitest'
import { ModelError } from '../../src/models/header.js'
import { bindInputs, loadCheck, loadModel, pickParams } from '../../src/models/model.js'
import { parseModel } from '../../src/models/parseModel.js'

const TEXT = `-- model:    rows
-- grain:    one row per thing
--           and its part
-- inputs:   things, parts  (what they are, and why)
-- params:   $connector VARCHAR, $dt DATE
-- dialects: duckdb, trino
select *, $dt as dt from things where connector = $connector  -- a comment
`

test('a model is its header and its SELECT', () => {
  expect(parseModel(TEXT, 'rows.sql')).toEqual({
    name: 'rows',
    grain: 'one row per thing and its part',
    inputs: ['things', 'parts'],
    params: [
      { name: 'connector', type: 'VARCHAR' },
      { name: 'dt', type: 'DATE' },
    ],
    prunes: [],
    shownAs: { totals: [], quiet: [], dataOnly: [], titles: new Map() },
    sql: 'select *, $dt as dt from things where connector = $connector  -- a comment',
  })
})

test('a model without inputs and parameters has none', () => {
  expect(parseModel('-- model: one\n-- grain: one row\nselect 1', 'one.sql')).toMatchObject({ inputs: [], params: [] })
})

test.each([
  ['no name', TEXT.replace('model:', 'modell:')],
  ['no grain', TEXT.replace('-- grain:', '-- grains:')],
  ['a parameter that only the header has', TEXT.replace('$dt DATE', '$dt DATE, $snapshot VARCHAR')],
  ['a parameter that only the SQL has', TEXT.replace(', $dt DATE', '')],
])('a model is refused with %s', (_, text) => {
  expect(() => parseModel(text, 'rows.sql')).toThrow(ModelError)
})

test('lines may end in CR LF', () => {
  expect(parseModel(TEXT.replaceAll('\n', '\r\n'), 'rows.sql')).toEqual(parseModel(TEXT, 'rows.sql'))
})

test('a dialect has its sibling of a model, where there is one', () => {
  expect(loadModel('direct_folders', 'duckdb').sql).not.toBe(loadModel('direct_folders', 'trino').sql)
  expect(loadModel('folders', 'duckdb')).toEqual(loadModel('folders', 'trino'))
})

test('parameters that a model does not take are left out, and those without value are NULL', () => {
  expect(pickParams(parseModel(TEXT, ''), { connector: 'photos', snapshot: 'x' })).toEqual({
    connector: 'photos',
    dt: null,
  })
})

test('inputs become relations of the SELECT', () => {
  expect(bindInputs({ sql: 'select * from a, b' }, { a: 'select 1', b: 'select 2' }).replaceAll(/\s+/g, ' ')).toBe(
    'with a as ( select 1 ), b as ( select 2 ) select * from ( select * from a, b )',
  )
})

describe('a check', () => {
  test('says when it fails', () => {
    expect(loadCheck('objects', 'fail_key_current_twice').failsWhen).toMatch(/a key is current twice/)
  })
})
