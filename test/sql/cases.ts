import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect } from 'vitest'
import type { Engine, Params, ResultColumn } from '../../src/engine/engine.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import type { ModelParam } from '../../src/models/modelParams.js'
import { selectNoRows } from '../models/inputs.js'

// Each case is a folder: <model>/<what it shows>/given/<input>.csv, params.json, expect.csv, where the model is named as its
// file in sql/ is (`reports/savings`). In the CSV an empty value is NULL and "" is the empty text; columns that aren't there
// are NULL, or not looked at; `why` is for readers.

export interface SqlCase {
  /** As `loadModel` takes it. */
  readonly model: string
  readonly name: string
  readonly folder: string
}

export interface LoadedCase {
  /** A SELECT of the given rows for each input of the model, for DuckDB. */
  readonly inputs: Readonly<Record<string, string>>
  readonly params: Params
  /** A SELECT of the expected rows, for DuckDB; `columns` are those that the case looks at. */
  readonly expected: { readonly select: string; readonly columns: readonly string[] }
}

/** All cases, by model and name. */
export const listCases = (): SqlCase[] =>
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith(`${sep}expect.csv`))
    .map(path => path.split(sep).slice(0, -1))
    .map(parts => ({
      model: parts.slice(0, -1).join('/'),
      name: parts.at(-1) ?? '',
      folder: join(import.meta.dirname, ...parts),
    }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))

/** @param engine a DuckDB that reads models */
export async function loadCase({ model: name, folder }: SqlCase, engine: Engine): Promise<LoadedCase> {
  const model = loadModel(name, 'duckdb')
  requireKnownFiles(folder, model.inputs)
  const inputs = Object.fromEntries(
    await Promise.all(model.inputs.map(async input => [input, await selectGiven(folder, input, engine)] as const)),
  )
  const params = readParams(folder, model.params)
  const { columns } = await engine.query(bindInputs(model, inputs), pickParams(model, params))
  return { inputs, params, expected: await selectCsv(join(folder, 'expect.csv'), columns, engine) }
}

/** The given values; whole numbers as a person's are, who types them. */
function readParams(folder: string, declared: readonly ModelParam[]): Params {
  const path = join(folder, 'params.json')
  const given: Params = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  const unknown = Object.keys(given).filter(name => !declared.some(param => param.name === name))
  expect(unknown, path).toEqual([])
  const typed = declared.map(({ name, type }) => {
    const value = given[name]
    return [name, typeof value === 'number' && type === 'BIGINT' ? BigInt(value) : value] as const
  })
  return Object.fromEntries(typed.filter((entry): entry is [string, Params[string]] => entry[1] !== undefined))
}

function requireKnownFiles(folder: string, inputs: readonly string[]): void {
  const given = readdirSync(join(folder, 'given')).map(file => file.replace(/\.csv$/, ''))
  expect(given.filter(file => !inputs.includes(file))).toEqual([])
}

/** The rows that are given for an input; none where there is no file for it. */
async function selectGiven(folder: string, input: string, engine: Engine): Promise<string> {
  const path = join(folder, 'given', `${input}.csv`)
  const none = selectNoRows(input)
  const { columns } = await engine.query(none)
  return existsSync(path) ? (await selectCsv(path, columns, engine)).select : none
}

/** A SELECT of a CSV file with those columns, and which of them the file has. */
async function selectCsv(path: string, columns: readonly ResultColumn[], engine: Engine) {
  const source = `read_csv(${quoteString(path)}, header=true, all_varchar=true, nullstr='', allow_quoted_nulls=false, buffer_size=4000000)`
  const found = (await engine.query(`select * from ${source}`)).columns.map(({ name }) => name)
  const unknown = found.filter(name => name !== 'why' && !columns.some(column => column.name === name))
  expect(unknown, path).toEqual([])
  const values = columns.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    return `cast(${found.includes(name) ? column : 'null'} as ${type}) as ${column}`
  })
  return { select: `select ${values.join(', ')} from ${source}`, columns: found.filter(name => name !== 'why') }
}
