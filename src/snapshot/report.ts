import type { Engine, Params, QueryResult } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import type { Model } from '../models/parseModel.js'
import { replaceParams } from '../models/sqlParams.js'

/** A question to the lake: a model of `sql/reports`, and values for its parameters. */
export interface Report {
  readonly model: Model
  readonly params: Params
}

/** @throws {ModelError} */
export function loadReport(name: string, params: Params): Report {
  const model = loadModel(`reports/${name}`, 'duckdb')
  return { model, params: pickParams(model, params) }
}

/** The report as one statement over the lake's views, with its values in it. */
export const formatReport = ({ model, params }: Report): string =>
  `${replaceParams(model.sql.trim(), name => literal(params[name]))}\n`

/**
 * Runs the report.
 * @param inputs a SELECT for each relation that the model reads; others are left out
 * @throws {QueryError}
 */
export const runReport = (
  { model, params }: Report,
  inputs: Readonly<Record<string, string>>,
  engine: Engine,
): Promise<QueryResult> => {
  const wanted = Object.entries(inputs).filter(([name]) => model.inputs.includes(name))
  return engine.query(bindInputs(model, Object.fromEntries(wanted)), params)
}

const literal = (value: Params[string] | undefined): string => {
  if (typeof value === 'string') return quoteString(value)
  if (typeof value !== 'number') return String(value ?? null)
  const text = String(value)
  return text.includes('e') ? text : `${text}e0` // without an exponent it would be a decimal, or a whole number
}
