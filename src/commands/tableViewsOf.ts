import { StocktakeError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { joinViews, type MoreViews, noMoreViews } from '../snapshot/moreViews.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import type { Context } from './globals.js'
import { findTables, type TableFlags } from './tablesSession.js'

type ViewContext = Pick<Context, 'config' | 'cwd' | 'log'>

/**
 * The declared tables and those of streams as views; of declared ones none, with a warning, where a file that declares one
 * can't be understood.
 */
export async function tableViewsOf(catalog: Catalog, context: ViewContext, flags: TableFlags = {}): Promise<MoreViews> {
  return joinViews([await declaredViewsOf(catalog, context, flags), await streamViewsOf(catalog, context)])
}

async function streamViewsOf(catalog: Catalog, { config, log }: ViewContext): Promise<MoreViews> {
  if (config.streams.length === 0) return noMoreViews
  const { streamViews } = await import('../streams/streamViews.js')
  const told = { notice: (message: string) => log.notice(message), warn: (message: string) => log.warn(message) }
  return streamViews(config.streams, { catalog, ...told })
}

async function declaredViewsOf(catalog: Catalog, context: ViewContext, flags: TableFlags): Promise<MoreViews> {
  const { log } = context
  const declared = await listDeclared(context, flags)
  if (declared.length === 0) return noMoreViews
  const { tableViews } = await import('../tables/tableViews.js')
  return tableViews(declared, { catalog, notice: message => log.notice(message), warn: message => log.warn(message) })
}

/** Those that are declared: a mistake in one of their files is no reason to show nothing of what isn't declared there. */
export async function listDeclared(context: ViewContext, flags: TableFlags = {}): Promise<readonly DeclaredTable[]> {
  try {
    return await findTables(flags, context)
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    context.log.warn(`without the declared tables: ${error.message}`)
    return []
  }
}
