import { ConflictError } from '../errors.js'
import { BATCH_SUMMARY, listBatches } from '../iceberg/batches.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { type Change, type CommitEffects, changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { resolveFile } from '../iceberg/location.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { listReachable } from '../iceberg/reachableFiles.js'

/** The rows of a segment for one table. */
export interface SegmentFiles {
  /** The table as it was when the files were made. */
  readonly table: Table
  readonly files: readonly DataFile[]
  /** What the table calls the segment: it has a segment of that name once. */
  readonly batch: string
  /** More of the segment, for the snapshot's summary. */
  readonly summary: Readonly<Record<string, string>>
  /** Whether the segment still waits: one that doesn't is in all its tables. */
  readonly isWaiting: () => Promise<boolean>
}

export interface CommitSegmentEffects extends CommitEffects {
  readonly catalog: Catalog
}

/**
 * Adds the files of a segment to a table in one snapshot, unless the segment is in it already, or is gone: asked before each
 * try against other writers, so that of several who have the same segment one adds it.
 * @returns whether this call added them
 * @throws {ConflictError} where the table is another one by now
 * @throws {CommitConflictError} after too many lost races
 */
export async function commitSegment(
  { table, files, batch, summary, isWaiting }: SegmentFiles,
  { catalog, ...effects }: CommitSegmentEffects,
): Promise<boolean> {
  if (files.length === 0) return false
  let isAdded = false
  const plan = async ({ metadata }: Table): Promise<Change | undefined> => {
    if (metadata['table-uuid'] !== table.metadata['table-uuid'])
      throw new ConflictError({
        subject: `table ${table.name}`,
        expected: 'the one that the files were made for',
        got: 'one that was made since',
        fix: 'the segment waits; run it again',
      })
    isAdded = !listBatches(metadata).has(batch) && (await isWaiting())
    if (!isAdded) return undefined
    return { operation: 'append', add: files, drop: () => false, summary: { ...summary, [BATCH_SUMMARY]: batch } }
  }
  const committed = await changeTable(catalog, table.name, plan, effects)
  if (!isAdded) await removeUnknown(committed, files)
  return isAdded
}

/** Whether a segment's rows are in the table. */
export const hasSegment = ({ metadata }: Table, batch: string): boolean => listBatches(metadata).has(batch)

/**
 * Removes files that no snapshot of the table has: they were put there after another had added the segment, and after its
 * rows were moved on into other files.
 */
async function removeUnknown(table: Table, files: readonly DataFile[]): Promise<void> {
  const snapshot = currentSnapshot(table.metadata)
  const known = await listReachable(table, snapshot ? table.metadata.snapshots : [], 'left out')
  for (const { path } of files) {
    const key = resolveFile(table, path)
    if (!known.has(key)) await table.store.remove(key)
  }
}
