import type { Engine, Params } from '../../src/engine/engine.js'
import { quoteIdentifier } from '../../src/engine/sqlText.js'
import { bindInputs, pickParams } from '../../src/models/model.js'
import type { Model } from '../../src/models/parseModel.js'
import { formatTrinoLiteral, renderTrino, trinoType } from '../../src/models/trinoDialect.js'
import { runOnTrino, type TrinoResult } from './trinoClient.js'

/** Rows of an engine, spelled in one way for both. */
export interface Rows {
  /** Types by Trino's names. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** Runs a model on DuckDB. @param inputs a SELECT for each input, for DuckDB */
export const runModelOnDuckDB = (
  model: Model,
  inputs: Readonly<Record<string, string>>,
  params: Params,
  engine: Engine,
): Promise<Rows> => readOnDuckDB(bindInputs(model, inputs), pickParams(model, params), engine)

/** Runs a model on Trino, over the rows that DuckDB's SELECTs give. */
export async function runModelOnTrino(
  model: Model,
  inputs: Readonly<Record<string, string>>,
  params: Params,
  { engine, trino }: { readonly engine: Engine; readonly trino: string },
): Promise<Rows> {
  const given: Record<string, string> = {}
  for (const [name, select] of Object.entries(inputs)) given[name] = await selectTexts(select, engine)
  return fromTrino(await runOnTrino(trino, renderTrino(model, params, given)))
}

/** A statement's rows on Trino, spelled as {@link readOnDuckDB} spells them. */
export const readOnTrino = async (sql: string, trino: string): Promise<Rows> => fromTrino(await runOnTrino(trino, sql))

/** A SELECT's rows, and its columns by the names that Trino would give their types. */
export async function readOnDuckDB(select: string, params: Params, engine: Engine): Promise<Rows> {
  const { columns, rows } = await readTexts(select, params, engine)
  return {
    columns: columns.map(({ name, type }) => ({ name, type: columnType(type) })),
    rows: rows.map(row => row.map((text, i) => spell(text, columnType(columns[i]?.type ?? '')))),
  }
}

/** The rows by columns of these names, in an order that both engines agree on. */
export function sortRows(
  { columns, rows }: Rows,
  names: readonly string[] = columns.map(({ name }) => name),
): string[] {
  const places = names.map(name => columns.findIndex(column => column.name === name))
  return rows.map(row => JSON.stringify(places.map(place => row[place] ?? null))).sort()
}

async function readTexts(select: string, params: Params, engine: Engine) {
  const { columns } = await engine.query(select, params)
  const texts = columns.map(({ name }) => `cast(${quoteIdentifier(name)} as varchar) as ${quoteIdentifier(name)}`)
  const found = await engine.rows(`select ${texts.join(', ')} from (${select})`, params)
  return { columns, rows: found.map(row => columns.map(({ name }) => textOf(row[name]))) }
}

/** As {@link trinoType}, and of the types that columns have and parameters don't. */
const columnType = (type: string): string =>
  type.startsWith('DECIMAL') ? type.toLowerCase() : type === 'DOUBLE[]' ? 'array(double)' : trinoType(type)

/** A text of DuckDB's as a value: that of a list is JSON, but for NULL. */
const castText = (name: string, type: string): string =>
  type === 'DOUBLE[]' ? `cast(json_parse(lower(${name})) as array(double))` : `cast(${name} as ${columnType(type)})`

const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))

/**
 * What DuckDB's SELECT gives as a SELECT for Trino. The rows are texts in one literal: as values they would be thousands of
 * expressions, which takes Trino a second or more for each statement.
 */
async function selectTexts(select: string, engine: Engine): Promise<string> {
  const { columns, rows } = await readTexts(select, {}, engine)
  const names = columns.map(({ name }) => quoteIdentifier(name))
  const casts = columns.map(({ type }, i) => `${castText(names[i] ?? '', type)} as ${names[i]}`)
  const fields = names.map(name => `${name} varchar`)
  const json = formatTrinoLiteral('VARCHAR', JSON.stringify(rows), 'given rows')
  const source = `unnest(cast(json_parse(${json}) as array(row(${fields.join(', ')}))))`
  return `select ${casts.join(', ')} from ${source} as given (${names.join(', ')})`
}

const fromTrino = ({ columns, rows }: TrinoResult): Rows => ({
  columns: columns.map(({ name, type }) => ({
    name,
    type: type.replace(/^varchar\(\d+\)$/, 'varchar').replace(', ', ','),
  })),
  rows: rows.map(row => row.map((value, i) => spell(textOf(value), columns[i]?.type ?? ''))),
})

/** Engines write zeros after the point, and the last digits of a sum of doubles, as they like. */
function spell(text: string | null, type: string): string | null {
  if (text === null) return null
  if (type.startsWith('timestamp')) return text.replace(/\.0*$|(\.\d*[1-9])0+$/, '$1')
  if (type === 'double') return Number(text).toPrecision(12)
  return text
}
