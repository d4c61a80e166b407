import { ConflictError, NotFoundError } from '../errors.js'
import { listAncestors, setCurrentSnapshot } from '../iceberg/ancestry.js'
import { BATCH_SUMMARY, listBatches } from '../iceberg/batches.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { changeMetadata } from '../iceberg/changeMetadata.js'
import type { CommitEffects } from '../iceberg/commit.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from '../iceberg/metadata.js'
import { findState, isFirstState, type StateRef } from './findState.js'
import { type CommandTarget, tableCommand } from './tableCommand.js'

/** What setting a table to another of its states does. */
export interface Rollback {
  /** The state that it has. */
  readonly from: Snapshot
  /** The state that it is to have. */
  readonly to: Snapshot
  /** What the table is then without, newest first; none where it is set forward. */
  readonly out: readonly Snapshot[]
  /** What the table then has again, newest first; none where it is set back. */
  readonly back: readonly Snapshot[]
  /**
   * Batches that came with snapshots which have expired, where nothing tells any more whether they are in that state, too.
   * They count as if they were.
   */
  readonly unsureBatches: readonly string[]
}

/**
 * What it means to set a table to a state.
 * @returns nothing out and nothing back where that is its state already
 * @throws {NotFoundError} for a state that isn't there
 */
export function planRollback(metadata: TableMetadata, ref: StateRef, target: CommandTarget): Rollback {
  const from = currentSnapshot(metadata)
  if (!from) throw new NotFoundError({ subject: 'state of the table', got: 'none: it never had rows' })
  if (ref.kind === 'previous' && isFirstState(metadata)) throw firstStateError(target)
  const to = findState(metadata, ref, target)
  const [before, after] = [listAncestors(metadata), listAncestors(metadata, to)]
  const sharesPast = before.some(snapshot => after.includes(snapshot))
  return {
    ...{ from, to },
    out: before.filter(snapshot => !after.includes(snapshot)),
    back: after.filter(snapshot => !before.includes(snapshot)),
    unsureBatches: sharesPast ? [] : listKeptBatches(metadata, before),
  }
}

/** Iceberg knows no state of a table before its first snapshot that could be gone back to. */
const firstStateError = (target: CommandTarget): NotFoundError =>
  new NotFoundError({
    subject: 'previous state',
    got: 'none: there is no state before the first',
    fix: `nothing was changed; to begin anew: ${tableCommand(target, 'drop')}, then ${tableCommand(target, 'create')}`,
  })

/** The batches that the snapshots brought, oldest first. */
export const batchesOf = (snapshots: readonly Snapshot[]): string[] =>
  snapshots.flatMap(({ summary }) => summary[BATCH_SUMMARY] ?? []).toReversed()

/**
 * Sets a table to the state that was planned, by its metadata alone.
 * @throws {ConflictError} where the table isn't in the state any more that the plan was made for; nothing has changed then
 */
export function rollBackTable(catalog: Catalog, name: string, plan: Rollback, effects: CommitEffects): Promise<Table> {
  const asked = plan.from['snapshot-id']
  return changeMetadata(
    catalog,
    name,
    ({ metadata }) => {
      const found = metadata['current-snapshot-id']
      if (found !== asked)
        throw new ConflictError({
          subject: `table ${name}`,
          expected: `snapshot ${asked}, as it was when this was asked for`,
          got: `${found}: somebody has changed the table meanwhile`,
          fix: 'nothing was changed; look at what is new, and run it again',
        })
      return setCurrentSnapshot(metadata, plan.to['snapshot-id'], effects.now())
    },
    effects,
  )
}

/** Of the batches in the table those that no snapshot tells of any more. */
function listKeptBatches(metadata: TableMetadata, ancestors: readonly Snapshot[]): string[] {
  const told = new Set(batchesOf(ancestors))
  return [...listBatches(metadata)].filter(name => !told.has(name)).sort()
}
