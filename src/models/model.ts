import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Params } from '../engine/engine.js'
import { packageFolder } from '../packageFolder.js'
import { parseHeader, requireHeader } from './header.js'
import { nestModel } from './nestModel.js'
import { type Model, parseModel } from './parseModel.js'

export type Dialect = 'duckdb' | 'trino'

/**
 * Loads `sql/<name>.sql`, or its sibling for the dialect where there is one. Inputs that are models of `sql/shared` are
 * nested in it.
 * @throws {ModelError}
 */
export function loadModel(name: string, dialect: Dialect): Model {
  const own = modelPath(`${name}.${dialect}`)
  const path = existsSync(own) ? own : modelPath(name)
  return nestShared(parseModel(readFileSync(path, 'utf8'), path), dialect)
}

/** The model, and nested in it those of its inputs that are models of `sql/shared`. @throws {ModelError} */
export function nestShared(model: Model, dialect: Dialect): Model {
  const shared = model.inputs.filter(input => existsSync(modelPath(`shared/${input}`)))
  return shared.reduce((outer, input) => nestModel(outer, input, loadModel(`shared/${input}`, dialect)), model)
}

/** Loads the SQL of a check, `sql/checks/<model>/<name>.sql`: its rows are the violations. */
export function loadCheck(model: string, name: string): { readonly failsWhen: string; readonly sql: string } {
  const path = modelPath(join('checks', model, name))
  const header = parseHeader(readFileSync(path, 'utf8'), path)
  return { failsWhen: requireHeader(header, 'fails when'), sql: header.sql }
}

/** A model's SELECT over given relations: `inputs` has a SELECT for each of the names in its header. */
export function bindInputs(model: Pick<Model, 'sql'>, inputs: Readonly<Record<string, string>>): string {
  const relations = Object.entries(inputs).map(([name, select]) => `${name} as (\n${select}\n)`)
  return `with ${relations.join(',\n')}\nselect * from (\n${model.sql}\n)`
}

/** The parameters that a model takes, with its defaults: DuckDB refuses those that a statement doesn't use. */
export const pickParams = ({ params: wanted }: Pick<Model, 'params'>, params: Params): Params =>
  Object.fromEntries(wanted.map(({ name, fallback }) => [name, params[name] ?? fallback ?? null]))

const modelPath = (name: string): string => join(packageFolder(), 'sql', `${name}.sql`)
