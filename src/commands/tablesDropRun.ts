import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
import { countText, formatBytes } from '../output/quantities.js'
import { type Dropping, dropPlanned, planDrop } from '../tables/dropDeclared.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeStore } from './lakeSession.js'
import { isForPeople } from './shown.js'
import { chooseTable, type TableFlags } from './tablesSession.js'

interface DropFlags extends TableFlags {
  readonly yes?: boolean
}

/**
 * Drops a declared table, after asking with what goes. The file that declares it stays.
 * @throws {NotFoundError} where no file declares it, or there is none in the lake
 * @throws {UsageError} where nobody can be asked
 * @throws {ConflictError} where somebody changed the table after it was looked at
 */
export async function runDrop(name: string, flags: DropFlags, context: Context): Promise<void> {
  const declared = await chooseTable(name, flags, context)
  const store = await openLakeStore(context)
  const catalog = await openCatalog(store, context)
  const dropping = await planDrop(declared.table, catalog, store)
  if (!dropping) throw new NotFoundError({ subject: `table ${declared.table}`, got: 'none in this lake' })
  if (!dropping.isRest && !flags.yes && !(await isWanted(dropping, context)))
    throw new StocktakeError({ subject: 'nothing was dropped' })
  const { rows, files, bytes } = dropping
  await audited(
    { action: 'table drop', subject: declared.table },
    context,
    () => dropPlanned(dropping, catalog),
    () => ({ objects: rows, detail: { files, bytes } }),
  )
  if (isForPeople(context.format)) context.log.notice(`dropped ${describe(dropping)}`)
  else await context.write([{ table: declared.table, rows, files, bytes }], COLUMNS)
}

const COLUMNS = ['table', 'rows', 'files', 'bytes'].map(name => ({ name }))

async function isWanted(dropping: Dropping, { ask, progress }: Context): Promise<boolean> {
  progress.clear()
  if (ask) return ask(`drop ${describe(dropping)}? It can't be undone.`)
  throw new UsageError({
    subject: 'tables drop',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was dropped',
  })
}

/** `shop.sales: 3,000 rows and all earlier states, 25 MB in 30 files` */
function describe({ table, isRest, rows, files, bytes }: Dropping): string {
  const size = `${formatBytes(bytes)} in ${countText(files, 'file')}`
  if (isRest) return `what was left of ${table.name}: ${size}`
  return `${table.name}: ${rows === null ? 'rows that nobody counted' : countText(rows, 'row')} and all earlier states, ${size}`
}
