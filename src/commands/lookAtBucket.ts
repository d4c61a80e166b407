import { type Connector, getConnector } from '../config/connector.js'
import { EXIT, StocktakeError } from '../errors.js'
import type { Receipt } from '../snapshot/receipts.js'
import { importInto } from './importInto.js'
import type { SnapshotContext } from './snapshotSession.js'

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
export async function lookAtBucket(connector: Connector, context: SnapshotContext): Promise<Looked[]> {
  const looked: Looked[] = []
  await importInto({ connector, wanted: { which: 'newest' }, again: false }, context, async made => {
    for await (const { kind, receipt } of made) looked.push({ receipt, isNew: kind !== 'unchanged' })
  })
  return looked
}

/** A bucket that couldn't be looked at. */
export interface LookFailure {
  readonly connector: string
  readonly error: StocktakeError
}

/**
 * {@link lookAtBucket} for several connectors. One that can't be looked at doesn't keep the others from being so.
 * @returns what went wrong, which has been told
 */
export async function lookAtBuckets(names: Iterable<string>, context: SnapshotContext): Promise<LookFailure[]> {
  const failures: LookFailure[] = []
  for (const name of names) {
    try {
      const looked = await lookAtBucket(getConnector(context.config.connectors, name), context)
      context.progress.clear()
      for (const { receipt, isNew } of looked) if (isNew) context.log.notice(`looked at ${name}: ${receipt.snapshot}`)
    } catch (error) {
      if (!(error instanceof StocktakeError) || error.exitCode === EXIT.interrupted) throw error
      context.log.warn(`${error.message}; going on with the newest snapshot of ${name}`)
      failures.push({ connector: name, error })
    }
  }
  return failures
}
