import { createHash, randomUUID } from 'node:crypto'
import type { Connector } from '../config/connector.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { LakeEffects } from './lakeTables.js'
import { findReceipt } from './receipts.js'
import { formatScanName } from './snapshotName.js'

/** The name of a scan's snapshot, which no other scan of the same scope can have meanwhile. */
export interface ClaimedName {
  readonly snapshot: string
  /** To be called when the snapshot is there, or will never be. */
  release(): Promise<void>
}

export interface NameEffects extends LakeEffects {
  /** The lake: that two may not have one name is agreed there. */
  readonly lake: ObjectStore
}

/** Claims the name of the second in which a scan starts, or of the first one after it that is free. */
export async function claimScanName(
  { name, guid }: Pick<Connector, 'name' | 'guid'>,
  scope: string,
  startedAt: Date,
  effects: NameEffects,
): Promise<ClaimedName> {
  const folder = `state/scans/${guid}/${createHash('md5').update(scope).digest('hex')}`
  const claim = Buffer.from(`${JSON.stringify({ id: randomUUID(), scope, startedAt: startedAt.toISOString() })}\n`)
  for (let at = startedAt.getTime(); ; at += 1000) {
    const snapshot = formatScanName(new Date(at))
    const key = `${folder}/${snapshot}.json`
    if (!(await effects.lake.putIfAbsent(key, claim))) continue
    const release = () => effects.lake.remove(key)
    if (!(await findReceipt(effects, { connector: name, snapshot, scope }))) return { snapshot, release }
    await release()
  }
}
