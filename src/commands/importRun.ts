import { getConnector } from '../config/connector.js'
import { wantedReports } from '../snapshot/importReports.js'
import type { EngineArgs } from './engineFlag.js'
import type { Context } from './globals.js'
import { elsewhereOf } from './importElsewhere.js'
import { importInto } from './importInto.js'
import { madeTeller } from './madeScreens.js'
import { publishAfter } from './publishAfter.js'

/** What the options of an import say. */
export interface ImportFlags extends EngineArgs {
  readonly manifest?: string
  readonly at?: string
  readonly all?: boolean
  readonly again?: boolean
}

/**
 * Imports what is wanted and tells of each as it is done: in words, or where a program reads, by its receipt.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function runImports(name: string, flags: ImportFlags, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const wanted = { connector, wanted: wantedReports(flags), again: flags.again ?? false }
  await importInto({ ...wanted, elsewhere: elsewhereOf(flags, context) }, context, madeTeller(connector, context))
  await publishAfter(context)
}
