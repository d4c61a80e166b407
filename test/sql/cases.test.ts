import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Params } from '../../src/engine/engine.js'
import { quoteIdentifier } from '../../src/engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { openModelEngine } from '../models/inputs.js'
import { listCases, loadCase } from './cases.js'

const cases = listCases()

/** Reports and bars run where people's own queries run: in DuckDB as it is. Imports run models with the macros of their dialect. */
const openPlainEngine = () =>
  openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(tmpdir(), 'stocktake-reports') })

describe.each([
  ["in the models' dialect", cases, openModelEngine],
  ['in plain DuckDB', cases.filter(({ model }) => /^(reports|sales|streams)\//.test(model)), openPlainEngine],
])('%s', (_, cases, openEngine) => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openEngine()
  })
  afterAll(() => engine.close())

  describe.each([...new Set(cases.map(({ model }) => model))])('%s', name => {
    test.each(cases.filter(({ model }) => model === name))('$name', async found => {
      const model = loadModel(name, 'duckdb')
      const { inputs, params, expected } = await loadCase(found, engine)
      const select = bindInputs(model, inputs)
      const isOrdered = model.question !== undefined
      const rows = await readTexts(engine, select, expected.columns, isOrdered, pickParams(model, params))
      expect(rows).toEqual(await readTexts(engine, expected.select, expected.columns, isOrdered))
    })
  })
})

/** The rows as texts: those of a report that people ask for in their order, others in a fixed one. */
async function readTexts(
  engine: DuckDB,
  select: string,
  columns: readonly string[],
  isOrdered: boolean,
  params: Params = {},
) {
  const texts = columns.map(name => `cast(${quoteIdentifier(name)} as varchar) as ${quoteIdentifier(name)}`)
  return engine.rows(`select ${texts.join(', ')} from (${select})${isOrdered ? '' : ' order by all'}`, params)
}
