import type { ShownSnapshot } from '../api/shapes.js'
import type { Connector } from '../config/connector.js'
import { judgeFreshness } from '../snapshot/freshness.js'
import type { Receipt } from '../snapshot/receipts.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import type { Answer } from './answer.js'

const FRESHNESS = { fresh: 'fresh', stale: 'warn', 'too old': 'error' } as const

/** A snapshot as it stands wherever its numbers do. @param connector as it is configured; nothing where it isn't */
export function toShownSnapshot(receipt: Receipt, connector: Connector | undefined, now: Date): Answer<ShownSnapshot> {
  const { snapshot, source, sample_rate, base_snapshot } = receipt
  const freshness = judgeFreshness(receipt, connector, now)
  return {
    ...{ connector: receipt.connector, snapshot, source, sample_rate, base_snapshot },
    taken_at: parseSnapshotName(snapshot),
    freshness: freshness ? FRESHNESS[freshness] : 'none',
  }
}
