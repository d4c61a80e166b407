import { getConnector } from '../config/connector.js'
import type { WantedReports } from '../snapshot/importReports.js'
import type { Context } from './globals.js'
import { importInto } from './importInto.js'
import { madeTeller } from './madeScreens.js'

/**
 * Imports what is wanted and tells of each as it is done: in words, or where a program reads, by its receipt.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function runImports(name: string, wanted: WantedReports, again: boolean, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  await importInto({ connector, wanted, again }, context, madeTeller(connector, context))
}
