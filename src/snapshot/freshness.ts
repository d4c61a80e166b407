import type { Connector } from '../config/connector.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'

export type Freshness = 'fresh' | 'stale' | 'too old'

/**
 * How a connector's newest snapshot stands against the ages that its `freshness` sets; `undefined` where none is expected:
 * of a connector that isn't declared, or whose schedule is manual.
 */
export function judgeFreshness(
  receipt: Pick<Receipt, 'snapshot'>,
  connector: Connector | undefined,
  now: Date,
): Freshness | undefined {
  if (!connector || connector.schedule === 'manual') return undefined
  const ageMs = now.getTime() - parseSnapshotName(receipt.snapshot).getTime()
  const { warnAfterMs, errorAfterMs } = connector.freshness
  return ageMs > errorAfterMs ? 'too old' : ageMs > warnAfterMs ? 'stale' : 'fresh'
}
