import { getLakePlace } from '../config/config.js'
import { filesCatalog } from '../iceberg/filesCatalog.js'
import { listAuditFiles } from '../lake/auditDays.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { writeText } from '../output/textWriter.js'
import { formatAuditView, formatViews, listViewTables, type ViewDialect } from '../snapshot/viewStatements.js'
import type { Context } from './globals.js'
import { openPlace } from './lakeSession.js'

/** Writes the statements that make the lake's views in another engine. */
export async function printViews(dialect: ViewDialect, context: Context): Promise<void> {
  const place = getLakePlace(context.config)
  const store = await openPlace(place, context)
  const statements = [formatViews(dialect, place, await listViewTables(filesCatalog(store, context)))]
  if (dialect === 'duckdb' && (await hasAudit(store))) statements.push(`\n${formatAuditView(place)}`)
  await writeText(context.stdout, statements)
}

/** Without a record there would be nothing for the view to read. */
async function hasAudit(store: ObjectStore): Promise<boolean> {
  for await (const _ of listAuditFiles(store)) return true
  return false
}
