import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { loadModel, pickParams } from '../../src/models/model.js'
import type { Model } from '../../src/models/parseModel.js'
import { packageFolder } from '../../src/packageFolder.js'
import { listCases } from '../sql/cases.js'
import { selectNoRows } from './inputs.js'

const names = readdirSync(join(packageFolder(), 'sql', 'sales'))
  .filter(file => !file.endsWith('.duckdb.sql'))
  .map(file => file.replace(/\.sql$/, ''))
  .sort()
const models = names.map(name => [name, loadModel(`sales/${name}`, 'duckdb')] as const)

test('there are twelve queries, and the search by likeness', () => {
  expect(names).toEqual([
    'brand_performance',
    'category_by_brand',
    'condition_impact',
    'data_quality',
    'embedding_candidates',
    'high_value',
    'monthly_trend',
    'partition_pruning',
    'price_distribution',
    'season_comparison',
    'similarity_search',
    'source_comparison',
    'volume_by_category_month',
  ])
})

describe.each(models)('%s', (name, model) => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(tmpdir(), 'stocktake-sales') })
  })
  afterAll(() => engine.close())

  /** Of the table, as the query command binds it: it is all that a query reads. */
  const columnsOf = async ({ inputs, params, sql }: Model) => {
    expect(inputs).toEqual(['sales_history'])
    const select = `with sales_history as (${selectNoRows('sales_history')}) select * from (${sql})`
    return (await engine.query(select, pickParams({ params }, {}))).columns
  }

  test('answers a question in plain DuckDB, by the table alone and without any parameter', async () => {
    expect(model.question).toBeDefined()
    const types = (await columnsOf(model)).map(({ type }) => type.replace(/\(.*/, ''))
    const known = ['VARCHAR', 'BIGINT', 'INTEGER', 'DOUBLE', 'TIMESTAMP', 'DECIMAL', 'BOOLEAN']
    expect(types.filter(type => !known.includes(type))).toEqual([])
  })

  test('its header is about columns that it has', async () => {
    const { totals, quiet, dataOnly, titles } = model.shownAs
    const columns = (await columnsOf(model)).map(each => each.name)
    expect(columns).toEqual(expect.arrayContaining([...totals, ...quiet, ...dataOnly, ...titles.keys()]))
  })

  test('leaves files unread by columns that the table has', async () => {
    const { columns } = await engine.query(selectNoRows('sales_history'))
    expect(model.prunes).toContainEqual({ column: 'tenant_id', op: '=', param: 'tenant' })
    expect(columns.map(each => each.name)).toEqual(expect.arrayContaining(model.prunes.map(({ column }) => column)))
  })

  test('its cases look at every column', async () => {
    const heads = listCases()
      .filter(({ model }) => model === `sales/${name}`)
      .map(({ folder }) => readFileSync(join(folder, 'expect.csv'), 'utf8').split('\n')[0] ?? '')
    const seen = heads.flatMap(head => head.split(','))
    expect(seen).toEqual(expect.arrayContaining((await columnsOf(model)).map(each => each.name)))
  })

  test('is one text for all engines', () => {
    expect(existsSync(join(packageFolder(), 'sql', 'sales', `${name}.duckdb.sql`))).toBe(false)
  })
})

test('what is like an item may have been sold in any year: only the tenant leaves files unread', () => {
  expect(loadModel('sales/similarity_search', 'duckdb').prunes).toEqual([
    { column: 'tenant_id', op: '=', param: 'tenant' },
  ])
})
