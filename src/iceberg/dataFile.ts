import type { PartitionValue } from './partitionSpec.js'

/** A Parquet file of a table, with what a planner needs to skip it. The maps are by field id. */
export interface DataFile {
  /** The URL exactly as the manifest has it; `resolveFile` finds the file. */
  readonly path: string
  /**
   * By the name of the partition field. Read from a manifest, values are of `Value`'s types (a date is its days since
   * 1970); given to a commit, they may also be text (`2026-01-20`).
   */
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly recordCount: number
  /** Exact: readers look for the Parquet footer at this end. */
  readonly fileSizeBytes: number
  /** Compressed, in bytes. */
  readonly columnSizes: ReadonlyMap<number, number>
  /** NULLs and NaNs included. */
  readonly valueCounts: ReadonlyMap<number, number>
  readonly nullValueCounts: ReadonlyMap<number, number>
  /** Only where it is known; a planner takes a missing one as "there may be NaNs". */
  readonly nanValueCounts: ReadonlyMap<number, number>
  /** Not above any value of the column, NULL and NaN aside. */
  readonly lowerBounds: ReadonlyMap<number, Uint8Array>
  /** Not below any value of the column, NULL and NaN aside; a cut string is rounded up. */
  readonly upperBounds: ReadonlyMap<number, Uint8Array>
  readonly sortOrderId?: number
  /** Offsets of row groups in bytes, ascending. */
  readonly splitOffsets?: readonly number[]
  readonly specId: number
}
