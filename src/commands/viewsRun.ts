import { getLakePlace } from '../config/config.js'
import { filesCatalog } from '../iceberg/filesCatalog.js'
import { listAuditFiles } from '../lake/auditDays.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { writeText } from '../output/textWriter.js'
import { formatAuditView, formatViews, listViewTables, type ViewDialect } from '../snapshot/viewStatements.js'
import { formatTableViews } from '../tables/tableViews.js'
import type { Context } from './globals.js'
import { openPlace } from './lakeSession.js'
import { listDeclared } from './tableViewsOf.js'

/** Writes the statements that make the lake's views in another engine. */
export async function printViews(dialect: ViewDialect, context: Context): Promise<void> {
  const place = getLakePlace(context.config)
  const store = await openPlace(place, context)
  const catalog = filesCatalog(store, context)
  const statements = [formatViews(dialect, place, await listViewTables(catalog))]
  if (dialect === 'duckdb') {
    if (await hasAudit(store)) statements.push(`\n${formatAuditView(place)}`)
    statements.push(...(await formatTableViews(await listDeclared(context), place, catalog)))
  }
  await writeText(context.stdout, statements)
}

/** Without a record there would be nothing for the view to read. */
async function hasAudit(store: ObjectStore): Promise<boolean> {
  for await (const _ of listAuditFiles(store)) return true
  return false
}
