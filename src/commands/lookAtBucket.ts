import { type Connector, getConnector } from '../config/connector.js'
import { EXIT, NotFoundError, StocktakeError } from '../errors.js'
import { formatShare } from '../output/quantities.js'
import { importReports } from '../snapshot/importReports.js'
import type { Receipt } from '../snapshot/receipts.js'
import { withImport } from './importSession.js'
import { listInto, tellRejected, usualRate } from './scanRun.js'
import { type SnapshotContext, withSnapshots } from './snapshotSession.js'

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
    withSnapshots(context, async session => {
      const { receipt } = await listInto(connector, { scope: '', rate }, session, context)
      return { receipt, isNew: true }
    })
  if (scanMode !== 'aws_inventory') return list(usualRate(connector))
  const missing = inventory
    ? await importNewest(connector, context)
    : new NotFoundError({ subject: `connector ${name}`, got: 'no inventory' })
  if (!(missing instanceof NotFoundError)) return missing
  if (!fallbackToSample) throw missing
  context.log.warn(`${missing.message}: sampling the bucket instead (${formatShare(sampleRate)})`)
  return list(sampleRate)
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
      for await (const outcome of importReports(options, { ...effects, started })) {
        if (outcome.kind === 'refused') continue // of one report that is an error
        tellRejected(outcome.rejected, context)
        return { receipt: outcome.receipt, isNew: outcome.kind === 'imported' }
      }
    } catch (error) {
      if (isFound || !(error instanceof NotFoundError)) throw error
      return error
    }
    return new NotFoundError({ subject: `connector ${connector.name}`, got: 'no report' })
  })
}

/**
 * {@link lookAtBucket} for several connectors. One that can't be looked at doesn't keep the others from being so.
 * @returns what went wrong, which has been told
 */
export async function lookAtBuckets(names: Iterable<string>, context: SnapshotContext): Promise<StocktakeError[]> {
  const failures: StocktakeError[] = []
  for (const name of names) {
    try {
      const { receipt, isNew } = await lookAtBucket(getConnector(context.config.connectors, name), context)
      context.progress.clear()
      if (isNew) context.log.notice(`looked at ${name}: ${receipt.snapshot}`)
    } catch (error) {
      if (!(error instanceof StocktakeError) || error.exitCode === EXIT.interrupted) throw error
      context.log.warn(`${error.message}; going on with the newest snapshot of ${name}`)
      failures.push(error)
    }
  }
  return failures
}
