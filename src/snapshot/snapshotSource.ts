import type { Engine, Params } from '../engine/engine.js'
import type { InventoryField } from '../inventory/fields.js'
import type { Receipt, SnapshotIdentity } from './receipts.js'

/** Where a snapshot's rows come from: the data files of a report, or what a listing wrote down. */
export interface SnapshotSource {
  readonly identity: SnapshotIdentity
  /** The bucket that was counted, by its name. */
  readonly sourceBucket: string
  /** For errors: the report's manifest, or the bucket that was listed. */
  readonly subject: string
  /** The columns that the rows have, without the bucket; the others of the table are NULL. */
  readonly fields: readonly InventoryField[]
  /** Equal for sources of the same rows: an import goes on with what a killed one of an equal source had finished. */
  readonly fingerprint: string
  /** Whether the snapshot is compared with an earlier one. A sample isn't: what it lacks is not deleted. */
  readonly isComparable: boolean
  readonly files: readonly { readonly sizeBytes: number }[]

  /**
   * Makes a file ready to be read, while the engine works on another.
   * @param folder where local files may be made; they are removed when they have been read
   * @throws {ReportRefusedError} if it isn't what it should be
   */
  stage(index: number, folder: string): Promise<StagedFile>

  /** How the rows of a staged file are read. @throws {ReportRefusedError} if they can't be */
  open(engine: Engine, staged: StagedFile): Promise<StagedRows>

  /**
   * Asks why a file that isn't local could not be read.
   * @throws what its store says, if that is why
   */
  explain(engine: Engine, staged: StagedFile): Promise<void>

  /** A local copy of a file, with all the checks there are. @throws {ReportRefusedError} if it isn't what it should be */
  copy(index: number, folder: string): Promise<StagedFile>

  /** Told when the last statement that reads the file has ended. @throws {ReportRefusedError} if it changed meanwhile */
  close(engine: Engine, staged: StagedFile): Promise<void>

  /** Whether a receipt is of these very rows, so that they needn't be imported again. */
  isOf(receipt: Receipt): boolean

  /** What the receipt says of the source, when all of it has been read. */
  describe(checks: readonly FileChecks[]): SourceFacts
}

/** The checks that one file has passed, as `verified_by` names them: `size`, `md5`. */
export type FileChecks = readonly string[]

/** A file that DuckDB can read. */
export interface StagedFile {
  /** Its place among the source's files. */
  readonly index: number
  /** For messages, and for the first columns of rejected rows. */
  readonly url: string
  /** A local path, or `s3://…`. */
  readonly path: string
  /** Whether it is a local file made for this, to be removed. */
  readonly isLocal: boolean
  readonly checks: FileChecks
}

/** The rows of a staged file. */
export interface StagedRows extends StagedFile {
  /** A SELECT of the source's columns with what is wrong with each row (reportTable.ts), from this file or another of its layout. */
  readonly select: (path: string) => string
  readonly params: Params
  /** Whether rows have numbers; the lines of a CSV file have to be looked for in a local one. */
  readonly isNumbered: boolean
}

/** The columns of a receipt that tell of the source. */
export type SourceFacts = Pick<
  Receipt,
  | 'source'
  | 'sample_rate'
  | 'report_created_at'
  | 'manifest_key'
  | 'manifest_checksum'
  | 'file_format'
  | 'file_count'
  | 'ignored_fields'
  | 'verified_by'
  | 'list_requests'
  | 'get_requests'
  | 'bytes_read'
>
