import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { loadModel } from '../../src/models/model.js'
import { openModelEngine, useDialectOf } from '../models/inputs.js'
import { listCases, loadCase } from '../sql/cases.js'
import { readOnDuckDB, runModelOnTrino, sortRows } from './bothEngines.js'
import { listPortableModels } from './portableModels.js'

const trino = inject('trino') ?? ''
const cases = listCases()
const models = listPortableModels()

test('every portable model has a case', () => {
  expect(models.filter(name => !hasCase(name))).toEqual([])
})

function hasCase(name: string): boolean {
  return cases.some(({ model }) => model === name)
}

describe.skipIf(trino === '').each(models.filter(hasCase))('%s', name => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openModelEngine()
    await useDialectOf(name, engine)
  })
  afterAll(() => engine.close())

  test.each(cases.filter(({ model }) => model === name))('$name', async found => {
    const { inputs, params, expected } = await loadCase(found, engine)
    const got = await runModelOnTrino(loadModel(name, 'trino'), inputs, params, { engine, trino })
    const wanted = await readOnDuckDB(expected.select, {}, engine)
    expect(sortRows(got, expected.columns)).toEqual(sortRows(wanted, expected.columns))
  })
})
