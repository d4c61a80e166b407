import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Params } from '../engine/engine.js'
import { StocktakeError } from '../errors.js'
import { packageFolder } from '../packageFolder.js'
import { listParams } from './sqlParams.js'

export type Dialect = 'duckdb' | 'trino'

/** A SELECT in a file, with what its header says of it. */
export interface Model {
  readonly name: string
  /** What one row stands for. */
  readonly grain: string
  /** The question that it answers as a report; not every model is one. */
  readonly question?: string
  /** Names of the relations it reads; whoever runs it provides them. */
  readonly inputs: readonly string[]
  readonly params: readonly ModelParam[]
  /** The SELECT without its header. */
  readonly sql: string
}

export interface ModelParam {
  /** As in `$name`. */
  readonly name: string
  readonly type: string
}

/** A model's file that can't be used as it is. */
export class ModelError extends StocktakeError {}

/** Loads `sql/<name>.sql`, or its sibling for the dialect where there is one. @throws {ModelError} */
export function loadModel(name: string, dialect: Dialect): Model {
  const own = modelPath(`${name}.${dialect}`)
  const path = existsSync(own) ? own : modelPath(name)
  return parseModel(readFileSync(path, 'utf8'), path)
}

/** Loads the SQL of a check, `sql/checks/<model>/<name>.sql`: its rows are the violations. */
export function loadCheck(model: string, name: string): { readonly failsWhen: string; readonly sql: string } {
  const path = modelPath(join('checks', model, name))
  const { header, sql } = parseHeader(readFileSync(path, 'utf8'))
  return { failsWhen: requireHeader(header, 'fails when', path), sql }
}

/** A model's SELECT over given relations: `inputs` has a SELECT for each of the names in its header. */
export function bindInputs(model: Pick<Model, 'sql'>, inputs: Readonly<Record<string, string>>): string {
  const relations = Object.entries(inputs).map(([name, select]) => `${name} as (\n${select}\n)`)
  return `with ${relations.join(',\n')}\nselect * from (\n${model.sql}\n)`
}

/** The parameters that a model takes: DuckDB refuses those that a statement doesn't use. */
export const pickParams = ({ params: wanted }: Pick<Model, 'params'>, params: Params): Params =>
  Object.fromEntries(wanted.map(({ name }) => [name, params[name] ?? null]))

const modelPath = (name: string): string => join(packageFolder(), 'sql', `${name}.sql`)

/** Parses a model's text. @throws {ModelError} if its header lacks a line or names a parameter that its SQL doesn't use */
export function parseModel(text: string, path: string): Model {
  const { header, sql } = parseHeader(text)
  const params = parseParams(header.get('params') ?? '')
  const used = new Set(sql.match(/\$[a-z_]+/g)?.map(param => param.slice(1)))
  const declared = new Set(params.map(param => param.name))
  const stray = [...used].find(name => !declared.has(name)) ?? [...declared].find(name => !used.has(name))
  if (stray !== undefined)
    throw new ModelError({ subject: path, expected: 'the same parameters in header and SQL', got: `$${stray} in one` })
  return {
    name: requireHeader(header, 'model', path),
    grain: requireHeader(header, 'grain', path),
    ...questionOf(header),
    inputs: parseNames(header.get('inputs') ?? ''),
    params,
    sql,
  }
}

/** A model in a person's own file: a SELECT, of whose header every line may be missing. */
export function parseOwnModel(text: string, name: string): Model {
  const { header, sql } = parseHeader(text.replace(/^\uFEFF/, ''))
  const declared = parseParams(header.get('params') ?? '')
  return {
    name,
    grain: header.get('grain') ?? '',
    ...questionOf(header),
    inputs: parseNames(header.get('inputs') ?? ''),
    params: listParams(sql).map(name => declared.find(param => param.name === name) ?? { name, type: 'VARCHAR' }),
    sql,
  }
}

const questionOf = (header: ReadonlyMap<string, string>): Pick<Model, 'question'> => {
  const question = header.get('report')
  return question === undefined ? {} : { question }
}

interface ParsedText {
  readonly header: ReadonlyMap<string, string>
  readonly sql: string
}

/** Lines of `-- name: value` at the top; a comment line without a name goes on with the value before. */
function parseHeader(text: string): ParsedText {
  const header = new Map<string, string>()
  const lines = text.split(/\r?\n/)
  let name = ''
  let i = 0
  for (; lines[i]?.startsWith('--'); i++) {
    const line = lines[i] ?? ''
    const named = /^-- ([a-z]+(?: when)?):\s+(.*)$/.exec(line)
    if (named?.[1] !== undefined) name = named[1]
    const value = named?.[2] ?? line.replace(/^--\s*/, '')
    header.set(name, [header.get(name), value].filter(part => part !== undefined).join(' '))
  }
  return { header, sql: lines.slice(i).join('\n').trim() }
}

function requireHeader(header: ReadonlyMap<string, string>, name: string, path: string): string {
  const value = header.get(name)
  if (value === undefined) throw new ModelError({ subject: path, expected: `a line "-- ${name}:" in its header` })
  return value
}

/** `a, b  (what they are)` without the remarks. */
const parseNames = (text: string): string[] => text.replaceAll(/\([^)]*\)/g, '').match(/[a-z_0-9]+/g) ?? []

const parseParams = (text: string): ModelParam[] =>
  [...text.matchAll(/\$([A-Za-z_]\w*) ([A-Z]+)/g)].map(([, name = '', type = '']) => ({ name, type }))
