import { type Connector, getConnector } from '../config/connector.js'
import { UsageError } from '../errors.js'
import { requireKeyPrefix } from '../snapshot/keyPrefix.js'
import type { ImportEffects } from '../snapshot/makeSnapshot.js'
import type { RejectedRows } from '../snapshot/rejectedRows.js'
import { type ScanRange, scanBucket } from '../snapshot/scanBucket.js'
import { recordSnapshot } from './audited.js'
import { withAuditedTurn } from './connectorTurn.js'
import type { Context } from './globals.js'
import { rejectedText } from './importScreen.js'
import type { LakeSession } from './lakeSession.js'
import { type Made, madeTeller, type TellMade } from './madeScreens.js'
import { publishAfter } from './publishAfter.js'
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
  await scanInto(connector, scanRange(flags, connector), context, madeTeller(connector, context))
  await publishAfter(context)
}

/** Lists a bucket, or a part of it, into a snapshot of a lake that this opens. */
export const scanInto = (
  connector: Connector,
  range: ScanRange,
  context: SnapshotContext,
  tell: TellMade,
): Promise<void> =>
  withAuditedTurn(connector, 'scan', context, context =>
    withSnapshots(context, session => tell(listInto(connector, range, session, context), session)),
  )

/** As {@link scanInto}, in a lake that is open. What of it is malformed is told. */
export async function* listInto(
  connector: Connector,
  range: ScanRange,
  session: LakeSession & { readonly effects: ImportEffects },
  context: SnapshotContext,
): AsyncGenerator<Made> {
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
  await recordSnapshot('scan', outcome.receipt, 'done', context)
  yield { kind: 'scanned', ...outcome }
}

/** Warns of malformed rows. */
export function tellRejected(rows: RejectedRows, { log }: Pick<Context, 'log'>): void {
  const text = rejectedText(rows)
  if (text !== undefined) log.warn(text)
}

/** The share that a connector is sampled with when nothing else is said; all of it unless its scan mode says so. */
export const usualRate = ({ scanMode, sampleRate }: Connector): number => (scanMode === 'sample' ? sampleRate : 1)

/** What the options of a scan ask for. @throws {UsageError} for a share that is none, and a prefix that no key has */
export function scanRange({ full, sample, prefix = '' }: ScanFlags, connector: Connector): ScanRange {
  if (sample !== undefined && !(sample > 0 && sample <= 1))
    throw new UsageError({ subject: '--sample', expected: 'a fraction above 0, up to 1', got: String(sample) })
  return { scope: requireKeyPrefix(prefix, '--prefix'), rate: full ? 1 : (sample ?? usualRate(connector)) }
}
