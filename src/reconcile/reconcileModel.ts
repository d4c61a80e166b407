import type { Params } from '../engine/engine.js'
import { bindInputs, type Dialect, loadModel, pickParams } from '../models/model.js'
import { nestModel } from '../models/nestModel.js'
import type { Model } from '../models/parseModel.js'
import { formatReport } from '../snapshot/report.js'

/**
 * A model of `sql/reconcile` as a SELECT with its values in it: DuckDB prepares a pattern once only where it is part of
 * the statement. Inputs without a SELECT are models of the same folder, which are nested in it.
 */
export function selectModel(name: string, params: Params, inputs: Readonly<Record<string, string>>): string {
  const model = loadNested(name, new Set(Object.keys(inputs)), 'duckdb')
  const wanted = Object.entries(inputs).filter(([input]) => model.inputs.includes(input))
  return bindInputs({ sql: formatReport({ model, params: pickParams(model, params) }) }, Object.fromEntries(wanted))
}

/** The rows of all SELECTs, which have the same columns. */
export const unionAll = (selects: readonly string[]): string =>
  selects.map(select => `select * from (${select})`).join('\nunion all\n')

/** A moment as a value of a TIMESTAMP, which is in UTC and has no zone. */
export const timestampText = (time: Date): string => time.toISOString().slice(0, -1)

/** A model of `sql/reconcile`; those of its inputs that aren't given are nested in it. */
export function loadNested(name: string, given: ReadonlySet<string>, dialect: Dialect): Model {
  const model = loadModel(`reconcile/${name}`, dialect)
  const inner = model.inputs.filter(input => !given.has(input))
  return inner.reduce((outer, input) => nestModel(outer, input, loadNested(input, given, dialect)), model)
}
