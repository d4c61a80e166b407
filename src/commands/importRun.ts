import { getConnector } from '../config/connector.js'
import { ReportRefusedError } from '../errors.js'
import { parseReportTime } from '../inventory/reportTime.js'
import { writeText } from '../output/textWriter.js'
import { getChangeTotals } from '../snapshot/changeListing.js'
import { explainRefusal } from '../snapshot/explainRefusal.js'
import { importReports, type ReportOutcome, type WantedReports } from '../snapshot/importReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { Context } from './globals.js'
import { importedLines, rejectedText, shownPlace } from './importScreen.js'
import { type ImportSession, withImport } from './importSession.js'
import { RECEIPT_COLUMNS } from './snapshotColumns.js'

/** Which reports the options ask for. @throws {UsageError} for a time that is none */
export function wantedReports(args: { at?: string; manifest?: string; all?: boolean }): WantedReports {
  if (args.all) return { which: 'all' }
  if (args.at !== undefined) return { which: 'at', at: parseReportTime(args.at) }
  return args.manifest === undefined ? { which: 'newest' } : { which: 'manifest', key: args.manifest }
}

/**
 * Imports the reports and tells of each as it is done: in words, or where a program reads, by its receipt.
 * @throws {ReportRefusedError} for one that can't be trusted; of all, when the others are done
 */
export async function runImports(name: string, wanted: WantedReports, again: boolean, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  let [all, refused] = [0, 0]
  async function* receipts(session: ImportSession): AsyncGenerator<Told> {
    for await (const outcome of importReports({ connector, wanted, again, limits: session.limits }, session.effects)) {
      all++
      if (outcome.kind === 'refused') {
        refused++
        context.log.warn(`refused ${outcome.snapshot}: ${outcome.error.message}`)
        continue
      }
      const rejected = rejectedText(outcome.rejected)
      if (rejected !== undefined) context.log.warn(rejected)
      yield { kind: outcome.kind, receipt: outcome.receipt }
    }
  }
  await withImport(context, connector, async session => {
    try {
      await tell(receipts(session), session, context)
    } catch (error) {
      if (!(error instanceof ReportRefusedError)) throw error
      throw await explainRefusal(error, connector, wanted, session.effects)
    }
  })
  if (refused > 0)
    throw new ReportRefusedError({ subject: `${refused} of ${all} reports`, got: 'refused', fix: 'the others count' })
}

interface Told {
  readonly kind: Exclude<ReportOutcome['kind'], 'refused'>
  readonly receipt: Receipt
}

async function tell(imports: AsyncIterable<Told>, session: ImportSession, context: Context): Promise<void> {
  if (context.format !== 'table') return context.write(receiptsOf(imports), RECEIPT_COLUMNS)
  for await (const screen of screens(imports, session, context)) await writeText(context.stdout, [screen])
}

async function* receiptsOf(imports: AsyncIterable<Told>): AsyncGenerator<Receipt> {
  for await (const { receipt } of imports) yield receipt
}

async function* screens(
  imports: AsyncIterable<Told>,
  session: ImportSession,
  context: Context,
): AsyncGenerator<string> {
  for await (const { kind, receipt } of imports) {
    const lines =
      kind === 'unchanged'
        ? [`already imported: ${receipt.connector} ${receipt.snapshot}; --again imports it once more`]
        : importedLines(
            receipt,
            receipt.base_snapshot === null ? undefined : await getChangeTotals(receipt, session),
            shownPlace(session.place, context.cwd),
          )
    context.progress.clear()
    yield `${lines.join('\n')}\n`
  }
}
