import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { LAKE_VIEWS } from '../snapshot/lakeViews.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { scannedPath } from '../snapshot/viewStatements.js'
import { findState } from './findState.js'
import { selectTableRows } from './selectTableRows.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable } from './tableSpec.js'

export interface TableViewEffects {
  readonly catalog: Catalog
  /** Told of a table that was asked for and isn't there. */
  readonly notice: (message: string) => void
  /** Told of a table that can't be read, where nobody asked for it by its name. */
  readonly warn: (message: string) => void
}

/**
 * Declared tables as views: each by its short name, unless a view of the lake has that, and as "database"."table". Of those
 * that were not created yet there is none.
 */
export function tableViews(declared: readonly DeclaredTable[], { catalog, notice, warn }: TableViewEffects): MoreViews {
  return {
    names: declared.map(({ table }) => table),
    find: sql =>
      declared
        .filter(({ name, table, database }) => isNamedIn(sql, [name, table.slice(database.length + 1)]))
        .map(({ table }) => table),
    async list() {
      const there = new Set<string>()
      for await (const name of catalog.list()) there.add(name)
      return declared
        .filter(({ table }) => there.has(table))
        .map(({ name, table }) => (hasShortName(name) ? name : table))
    },
    async load(names, { isNamed, asOf }) {
      const statements: string[] = []
      for (const each of declared.filter(({ table }) => names.includes(table))) {
        try {
          const table = await catalog.load(each.table)
          if (table) statements.push(...(await viewsOf(each, table, asOf)))
          else if (isNamed) notice(`${each.name} is declared, and not made yet: ${tableCommand(each, 'create')}`)
        } catch (error) {
          if (isNamed || !(error instanceof StocktakeError)) throw error
          if (!(error instanceof NotFoundError)) warn(`without ${each.name}: ${error.message}`)
        }
      }
      return statements
    },
  }
}

/** The statements that make the views in a DuckDB with its iceberg extension; of tables that have rows, which it wants. */
export async function formatTableViews(
  declared: readonly DeclaredTable[],
  place: string,
  catalog: Catalog,
): Promise<string[]> {
  const statements: string[] = []
  for (const each of declared) {
    const table = await catalog.load(each.table)
    if (!table || !currentSnapshot(table.metadata)) continue
    const path = quoteString(scannedPath(place, each.table, table))
    const select = `select * from iceberg_scan(${path}, allow_moved_paths = true)`
    statements.push(`\n${viewStatements(each, select).join(';\n')};\n`)
  }
  return statements
}

/** A view of the lake stays what it is. */
const hasShortName = (name: string): boolean => !LAKE_VIEWS.some(view => view === name.toLowerCase())

/** Names of what DuckDB has already, in which no view can be made. */
const TAKEN_SCHEMAS = ['information_schema', 'pg_catalog', 'main', 'temp', 'system']

/** Whether a statement has one of the names; perhaps in a text or a comment. */
export function isNamedIn(sql: string, names: Iterable<string>): boolean {
  const text = sql.toLowerCase()
  return [...names].some(each =>
    new RegExp(`(?<![a-z0-9_])${escapePattern(each.toLowerCase())}(?![a-z0-9_])`).test(text),
  )
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

async function viewsOf(declared: DeclaredTable, table: Table, asOf: Date | undefined): Promise<string[]> {
  const state = asOf && findState(table.metadata, { kind: 'time', at: asOf }, declared)
  const { select } = await selectTableRows(table, state ? { snapshotId: state['snapshot-id'] } : {})
  return viewStatements(declared, select)
}

function viewStatements({ name, table, database }: DeclaredTable, select: string): string[] {
  const short = hasShortName(name) ? [quoteIdentifier(name)] : []
  if (TAKEN_SCHEMAS.includes(database)) return short.map(view => `create or replace view ${view} as ${select}`)
  const [schema, whole] = [database, table.slice(database.length + 1)].map(quoteIdentifier)
  return [
    `create schema if not exists ${schema}`,
    `create or replace view ${schema}.${whole} as ${select}`,
    ...short.map(view => `create or replace view ${view} as select * from ${schema}.${whole}`),
  ]
}
