import { UsageError } from '../errors.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { listNamedViews, registerViews } from '../snapshot/lakeViews.js'
import { lookFor } from '../tables/lookAt.js'
import { listTableQueries } from '../tables/tableQueries.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import type { VerifyOptions } from '../tables/verification.js'
import { verifyTable } from '../tables/verifyTable.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { chooseTables, isShipped, specFolders, type TableFlags } from './tablesSession.js'

interface VerifyFlags extends TableFlags {
  readonly queries?: number
}

interface Chosen {
  readonly table: DeclaredTable
  /** Whether it should be there: nobody may have asked for one that is shipped. */
  readonly isWanted: boolean
}

interface TableCheck extends Check {
  readonly table: string
}

/**
 * Looks at declared tables and tells each step.
 * @throws {NotFoundError} where there is no such table, or no lake
 * @throws {StocktakeError} when a check fails, after all lines
 */
export async function runVerify(name: string | undefined, flags: VerifyFlags, context: Context): Promise<void> {
  const { tables, prices } = context.config
  const { queries: queriesPerMonth = tables.queriesPerMonth } = flags
  if (!Number.isInteger(queriesPerMonth) || queriesPerMonth < 0)
    throw new UsageError({ subject: '--queries', expected: 'a whole number from 0', got: String(queriesPerMonth) })
  const declared = await chooseTables(name, flags, context)
  const isWanted = (table: DeclaredTable) => name !== undefined || declared.length === 1 || !isShipped(table)
  await withLake(context, async session => {
    const options = { queriesPerMonth, prices, slowQueryMs: tables.slowQueryMs }
    const chosen = declared.map(table => ({ table, isWanted: isWanted(table) }))
    const checks = verifyAll(chosen, options, session, context)
    await writeChecks(checks, 'tables verify', context, 'table')
  })
}

async function* verifyAll(
  chosen: readonly Chosen[],
  options: VerifyOptions,
  session: LakeSession,
  context: Context,
): AsyncGenerator<TableCheck> {
  const [ownFolder = ''] = specFolders(context)
  const effects = {
    catalog: session.catalog,
    engine: session.engine,
    listQueries: (table: DeclaredTable) => listTableQueries([table], ownFolder),
    registerOthers: (sql: string) => registerViews(listNamedViews(sql), session, undefined),
    now: context.now,
  }
  for (const { table, isWanted } of chosen)
    if (isWanted || (await isThere(table, session)))
      for await (const check of verifyTable(table, options, effects)) yield { table: table.name, ...check }
    else context.log.notice(`without ${table.name}, which is shipped and was never created here; name it to verify it`)
}

/** What can't be told is for the verification to tell. */
async function isThere({ name, table }: DeclaredTable, { catalog }: LakeSession): Promise<boolean> {
  const found = await lookFor(name, () => catalog.load(table))
  return found.kind === 'failed' || found.value !== undefined
}
