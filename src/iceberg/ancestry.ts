import { NotFoundError, UsageError } from '../errors.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from './metadata.js'

/**
 * The snapshots that led to one, that one first, as far back as the metadata has them.
 * @param to the current one unless given
 * @throws {TableFormatError}
 */
export function listAncestors(metadata: TableMetadata, to = currentSnapshot(metadata)): Snapshot[] {
  const byId = new Map(metadata.snapshots.map(snapshot => [snapshot['snapshot-id'], snapshot]))
  const ancestors = new Set<Snapshot>() // a circle, which only a broken table has, ends it
  for (let at = to; at && !ancestors.has(at); at = parentOf(at, byId)) ancestors.add(at)
  return [...ancestors]
}

/**
 * The snapshot that was the current one at a time, after rollbacks too.
 * @returns `undefined` for a time before the first, or one whose snapshot has expired
 */
export function findAsOf(metadata: TableMetadata, at: Date): Snapshot | undefined {
  const entry = metadata['snapshot-log'].findLast(each => each['timestamp-ms'] <= at.getTime())
  return entry && metadata.snapshots.find(snapshot => snapshot['snapshot-id'] === entry['snapshot-id'])
}

/**
 * The metadata with an ancestor as the current snapshot again. What came after it stays until it expires; schema and
 * partition spec stay as they are.
 * @returns the same object where that snapshot is the current one
 * @throws {NotFoundError} for a snapshot that isn't there, or has expired
 * @throws {UsageError} for one that isn't an ancestor: the table was never that plus what came since
 */
export function rollBack(metadata: TableMetadata, snapshotId: bigint, now: Date): TableMetadata {
  const next = setCurrentSnapshot(metadata, snapshotId, now)
  if (!listAncestors(metadata).some(ancestor => ancestor['snapshot-id'] === snapshotId)) {
    const subject = `snapshot ${snapshotId}`
    throw new UsageError({ subject, expected: 'one that led to the current snapshot', got: 'one beside it' })
  }
  return next
}

/**
 * As {@link rollBack}, to any snapshot that is there: forward again after a rollback, or to one beside the current one.
 * @throws {NotFoundError} for a snapshot that isn't there, or has expired
 */
export function setCurrentSnapshot(metadata: TableMetadata, snapshotId: bigint, now: Date): TableMetadata {
  if (metadata['current-snapshot-id'] === snapshotId) return metadata
  if (!metadata.snapshots.some(snapshot => snapshot['snapshot-id'] === snapshotId)) {
    throw new NotFoundError({
      subject: `snapshot ${snapshotId}`,
      expected: 'a snapshot of the table',
      got: 'no such snapshot, or an expired one',
    })
  }
  const timestamp = Math.max(now.getTime(), metadata['last-updated-ms'])
  return {
    ...metadata,
    'last-updated-ms': timestamp,
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main: { ...metadata.refs.main, 'snapshot-id': snapshotId, type: 'branch' } },
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': snapshotId }],
  }
}

function parentOf(snapshot: Snapshot, byId: ReadonlyMap<bigint, Snapshot>): Snapshot | undefined {
  const parent = snapshot['parent-snapshot-id']
  return parent === undefined ? undefined : byId.get(parent)
}
