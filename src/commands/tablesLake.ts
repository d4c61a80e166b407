import { NotFoundError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { tableCommand } from '../tables/tableCommand.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeOf } from './lakeSession.js'
import { chooseTable, type TableFlags } from './tablesSession.js'

/** A declared table that is there, for what needs no engine. */
export interface OpenTable {
  readonly declared: DeclaredTable
  readonly lakeId: string
  readonly catalog: Catalog
  readonly table: Table
}

/** @throws {NotFoundError} where no file declares it, there is no lake, or it wasn't created yet */
export async function openTable(name: string, flags: TableFlags, context: Context): Promise<OpenTable> {
  const declared = await chooseTable(name, flags, context)
  const { lake } = await openLakeOf(context)
  const catalog = await openCatalog(lake.store, context)
  const table = await catalog.load(declared.table)
  if (table) return { declared, lakeId: lake.id, catalog, table }
  const fix = tableCommand(declared, 'create')
  throw new NotFoundError({ subject: `table ${declared.table}`, got: 'none in this lake', fix })
}
