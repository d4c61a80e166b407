import { NotFoundError } from '../errors.js'
import { findAsOf, listAncestors } from '../iceberg/ancestry.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from '../iceberg/metadata.js'
import { parseMoment } from '../snapshot/snapshotName.js'
import { type CommandTarget, tableCommand } from './tableCommand.js'

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
 * @param target the table, for what a person can type
 * @throws {NotFoundError} where there is none, or it has expired
 */
export function findState(metadata: TableMetadata, ref: StateRef, target: CommandTarget): Snapshot {
  const fix = `see ${tableCommand(target, 'history')}`
  switch (ref.kind) {
    case 'snapshot': {
      const found = metadata.snapshots.find(snapshot => snapshot['snapshot-id'] === ref.id)
      if (found) return found
      throw new NotFoundError({ subject: `snapshot ${ref.id}`, got: 'no such snapshot, or an expired one', fix })
    }
    case 'time': {
      const found = findAsOf(metadata, ref.at)
      if (found) return found
      const subject = `state of ${ref.at.toISOString()}`
      throw new NotFoundError({ subject, got: 'none: the table had no rows yet, or it has expired', fix })
    }
    case 'previous':
      return findPrevious(metadata, fix)
  }
}

/** Whether the table's rows have changed once only, as far as it tells: before that it had none. */
export const isFirstState = (metadata: TableMetadata): boolean => {
  const last = findLastChange(metadata)
  return last !== undefined && last['parent-snapshot-id'] === undefined
}

/** What `maintain` does changes no rows: to take that back would help nobody. */
const findLastChange = (metadata: TableMetadata): Snapshot | undefined =>
  listAncestors(metadata).find(({ summary }) => summary.operation !== 'replace')

function findPrevious(metadata: TableMetadata, fix: string): Snapshot {
  const id = findLastChange(metadata)?.['parent-snapshot-id']
  const found = metadata.snapshots.find(snapshot => snapshot['snapshot-id'] === id)
  if (found) return found
  const got = !currentSnapshot(metadata)
    ? 'none: the table never had rows'
    : isFirstState(metadata)
      ? 'none: there is no state before the first'
      : 'an expired one'
  throw new NotFoundError({ subject: 'previous state', got, fix })
}
