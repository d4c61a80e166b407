import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { loadModel } from '../../src/models/model.js'
import { openModelEngine, useDialectOf } from '../models/inputs.js'
import { runModelOnDuckDB, runModelOnTrino, sortRows } from './bothEngines.js'
import { makeGeneratedLake } from './generatedLake.js'
import { type Asked, fillParams } from './generatedParams.js'
import { isOrdered, listPortableModels } from './portableModels.js'

const trino = inject('trino') ?? ''

describe.skipIf(trino === '').each<[seed: number, asked: Asked]>([
  [1, 'wide'],
  [2, 'narrow'],
])('over the lake of seed %i, with %s values, Trino has the rows of DuckDB:', (seed, asked) => {
  let engine: DuckDB
  let selectInput: (model: string, input: string) => string
  beforeAll(async () => {
    engine = await openModelEngine()
    selectInput = await makeGeneratedLake(seed, engine)
  })
  afterAll(() => engine.close())

  test.each(listPortableModels())('%s', async name => {
    await useDialectOf(name, engine)
    const onDuckDB = loadModel(name, 'duckdb')
    const onTrino = loadModel(name, 'trino')
    const inputs = Object.fromEntries(onDuckDB.inputs.map(input => [input, selectInput(name, input)]))
    const params = fillParams(onDuckDB, asked)
    const expected = await runModelOnDuckDB(onDuckDB, inputs, params, engine)
    const got = await runModelOnTrino(onTrino, inputs, params, { engine, trino })
    if (asked === 'wide') {
      expect(expected.rows).not.toEqual([])
      expect(got.columns).toEqual(expected.columns) // where a text is given as NULL, it is a number in DuckDB
    }
    expect(sortRows(got)).toEqual(sortRows(expected))
    if (isOrdered(onDuckDB.sql)) expect(got.rows).toEqual(expected.rows)
  })
})
