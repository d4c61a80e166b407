import { NotFoundError } from '../errors.js'
import { findAsOf, listAncestors } from '../iceberg/ancestry.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from '../iceberg/metadata.js'
import { parseMoment } from '../snapshot/snapshotName.js'

/** A state of a table, as a person names it. */
export type StateRef =
  | { readonly kind: 'snapshot'; readonly id: bigint }
  | { readonly kind: 'time'; readonly at: Date }
  /** Before the last change of its rows. */
  | { readonly kind: 'previous' }

/**
 * The id of a snapshot, a time, a date for its end, or `previous`.
 * @param subject what errors are about
 * @throws {UsageError}
 */
export function parseStateRef(text: string, subject: string): StateRef {
  if (text === 'previous') return { kind: 'previous' }
  if (/^\d{1,19}$/.test(text)) return { kind: 'snapshot', id: BigInt(text) }
  return { kind: 'time', at: parseMoment(text, subject) }
}

/**
 * The state that is meant.
 * @throws {NotFoundError} where there is none, or it has expired
 */
export function findState(metadata: TableMetadata, ref: StateRef): Snapshot {
  switch (ref.kind) {
    case 'snapshot': {
      const found = metadata.snapshots.find(snapshot => snapshot['snapshot-id'] === ref.id)
      if (found) return found
      throw new NotFoundError({ subject: `snapshot ${ref.id}`, got: 'no such snapshot, or an expired one', fix: SEE })
    }
    case 'time': {
      const found = findAsOf(metadata, ref.at)
      if (found) return found
      const subject = `state of ${ref.at.toISOString()}`
      throw new NotFoundError({ subject, got: 'none: the table had no rows yet, or it has expired', fix: SEE })
    }
    case 'previous':
      return findPrevious(metadata)
  }
}

const SEE = 'see stocktake tables history'

/** What `maintain` does changes no rows: to take that back would help nobody. */
function findPrevious(metadata: TableMetadata): Snapshot {
  const last = listAncestors(metadata).find(({ summary }) => summary.operation !== 'replace')
  const id = last?.['parent-snapshot-id']
  const found = metadata.snapshots.find(snapshot => snapshot['snapshot-id'] === id)
  if (found) return found
  const got = !currentSnapshot(metadata)
    ? 'none: the table never had rows'
    : id === undefined
      ? 'none: there is no state before the first'
      : 'an expired one'
  throw new NotFoundError({ subject: 'previous state', got, fix: SEE })
}
