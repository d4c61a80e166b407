import type { Engine } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import type { Table } from '../iceberg/catalog.js'
import { fillQuery, relationNames, toPredicates } from './runTableQuery.js'
import { findScannedBytes } from './scannedBytes.js'
import { selectTableRows } from './selectTableRows.js'
import type { TableQuery } from './tableQueries.js'

/**
 * How many bytes of the table's files a query reads at most, with the defaults of its parameters. It isn't run.
 * @throws {UnsupportedTableError} for a table that can't be read rightly
 * @throws {QueryError} where its columns aren't those of the table
 */
export async function findQueryBytes(query: TableQuery, table: Table, engine: Engine): Promise<number> {
  const { model, params } = fillQuery(query, [])
  const whole = await selectTableRows(table, {})
  const predicates = toPredicates(model.prunes, params, whole.schema)
  const { select, files, schema } = predicates.length === 0 ? whole : await selectTableRows(table, { predicates })
  for (const name of relationNames(query))
    await engine.run(`create or replace view ${quoteIdentifier(name)} as ${select}`)
  return findScannedBytes(model.sql, params, { schema, files }, engine)
}
