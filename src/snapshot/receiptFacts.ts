import type { Row } from '../engine/engine.js'
import type { ChangeCounts } from './deriveChanges.js'
import { FINGERPRINT_METHOD } from './deriveFolders.js'
import { requireRows } from './partitionRows.js'
import type { Receipt } from './receipts.js'
import type { RejectedRows } from './rejectedRows.js'

/** What was counted of an import's rows, as its receipt has it. @param root the row of the root folder */
export const describeRows = (rowCount: number, rejected: RejectedRows, root: Row, folderCount: number) => ({
  row_count: BigInt(rowCount),
  rejected_row_count: BigInt(rejected.count),
  object_count: root.object_count as bigint,
  total_size_bytes: root.total_size_bytes as bigint,
  noncurrent_object_count: root.noncurrent_object_count as bigint,
  noncurrent_size_bytes: root.noncurrent_size_bytes as bigint,
  delete_marker_count: root.delete_marker_count as bigint,
  folder_count: BigInt(folderCount),
  fingerprint_method: FINGERPRINT_METHOD,
})

/** What was counted of its changes; NULL without a base. */
export const describeChanges = (base: Receipt | undefined, counts: ChangeCounts | undefined) => ({
  base_snapshot: base?.snapshot ?? null,
  new_count: counts?.new ?? null,
  modified_count: counts?.modified ?? null,
  touched_count: counts?.touched ?? null,
  deleted_count: counts?.deleted ?? null,
})

/** Who made it, when, and what that took. */
export interface ImportWork {
  readonly startedAt: Date
  readonly now: () => Date
  /** The process's greatest resident size so far. */
  readonly peakMemoryBytes: () => number
  readonly importer: { readonly user: string; readonly version: string }
}

export function describeWork(engine: string, { startedAt, now, peakMemoryBytes, importer }: ImportWork) {
  const endedAt = now()
  return {
    duration_ms: BigInt(endedAt.getTime() - startedAt.getTime()),
    peak_memory_bytes: BigInt(peakMemoryBytes()),
    engine,
    imported_by: importer.user,
    imported_at: endedAt,
    version: importer.version,
  }
}

/** @throws {RowsLostError} unless the folders count as many rows as were accepted */
export function requireCounted(subject: string, rowCount: number, root: Row): void {
  const counted = [root.object_count, root.noncurrent_object_count, root.delete_marker_count].map(Number)
  requireRows(
    `${subject}, counted by folder`,
    rowCount,
    counted.reduce((sum, n) => sum + n, 0),
  )
}
