import type { Engine } from '../engine/engine.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { bindInputs, loadModel } from '../models/model.js'
import { trinoType } from '../models/trinoDialect.js'
import { TABLE_VIEWS } from '../snapshot/lakeViews.js'
import type { Entry } from './entry.js'
import { type PrestoView, parsePrestoView, prestoViewInput, type ViewColumn } from './prestoView.js'
import { isOurs, MARKS } from './published.js'

/** A view of the lake, with its columns. */
export interface DescribedView {
  readonly name: string
  /** In Trino's spelling. */
  readonly sql: string
  readonly columns: readonly ViewColumn[]
  /** What one row stands for. */
  readonly grain: string
}

/**
 * The views of the lake whose tables are there, those that others read first. Types of their columns are what DuckDB makes of the
 * SELECT over empty tables of the same columns: who writes them down twice has them differ one day.
 * @param tables by their names
 */
export async function describeViews(tables: ReadonlyMap<string, Table>, engine: Engine): Promise<DescribedView[]> {
  const relations = new Map<string, Relation>()
  for (const [name, table] of tables) relations.set(name, relationOf(table))
  const views: DescribedView[] = []
  for (const name of TABLE_VIEWS) {
    const model = loadModel(`views/${name}`, 'trino')
    const inputs = model.inputs.flatMap(input => {
      const relation = relations.get(input)
      return relation ? [{ input, ...relation }] : []
    })
    if (inputs.length < model.inputs.length) continue
    const selects = Object.fromEntries(inputs.map(({ input, select }) => [input, select]))
    const select = bindInputs(loadModel(`views/${name}`, 'duckdb'), selects)
    const docs = new Map([...DOCS, ...inputs.toReversed().flatMap(input => [...input.docs])])
    const columns = await describeColumns(select, docs, engine)
    relations.set(name, { select, docs: new Map(columns.map(column => [column.name, column.comment ?? ''])) })
    views.push({ name, sql: model.sql, columns, grain: model.grain })
  }
  return views
}

/** What a view reads: its empty SELECT, and what its columns hold. */
interface Relation {
  readonly select: string
  readonly docs: ReadonlyMap<string, string>
}

function relationOf({ metadata }: Table): Relation {
  const schema = currentSchema(metadata)
  return {
    select: selectFiles(schema, []),
    docs: new Map(schema.fields.flatMap(({ name, doc }) => (doc === undefined ? [] : [[name, doc] as const]))),
  }
}

/** Of columns that a view calls otherwise than its tables do. */
const DOCS: readonly (readonly [column: string, doc: string])[] = [
  ['last_modified', 'LastModifiedDate'],
  ['etag', 'ETag'],
  ['updated_at', 'when the snapshot or scan that says so looked, UTC'],
]

async function describeColumns(
  select: string,
  docs: ReadonlyMap<string, string>,
  engine: Engine,
): Promise<ViewColumn[]> {
  const described = await engine.rows(`describe ${select}`)
  return described.map(({ column_name, column_type }) => {
    const name = String(column_name)
    const comment = docs.get(name)
    return { name, type: trinoType(String(column_type)), ...(comment && { comment }) }
  })
}

export interface ViewOptions {
  readonly lakeId: string
  readonly database: string
  /** What engines call Glue's catalog. */
  readonly catalog: string
}

/** A view in Glue, in the form in which Athena and Trino keep theirs. */
export function viewEntry(view: DescribedView, { lakeId, database, catalog }: ViewOptions): Entry {
  const { name, sql, columns, grain } = view
  const presto: PrestoView = { name, sql, catalog, database, columns, comment: grain }
  const parameters = { [MARKS.lake]: lakeId, [MARKS.kind]: 'view' }
  return {
    ...{ kind: 'view', database, name },
    isOurs: found => isOurs(found.parameters, lakeId) && found.parameters[MARKS.kind] === 'view',
    refuse: async ({ viewText }) =>
      parsePrestoView(viewText) === undefined ? 'it is no view of Athena or Trino any more' : undefined,
    make: async found => {
      const input = prestoViewInput(presto, parameters)
      return { input: { ...input, Parameters: { ...found?.parameters, ...input.Parameters } } }
    },
  }
}
