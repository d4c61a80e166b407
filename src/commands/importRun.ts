import { type Connector, getConnector } from '../config/connector.js'
import { NotFoundError, ReportRefusedError } from '../errors.js'
import { parseReportTime } from '../inventory/reportTime.js'
import { writeText } from '../output/textWriter.js'
import { getChangeTotals } from '../snapshot/changeListing.js'
import { explainRefusal } from '../snapshot/explainRefusal.js'
import { importReports, type ReportOutcome, type StartedReport, type WantedReports } from '../snapshot/importReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { Context } from './globals.js'
import { importedLines, shownPlace } from './importScreen.js'
import { type ImportSession, withImport } from './importSession.js'
import { sampleInstead, sampleWithoutInventory } from './sampleInstead.js'
import { runScan, tellRejected } from './scanRun.js'
import { RECEIPT_COLUMNS } from './snapshotColumns.js'

/** Which reports the options ask for. @throws {UsageError} for a time that is none */
export function wantedReports(args: { at?: string; manifest?: string; all?: boolean }): WantedReports {
  if (args.all) return { which: 'all' }
  if (args.at !== undefined) return { which: 'at', at: parseReportTime(args.at) }
  return args.manifest === undefined ? { which: 'newest' } : { which: 'manifest', key: args.manifest }
}

/**
 * Imports what is wanted and tells of each as it is done: in words, or where a program reads, by its receipt.
 *
 * By default that is the newest report; a connector that is scanned is scanned, and one whose report can't be found is
 * sampled, where it says so.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function runImports(name: string, wanted: WantedReports, again: boolean, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const isUsual = wanted.which === 'newest'
  const { scanMode, inventory, fallbackToSample } = connector
  if (isUsual && scanMode !== 'aws_inventory') return runScan(name, {}, context)
  if (isUsual && !inventory && fallbackToSample) return sampleWithoutInventory(connector, context)
  await withImport(context, connector, async session => {
    let isFound = false
    const started = (report: StartedReport): void => {
      isFound = true
      session.effects.started(report)
    }
    try {
      await runReports(connector, wanted, again, { ...session, effects: { ...session.effects, started } }, context)
    } catch (error) {
      const canSample = isUsual && !isFound && fallbackToSample
      if (!canSample || !(error instanceof NotFoundError)) throw error
      await sampleInstead(connector, error, session, context)
    }
  })
}

async function runReports(
  connector: Connector,
  wanted: WantedReports,
  again: boolean,
  session: ImportSession,
  context: Context,
): Promise<void> {
  let [all, refused] = [0, 0]
  async function* receipts(): AsyncGenerator<Told> {
    for await (const outcome of importReports({ connector, wanted, again, limits: session.limits }, session.effects)) {
      all++
      if (outcome.kind === 'refused') {
        refused++
        context.log.warn(`refused ${outcome.snapshot}: ${outcome.error.message}`)
        continue
      }
      tellRejected(outcome.rejected, context)
      yield { kind: outcome.kind, receipt: outcome.receipt }
    }
  }
  try {
    await tell(receipts(), session, context)
  } catch (error) {
    if (!(error instanceof ReportRefusedError)) throw error
    throw await explainRefusal(error, connector, wanted, session.effects)
  }
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
            context.config.prices,
          )
    context.progress.clear()
    yield `${lines.join('\n')}\n`
  }
}
