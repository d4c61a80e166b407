import { getConnector } from '../config/connector.js'
import { parseReportTime } from '../inventory/reportTime.js'
import type { WantedReports } from '../snapshot/importReports.js'
import type { Context } from './globals.js'
import { importInto } from './importInto.js'
import { madeTeller } from './madeScreens.js'

/** Which reports the options ask for. @throws {UsageError} for a time that is none */
export function wantedReports(args: { at?: string; manifest?: string; all?: boolean }): WantedReports {
  if (args.all) return { which: 'all' }
  if (args.at !== undefined) return { which: 'at', at: parseReportTime(args.at) }
  return args.manifest === undefined ? { which: 'newest' } : { which: 'manifest', key: args.manifest }
}

/**
 * Imports what is wanted and tells of each as it is done: in words, or where a program reads, by its receipt.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function runImports(name: string, wanted: WantedReports, again: boolean, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  await importInto({ connector, wanted, again }, context, madeTeller(connector, context))
}
