import { type Connector, getConnector } from '../config/connector.js'
import { UsageError } from '../errors.js'
import { writeText } from '../output/textWriter.js'
import { getChangeTotals } from '../snapshot/changeListing.js'
import type { ImportEffects } from '../snapshot/makeSnapshot.js'
import type { RejectedRows } from '../snapshot/rejectedRows.js'
import { type ScanOutcome, type ScanRange, scanBucket } from '../snapshot/scanBucket.js'
import type { Context } from './globals.js'
import { rejectedText, shownPlace } from './importScreen.js'
import type { LakeSession } from './lakeSession.js'
import { scannedLines } from './scanScreen.js'
import { RECEIPT_COLUMNS } from './snapshotColumns.js'
import { openSource, type SnapshotContext, withSnapshots } from './snapshotSession.js'

/** What the options of a scan say; what they don't, the connector does. */
export interface ScanFlags {
  readonly full?: boolean
  readonly sample?: number
  readonly prefix?: string
}

/**
 * Lists a connector's bucket into a snapshot, and tells of it: in words, or where a program reads, by its receipt.
 * @throws {UsageError} for a share that is none
 */
export async function runScan(name: string, flags: ScanFlags, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const range = rangeOf(flags, connector)
  await withSnapshots(context, session => tellScan(connector, range, session, context))
}

/** As {@link runScan}, in a lake that is open. */
export async function tellScan(
  connector: Connector,
  range: ScanRange,
  session: LakeSession & { readonly effects: ImportEffects },
  context: Context,
): Promise<void> {
  const outcome = await listInto(connector, range, session, context)
  const { receipt } = outcome
  if (context.format !== 'table') return context.write([receipt], RECEIPT_COLUMNS)
  const totals = receipt.base_snapshot === null ? undefined : await getChangeTotals(receipt, session)
  const place = shownPlace(session.place, context.cwd)
  const prices = connector.source.kind === 'bucket' ? context.config.prices : undefined
  const lines = scannedLines(outcome, { totals, place, prices })
  context.progress.clear()
  await writeText(context.stdout, [`${lines.join('\n')}\n`])
}

/** Lists a bucket, or a part of it, into a snapshot. What of it is malformed is told. */
export async function listInto(
  connector: Connector,
  range: ScanRange,
  session: LakeSession & { readonly effects: ImportEffects },
  context: SnapshotContext,
): Promise<ScanOutcome> {
  const outcome = await scanBucket(
    { connector, ...range, limits: session.limits },
    {
      ...session.effects,
      bucket: await openSource(connector, context),
      lake: session.store,
      listed: ({ objectCount }) => context.progress.update({ label: 'list', done: objectCount, unit: 'objects' }),
    },
  )
  tellRejected(outcome.rejected, context)
  return outcome
}

/** Warns of malformed rows. */
export function tellRejected(rows: RejectedRows, { log }: Pick<Context, 'log'>): void {
  const text = rejectedText(rows)
  if (text !== undefined) log.warn(text)
}

/** The share that a connector is sampled with when nothing else is said; all of it unless its scan mode says so. */
export const usualRate = ({ scanMode, sampleRate }: Connector): number => (scanMode === 'sample' ? sampleRate : 1)

function rangeOf({ full, sample, prefix = '' }: ScanFlags, connector: Connector): ScanRange {
  if (sample !== undefined && !(sample > 0 && sample <= 1))
    throw new UsageError({ subject: '--sample', expected: 'a fraction above 0, up to 1', got: String(sample) })
  return { scope: prefix, rate: full ? 1 : (sample ?? usualRate(connector)) }
}
