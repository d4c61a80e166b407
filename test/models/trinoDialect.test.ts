import { describe, expect, test } from 'vitest'
import { ModelError } from '../../src/models/header.js'
import { parseModel } from '../../src/models/parseModel.js'
import { formatTrinoLiteral, renderTrino, TrinoValueError, trinoType } from '../../src/models/trinoDialect.js'

type Value = string | number | bigint | boolean | null

describe('a value is a literal of its type:', () => {
  test.each<[type: string, value: Value, literal: string]>([
    ['VARCHAR', 'photos', "varchar 'photos'"],
    ['VARCHAR', "it's", "varchar 'it''s'"],
    ['VARCHAR', '', "varchar ''"],
    ['VARCHAR', 'back\\slash\n📷', "varchar 'back\\slash\n📷'"],
    ['VARCHAR', null, 'cast(null as varchar)'],
    ['BIGINT', 5, "bigint '5'"],
    ['BIGINT', '-5', "bigint '-5'"],
    ['BIGINT', 9223372036854775807n, "bigint '9223372036854775807'"],
    ['BIGINT', -9223372036854775808n, "bigint '-9223372036854775808'"],
    ['INTEGER', 2147483647, "integer '2147483647'"],
    ['DOUBLE', 0.023, "double '0.023'"],
    ['DOUBLE', 1e21, "double '1e+21'"],
    ['DOUBLE', '7', "double '7'"],
    ['BOOLEAN', true, 'true'],
    ['BOOLEAN', 'false', 'false'],
    ['DATE', '2024-02-29', "date '2024-02-29'"],
    ['DATE', null, 'cast(null as date)'],
    ['TIMESTAMP', '2026-01-20T01:00:00Z', "timestamp '2026-01-20 01:00:00.000000'"],
    ['TIMESTAMP', '2026-01-20 01:00:00.123456', "timestamp '2026-01-20 01:00:00.123456'"],
    ['TIMESTAMP', null, 'cast(null as timestamp(6))'],
  ])('%s %o is %s', (type, value, literal) => expect(formatTrinoLiteral(type, value, '$x')).toBe(literal))
})

describe('a value that is not of the type is refused:', () => {
  test.each<[type: string, value: Value, got: string]>([
    ['VARCHAR', 5, '5'],
    ['VARCHAR', 'half a pair: \ud83d', '"half a pair: \\ud83d"'],
    ['BIGINT', 9223372036854775808n, '9223372036854775808'],
    ['BIGINT', 2 ** 53, '9007199254740992'], // it may have been another before it was a number
    ['BIGINT', 1.5, '1.5'],
    ['BIGINT', '', '""'],
    ['BIGINT', "1' or '1", '"1\' or \'1"'],
    ['INTEGER', 2147483648, '2147483648'],
    ['DOUBLE', '', '""'],
    ['DOUBLE', 'many', '"many"'],
    ['DOUBLE', Number.NaN, 'NaN'],
    ['BOOLEAN', 1, '1'],
    ['DATE', '2026-02-30', '"2026-02-30"'],
    ['DATE', '2026-1-2', '"2026-1-2"'],
    ['TIMESTAMP', '2026-01-20', '"2026-01-20"'],
    ['TIMESTAMP', '2026-01-20T01:00:00+01:00', '"2026-01-20T01:00:00+01:00"'],
    ['TIMESTAMP', '2026-01-20T25:00:00Z', '"2026-01-20T25:00:00Z"'],
  ])('%s %o', (type, value, got) => {
    const render = () => formatTrinoLiteral(type, value, '$x')
    expect(render).toThrow(TrinoValueError)
    expect(render).toThrow(expect.objectContaining({ facts: expect.objectContaining({ subject: '$x', got }) }))
  })
})

test('types that models do not use have no literals', () => {
  expect(() => formatTrinoLiteral('HUGEINT', 1, '$x')).toThrow(ModelError)
  expect(() => trinoType('VARCHAR[]')).toThrow(ModelError)
  expect(trinoType('TIMESTAMP')).toBe('timestamp(6)')
})

describe('a model is one statement:', () => {
  const render = (sql: string, params: Record<string, Value>, inputs: Record<string, string> = {}) =>
    renderTrino({ ...parseModel(`${HEADER}select $a, $n`, 'm.sql'), sql }, params, inputs)
  const HEADER = '-- model: m\n-- grain: one\n-- params: $a VARCHAR, $n BIGINT\n\n'

  test('with its values in it, but in texts and comments', () => {
    expect(render("select $a, '$a' -- $a\nfrom t where n = $n", { a: "x'", n: 3 })).toBe(
      "select varchar 'x''', '$a' -- $a\nfrom t where n = bigint '3'",
    )
  })

  test("a value that is not given is the header's default, else NULL", () => {
    const model = parseModel(`${HEADER}-- defaults: $n 20\nselect $a, $n limit $n`, 'm.sql')
    expect(renderTrino(model, {})).toBe("select cast(null as varchar), bigint '20' limit 20")
    expect(renderTrino(model, { n: 5 })).toBe("select cast(null as varchar), bigint '5' limit 5")
  })

  test.each<[Value, string]>([
    [20, 'limit 20'],
    ['5', 'limit 5'],
    [0n, 'limit 0'],
    [null, 'limit all'],
  ])('a limit of %o is %s', (n, limit) => {
    expect(render('select $a limit $n', { a: 'x', n })).toBe(`select varchar 'x' ${limit}`)
  })

  test.each<[Value]>([[-1], ['-1'], ['many'], [1.5]])('a limit of %o is none', n => {
    expect(() => render('select $a limit $n', { a: 'x', n })).toThrow(TrinoValueError)
  })

  test('inputs come before its own relations, and its order of rows is that of the statement', () => {
    const given = { t: 'select 1 as n' }
    const [a, n] = ["varchar 'x'", "bigint '1'"]
    expect(render('with u as (select $a from t) select $n from u order by 1', { a: 'x', n: 1 }, given)).toBe(
      `with "t" as (\nselect 1 as n\n),\nu as (select ${a} from t) select ${n} from u order by 1`,
    )
    expect(render('-- why\nWITH RECURSIVE u as (select $a) select $n', { a: 'x', n: 1 }, given)).toBe(
      `with RECURSIVE "t" as (\nselect 1 as n\n),\nu as (select ${a}) select ${n}`,
    )
    expect(render('select $a, $n from t order by 1', { a: 'x', n: 1 }, given)).toBe(
      `with "t" as (\nselect 1 as n\n)\nselect ${a}, ${n} from t order by 1`,
    )
  })
})
