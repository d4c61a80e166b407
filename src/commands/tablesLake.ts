import { NotFoundError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import type { Context } from './globals.js'
import { openLakeStore, requireFilesCatalog } from './lakeSession.js'
import { chooseTable, type TableFlags } from './tablesSession.js'

/** A declared table that is there, for what needs no engine. */
export interface OpenTable {
  readonly declared: DeclaredTable
  readonly catalog: Catalog
  readonly table: Table
}

/** @throws {NotFoundError} where no file declares it, there is no lake, or it wasn't created yet */
export async function openTable(name: string, flags: TableFlags, context: Context): Promise<OpenTable> {
  const { filesCatalog } = await import('../iceberg/filesCatalog.js')
  requireFilesCatalog(context.config)
  const declared = await chooseTable(name, flags, context)
  const catalog = filesCatalog(await openLakeStore(context), context)
  const table = await catalog.load(declared.table)
  if (table) return { declared, catalog, table }
  const fix = `stocktake tables create ${declared.name}`
  throw new NotFoundError({ subject: `table ${declared.table}`, got: 'none in this lake', fix })
}
