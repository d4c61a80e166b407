import type { Connector } from '../config/connector.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'

export type Freshness = 'fresh' | 'stale' | 'too old'

/**
 * How a connector's newest snapshot stands against the ages that its `freshness` sets; `undefined` where none is expected:
 * of a connector that isn't declared, or that is imported by hand and has no `freshness` of its own.
 */
export function judgeFreshness(
  receipt: Pick<Receipt, 'snapshot'>,
  connector: Connector | undefined,
  now: Date,
): Freshness | undefined {
  if (!connector || !expectsFresh(connector)) return undefined
  const ageMs = now.getTime() - parseSnapshotName(receipt.snapshot).getTime()
  const { warnAfterMs, errorAfterMs } = connector.freshness
  return ageMs > errorAfterMs ? 'too old' : ageMs > warnAfterMs ? 'stale' : 'fresh'
}

/** Whether new snapshots are expected of a connector: by its schedule, or by the ages that its settings give. */
export const expectsFresh = ({ schedule, freshness }: Pick<Connector, 'schedule' | 'freshness'>): boolean =>
  schedule !== 'manual' || freshness.isGiven
