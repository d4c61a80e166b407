import type { Catalog, Table } from '../iceberg/catalog.js'
import { listAuditFiles } from '../lake/auditDays.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { writeText } from '../output/textWriter.js'
import { formatAuditView, formatViews, listViewTables, type ViewDialect } from '../snapshot/viewStatements.js'
import { formatStreamViews } from '../streams/streamViews.js'
import { formatTableViews } from '../tables/tableViews.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeOf } from './lakeSession.js'
import { listDeclared } from './tableViewsOf.js'

/** Writes the statements that make the lake's views in another engine. */
export async function printViews(dialect: ViewDialect, context: Context): Promise<void> {
  const { place, lake } = await openLakeOf(context)
  const { store } = lake
  const catalog = await openCatalog(store, context)
  const tables = await listViewTables(catalog)
  const loaded = lake.authority.type === 'glue' ? await loadTables(tables, catalog) : undefined
  const statements = [formatViews(dialect, place, tables, loaded)]
  if (dialect === 'duckdb') {
    if (await hasAudit(store)) statements.push(`\n${formatAuditView(place)}`)
    statements.push(...(await formatTableViews(await listDeclared(context), place, catalog)))
    statements.push(...(await formatStreamViews(context.config.streams, place, catalog)))
  }
  await writeText(context.stdout, statements)
}

async function loadTables(names: Iterable<string>, catalog: Catalog): Promise<ReadonlyMap<string, Table>> {
  const tables = new Map<string, Table>()
  for (const name of names) {
    const table = await catalog.load(name)
    if (table) tables.set(name, table)
  }
  return tables
}

/** Without a record there would be nothing for the view to read. */
async function hasAudit(store: ObjectStore): Promise<boolean> {
  for await (const _ of listAuditFiles(store)) return true
  return false
}
