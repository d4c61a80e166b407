import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { duckdbType } from '../../src/engine/tableScan.js'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { type Model, parseModel } from '../../src/models/parseModel.js'
import { packageFolder } from '../../src/packageFolder.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { listCases } from '../sql/cases.js'
import { openModelEngine, selectNoRows } from './inputs.js'

const folder = join(packageFolder(), 'sql')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.sql') && !name.startsWith('checks/') && !name.endsWith('macros.duckdb.sql'))
  .sort()

const withoutComments = (sql: string): string => sql.replaceAll(/--.*$/gm, '')

/** The relations that a SELECT reads and doesn't make itself. */
function listRelations(sql: string): string[] {
  const text = withoutComments(sql)
  const own = new Set(
    [...text.matchAll(/\b([a-z_][a-z_0-9]*)(?: \([a-z_, ]*\))? as (?:materialized )?\(\s*(?:select|with)/g)].map(
      ([, name]) => name,
    ),
  )
  const read = [...text.matchAll(/(?<!\bdistinct )\b(?:from|join)\s+([a-z_][a-z_0-9]*)\b(?!\s*\()/g)].flatMap(
    ([, name = '']) => name,
  )
  return [...new Set(read)].filter(name => !own.has(name)).sort()
}

test.each([
  ['select * from a', ['a']],
  ['with a as (select * from b) select * from a join c on true', ['b', 'c']],
  ['with a as materialized (select * from b) select * from a', ['b']],
  ['select * from a cross join unnest(x) as t (n)', ['a']],
  ['select * from b -- from comment', ['b']],
  ['select a is distinct from b from c', ['c']],
])('%s reads %j', (sql, relations) => expect(listRelations(sql)).toEqual(relations))

describe.each(files)('%s', file => {
  const text = readFileSync(join(folder, file), 'utf8')
  const model = parseModel(text, file)

  test('has its own name', () => {
    expect(model.name).toBe(file.replace(/^.*\//, '').replace(/(\.duckdb|\.trino)?\.sql$/, ''))
  })

  test('names its inputs', () => expect([...model.inputs].sort()).toEqual(listRelations(model.sql)))

  test('says for which dialects it is', () => expect(text).toMatch(/^-- dialects: +(duckdb|trino)/m))
})

describe('the columns and types that a model gives are those of its table:', () => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openModelEngine()
  })
  afterAll(() => engine.close())

  test.each<[string, TableSpec]>([
    ['objects', OBJECTS],
    ['folders', FOLDERS],
    ['changes', CHANGES],
  ])('%s', async (name, { schema }) => {
    const model = loadModel(name, 'duckdb')
    const inputs = await Promise.all(model.inputs.map(async input => [input, await selectNoRows(input)] as const))
    const params = pickParams(
      model,
      Object.fromEntries(model.params.map(param => [param.name, PARAMS[param.type] ?? 'x'])),
    )
    const { columns } = await engine.query(bindInputs(model, Object.fromEntries(inputs)), params)
    expect(columns).toEqual(schema.fields.map(field => ({ name: field.name, type: duckdbType(field.type) })))
  })
})

describe('a report that people ask for', () => {
  const reports = files.filter(file => file.startsWith('reports/')).map(file => file.replace('.sql', ''))
  const asked = reports.map(name => [name, loadModel(name, 'duckdb')] as const).filter(([, { question }]) => question)
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openModelEngine()
  })
  afterAll(() => engine.close())

  const columnsOf = async (model: Model) => {
    const inputs = Object.fromEntries(model.inputs.map(input => [input, selectNoRows(input)]))
    const known = { now: '2026-01-22 01:00:00', freshness: '' }
    return (await engine.query(bindInputs(model, inputs), pickParams(model, known))).columns
  }

  test.each(asked)('%s: its header is about columns that it has', async (_, model) => {
    const { chart, totals, quiet, dataOnly, titles } = model.shownAs
    const charted = chart ? [chart.column, ...(chart.kind === 'spark' ? [chart.by] : [])] : []
    const names = (await columnsOf(model)).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...charted, ...totals, ...quiet, ...dataOnly, ...titles.keys()]))
    expect(new Set(names).size).toBe(names.length)
  })

  // Sums would be a HUGEINT in DuckDB, and decimals differ between engines.
  test.each(asked)('%s: its types are those that every engine has', async (_, model) => {
    const types = (await columnsOf(model)).map(({ type }) => type)
    const known = ['VARCHAR', 'BIGINT', 'INTEGER', 'DOUBLE', 'TIMESTAMP']
    expect(types.filter(type => !known.includes(type))).toEqual([])
  })

  test.each(asked)('%s: its cases look at every column', async (name, model) => {
    const heads = listCases()
      .filter(({ model }) => model === name)
      .map(({ folder }) => readFileSync(join(folder, 'expect.csv'), 'utf8').split('\n')[0] ?? '')
    const seen = heads.flatMap(head => head.split(','))
    expect(seen).toEqual(expect.arrayContaining((await columnsOf(model)).map(({ name }) => name)))
  })

  test.each(asked)('%s: what it takes has a default, or is known', (_, model) => {
    const known = ['connector', 'now', 'freshness', ...Object.keys(DEFAULT_PRICES), 'assumed_tier']
    const open = model.params.filter(({ name, fallback }) => fallback === undefined && !known.includes(name))
    expect(open).toEqual([])
  })
})

const PARAMS: Readonly<Record<string, string>> = { DATE: '2026-01-20', TIMESTAMP: '2026-01-20T01:00:00Z' }
