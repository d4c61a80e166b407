import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import type { Params, ResultColumn } from '../../src/engine/engine.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { openModelEngine, selectNoRows } from '../models/inputs.js'

// Each case is a folder: <model>/<what it shows>/given/<input>.csv, params.json, expect.csv. In the CSV an empty value is
// NULL and "" is the empty text; columns that aren't there are NULL, or not looked at; `why` is for readers.

const casesOf = (model: string) => readdirSync(join(import.meta.dirname, model)).sort()
const models = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort()

let engine: DuckDB
beforeAll(async () => {
  engine = await openModelEngine()
})
afterAll(() => engine.close())

describe.each(models)('%s', name => {
  test.each(casesOf(name))('%s', async caseName => {
    const folder = join(import.meta.dirname, name, caseName)
    const model = loadModel(name, 'duckdb')
    const inputs = await Promise.all(
      model.inputs.map(async input => [input, await selectGiven(folder, input)] as const),
    )
    requireKnownFiles(folder, model.inputs)
    const select = bindInputs(model, Object.fromEntries(inputs))
    const params = pickParams(model, readParams(folder))
    const { columns } = await engine.query(select, params)
    const expected = await selectCsv(join(folder, 'expect.csv'), columns)
    expect(await readTexts(select, expected.columns, params)).toEqual(
      await readTexts(expected.select, expected.columns),
    )
  })
})

const readParams = (folder: string): Params =>
  existsSync(join(folder, 'params.json')) ? JSON.parse(readFileSync(join(folder, 'params.json'), 'utf8')) : {}

function requireKnownFiles(folder: string, inputs: readonly string[]): void {
  const given = readdirSync(join(folder, 'given')).map(file => file.replace(/\.csv$/, ''))
  expect(given.filter(file => !inputs.includes(file))).toEqual([])
}

/** The rows that are given for an input; none where there is no file for it. */
async function selectGiven(folder: string, input: string): Promise<string> {
  const path = join(folder, 'given', `${input}.csv`)
  const none = selectNoRows(input)
  const { columns } = await engine.query(none)
  return existsSync(path) ? (await selectCsv(path, columns)).select : none
}

/** A SELECT of a CSV file with those columns, and which of them the file has. */
async function selectCsv(path: string, columns: readonly ResultColumn[]) {
  const source = `read_csv(${quoteString(path)}, header=true, all_varchar=true, nullstr='', allow_quoted_nulls=false)`
  const found = (await engine.query(`select * from ${source}`)).columns.map(({ name }) => name)
  const unknown = found.filter(name => name !== 'why' && !columns.some(column => column.name === name))
  expect(unknown, path).toEqual([])
  const values = columns.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    return `cast(${found.includes(name) ? column : 'null'} as ${type}) as ${column}`
  })
  return { select: `select ${values.join(', ')} from ${source}`, columns: found.filter(name => name !== 'why') }
}

/** The rows as texts, in a fixed order. */
async function readTexts(select: string, columns: readonly string[], params: Params = {}) {
  const texts = columns.map(name => `cast(${quoteIdentifier(name)} as varchar) as ${quoteIdentifier(name)}`)
  return engine.rows(`select ${texts.join(', ')} from (${select}) order by all`, params)
}
