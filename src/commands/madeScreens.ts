import type { Connector } from '../config/connector.js'
import { writeText } from '../output/textWriter.js'
import { getChangeTotals } from '../snapshot/changeListing.js'
import type { ReportOutcome } from '../snapshot/importReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { ScanOutcome } from '../snapshot/scanBucket.js'
import type { Context } from './globals.js'
import { importedLines, lossText, shownPlace } from './importScreen.js'
import type { LakeSession } from './lakeSession.js'
import { scannedLines } from './scanScreen.js'
import { RECEIPT_COLUMNS } from './snapshotColumns.js'

/** A snapshot that was made, or that was there. */
export type Made =
  | { readonly kind: Exclude<ReportOutcome['kind'], 'refused'>; readonly receipt: Receipt }
  | ({ readonly kind: 'scanned' } & Pick<ScanOutcome, 'receipt' | 'estimate'>)

/** What is done with snapshots as they are made: told to a person, written for a program, kept as a job's result. */
export type TellMade = (made: AsyncIterable<Made>, session: LakeSession) => Promise<void>

/** Tells of each snapshot as it is made: in words, or where a program reads, by its receipt. */
export const madeTeller =
  (connector: Connector, context: Context): TellMade =>
  async (made, session) => {
    if (context.format !== 'table') return context.write(receiptsOf(made), RECEIPT_COLUMNS)
    for await (const each of made) {
      const lines = await madeLines(each, connector, session, context)
      context.progress.clear()
      await writeText(context.stdout, [`${lines.join('\n')}\n`])
    }
  }

async function* receiptsOf(made: AsyncIterable<Made>): AsyncGenerator<Receipt> {
  for await (const { receipt } of made) yield receipt
}

async function madeLines(
  made: Made,
  { source }: Connector,
  session: LakeSession,
  { config: { prices }, cwd, log }: Context,
): Promise<string[]> {
  const { receipt } = made
  if (made.kind === 'unchanged')
    return [`already imported: ${receipt.connector} ${receipt.snapshot}; --again imports it once more`]
  const totals = receipt.base_snapshot === null ? undefined : await getChangeTotals(receipt, session)
  const loss = totals && lossText(receipt, totals)
  if (loss !== undefined) log.warn(loss)
  const place = shownPlace(session.place, cwd)
  if (made.kind === 'imported') return importedLines(receipt, totals, place, prices)
  return scannedLines(made, { totals, place, prices: source.kind === 'bucket' ? prices : undefined })
}
