import { type NamedView, shownAs } from '../engine/namedView.js'
import type { Catalog } from '../iceberg/catalog.js'
import { LAKE_VIEWS } from '../snapshot/lakeViews.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { findState } from './findState.js'
import { formatShown, loadShown, type ShownTable, type ShownTableEffects } from './shownTables.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable } from './tableSpec.js'

export interface TableViewEffects extends ShownTableEffects {
  readonly catalog: Catalog
}

/**
 * Declared tables as views: each by its short name, unless a view of the lake has that, and as "database"."table". Of those
 * that were not created yet there is none.
 */
export function tableViews(declared: readonly DeclaredTable[], effects: TableViewEffects): MoreViews {
  return {
    names: declared.map(({ table }) => table),
    find: sql =>
      declared
        .filter(({ name, table, database }) => isNamedIn(sql, [name, table.slice(database.length + 1)]))
        .map(({ table }) => table),
    async list() {
      const there = new Set<string>()
      for await (const name of effects.catalog.list()) there.add(name)
      return declared
        .filter(({ table }) => there.has(table))
        .map(({ name, table }) => (hasShortName(name) ? name : table))
    },
    load: (names, options) =>
      loadShown(declared.filter(({ table }) => names.includes(table)).map(asShown), options, effects),
  }
}

/** The statements that make the views in a DuckDB with its iceberg extension; of tables that have rows, which it wants. */
export const formatTableViews = (
  declared: readonly DeclaredTable[],
  place: string,
  catalog: Pick<Catalog, 'load'>,
): Promise<string[]> => formatShown(declared.map(asShown), place, catalog)

const asShown = (declared: DeclaredTable): ShownTable => ({
  name: declared.name,
  table: declared.table,
  absence: `${declared.name} is declared, and not made yet: ${tableCommand(declared, 'create')}`,
  findAsOf: (metadata, at) => findState(metadata, { kind: 'time', at }, declared),
  views: rows => listViews(declared, rows),
})

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

function listViews({ name, table, database }: DeclaredTable, select: string): NamedView[] {
  const short = hasShortName(name) ? [name] : []
  if (TAKEN_SCHEMAS.includes(database)) return short.map(view => ({ name: view, select }))
  const whole = { schema: database, name: table.slice(database.length + 1) }
  return [{ ...whole, select }, ...short.map(view => ({ name: view, select: `select * from ${shownAs(whole)}` }))]
}
