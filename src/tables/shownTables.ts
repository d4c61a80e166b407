import { type NamedView, viewStatements } from '../engine/namedView.js'
import { quoteString } from '../engine/sqlText.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from '../iceberg/metadata.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { scannedPath } from '../snapshot/viewStatements.js'
import { selectTableRows } from './selectTableRows.js'

/** A table that is shown as views. */
export interface ShownTable {
  /** What it is called in warnings. */
  readonly name: string
  /** As the catalog calls it. */
  readonly table: string
  /** What is said where somebody asked for it and it isn't there. */
  readonly absence: string
  /** The state that it had at a time. @throws {NotFoundError} where there is none */
  readonly findAsOf: (metadata: TableMetadata, at: Date) => Snapshot
  /** Its views of a SELECT of its rows, in the order in which they are made. */
  readonly views: (rows: string) => readonly NamedView[]
}

export interface ShownTableEffects {
  readonly catalog: Pick<Catalog, 'load'>
  /** Told of a table that was asked for and isn't there. */
  readonly notice: (message: string) => void
  /** Told of a table that can't be read, where nobody asked for it by its name. */
  readonly warn: (message: string) => void
}

/** As {@link MoreViews.load} loads the views of those tables. */
export async function loadShown(
  shown: readonly ShownTable[],
  { isNamed, asOf }: Parameters<MoreViews['load']>[1],
  { catalog, notice, warn }: ShownTableEffects,
): Promise<NamedView[]> {
  const views: NamedView[] = []
  for (const each of shown) {
    try {
      const table = await catalog.load(each.table)
      if (table) views.push(...each.views(await selectAsOf(each, table, asOf)))
      else if (isNamed) notice(each.absence)
    } catch (error) {
      if (isNamed || !(error instanceof StocktakeError)) throw error
      if (!(error instanceof NotFoundError)) warn(`without ${each.name}: ${error.message}`)
    }
  }
  return views
}

async function selectAsOf({ findAsOf }: ShownTable, table: Table, asOf: Date | undefined): Promise<string> {
  const state = asOf && findAsOf(table.metadata, asOf)
  const { select } = await selectTableRows(table, state ? { snapshotId: state['snapshot-id'] } : {})
  return select
}

/** The statements that make the views in a DuckDB with its iceberg extension; of tables that have rows, which it wants. */
export async function formatShown(
  shown: readonly ShownTable[],
  place: string,
  catalog: Pick<Catalog, 'load'>,
): Promise<string[]> {
  const statements: string[] = []
  for (const each of shown) {
    const table = await catalog.load(each.table)
    if (!table || !currentSnapshot(table.metadata)) continue
    const path = quoteString(scannedPath(place, each.table, table))
    const rows = `select * from iceberg_scan(${path}, allow_moved_paths = true)`
    statements.push(`\n${each.views(rows).flatMap(viewStatements).join(';\n')};\n`)
  }
  return statements
}
