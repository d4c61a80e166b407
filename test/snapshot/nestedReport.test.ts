import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { type Model, parseModel } from '../../src/models/parseModel.js'
import { bindReport, nestReport } from '../../src/snapshot/nestedReport.js'
import { formatReport, runReport } from '../../src/snapshot/report.js'
import { openModelEngine } from '../models/inputs.js'

let engine: DuckDB
beforeAll(async () => {
  engine = await openModelEngine()
})
afterAll(() => engine.close())

const model = (name: string, inputs: string, params: string, sql: string): Model =>
  parseModel(
    `-- model: ${name}\n-- grain: a row\n-- inputs: ${inputs}\n-- params: ${params}\n-- dialects: duckdb\n${sql}\n`,
    'a.sql',
  )

const inner = {
  model: model('small', 'numbers', '$most BIGINT', 'select n from numbers where n <= $most'),
  params: { most: 3 },
}
const outer = {
  model: model(
    'sums',
    'small',
    '$least BIGINT',
    'with\n\nlarge as (select n from small where n >= $least)\n\nselect sum(n) as total from large',
  ),
  params: { least: 2 },
}

test('a report reads what another gives, with the parameters of both', async () => {
  const nested = nestReport(outer, 'small', inner)
  expect([nested.model.inputs, nested.model.params.map(({ name }) => name)]).toEqual([['numbers'], ['most', 'least']])
  const { rows } = await runReport(nested, { numbers: 'select unnest([1, 2, 3, 4]) as n' }, engine)
  for await (const row of rows) expect(row.total).toBe(5n)
})

test('as one statement, in which other relations of the same name are not meant', async () => {
  const bound = bindReport(nestReport(outer, 'small', inner), 'numbers', 'select unnest([2, 3, 9]) as n')
  await engine.run('create or replace temp view small as select 100 as n')
  await engine.run('create or replace temp view numbers as select 100 as n')
  expect(await engine.rows(`select * from (${formatReport(bound)})`)).toEqual([{ total: 5n }])
})

test('a parameter of both has one value', () => {
  const both = { model: model('both', 'x', '$least BIGINT', 'select * from x where n >= $least'), params: { least: 1 } }
  const nested = nestReport(both, 'x', { ...inner, model: model('x', '', '$least BIGINT', 'select $least as n') })
  expect(nested.params).toMatchObject({ least: 1 })
  expect(nested.model.params).toHaveLength(1)
})
