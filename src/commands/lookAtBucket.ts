import type { Connector } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import { formatShare } from '../output/quantities.js'
import { importReports } from '../snapshot/importReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import { type ScanRange, scanBucket } from '../snapshot/scanBucket.js'
import { withImport } from './importSession.js'
import { usualRate } from './scanRun.js'
import { openSource, type SnapshotContext, type SnapshotSession, withSnapshots } from './snapshotSession.js'

/** What a look at a bucket brought into the lake. */
export interface Looked {
  readonly receipt: Receipt
  /** Whether it wasn't there before. */
  readonly isNew: boolean
}

/**
 * Brings the lake up to date with a bucket, as its connector says: by the newest report, or by listing it. Where there is no
 * report, and the connector allows it, the bucket is sampled.
 * @throws {ReportRefusedError} for a report that can't be trusted; the lake is as it was
 */
export async function lookAtBucket(connector: Connector, context: SnapshotContext): Promise<Looked> {
  const { name, scanMode, inventory, sampleRate, fallbackToSample } = connector
  const list = (rate: number) =>
    withSnapshots(context, session => listInto(connector, { scope: '', rate }, session, context))
  if (scanMode !== 'aws_inventory') return list(usualRate(connector))
  const missing = inventory
    ? await importNewest(connector, context)
    : new NotFoundError({ subject: `connector ${name}`, got: 'no inventory' })
  if (!(missing instanceof NotFoundError)) return missing
  if (!fallbackToSample) throw missing
  context.log.warn(`${missing.message}: sampling the bucket instead (${formatShare(sampleRate)})`)
  return list(sampleRate)
}

/** Lists a bucket, or a part of it, into a snapshot. */
export async function listInto(
  connector: Connector,
  range: ScanRange,
  session: SnapshotSession,
  context: SnapshotContext,
): Promise<Looked> {
  const { receipt } = await scanBucket(
    { connector, ...range, limits: session.limits },
    {
      ...session.effects,
      bucket: await openSource(connector, context),
      lake: session.store,
      listed: ({ objectCount }) => context.progress.update({ label: 'list', done: objectCount, unit: 'objects' }),
    },
  )
  return { receipt, isNew: true }
}

/** @returns what was found instead of a report, where there is none */
function importNewest(connector: Connector, context: SnapshotContext): Promise<Looked | NotFoundError> {
  return withImport(context, connector, async ({ limits, effects }) => {
    let isFound = false
    const started: typeof effects.started = report => {
      isFound = true
      effects.started(report)
    }
    const options = { connector, wanted: { which: 'newest' }, again: false, limits } as const
    try {
      for await (const outcome of importReports(options, { ...effects, started }))
        if (outcome.kind !== 'refused') return { receipt: outcome.receipt, isNew: outcome.kind === 'imported' }
    } catch (error) {
      if (isFound || !(error instanceof NotFoundError)) throw error
      return error
    }
    return new NotFoundError({ subject: `connector ${connector.name}`, got: 'no report' })
  })
}
