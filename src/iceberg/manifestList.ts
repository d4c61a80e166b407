import { formatAvro, parseAvro } from './avro.js'
import {
  type AvroRecord,
  asRecord,
  findBoolean,
  findBytes,
  findCount,
  findId,
  findList,
  getCount,
  getText,
} from './avroRecord.js'
import { TableFormatError, UnsupportedTableError } from './errors.js'
import { MANIFEST_LIST_NAMES, manifestListSchema } from './manifestSchema.js'

/** A manifest, as the list of a snapshot has it. */
export interface ManifestFile {
  readonly path: string
  readonly lengthBytes: number
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: number
  /** The lowest data sequence number of its live files. */
  readonly minSequenceNumber: number
  readonly addedSnapshotId: bigint
  /** `undefined` where a foreign writer left it out. */
  readonly addedFiles: number | undefined
  readonly existingFiles: number | undefined
  readonly deletedFiles: number | undefined
  readonly addedRows: number | undefined
  readonly existingRows: number | undefined
  readonly deletedRows: number | undefined
  /** One for each field of its spec, in order; `undefined` where the writer gave none. */
  readonly partitions: readonly FieldSummary[] | undefined
}

/** What the partitions of a manifest's files have in one field. Without bounds all are null or NaN. */
export interface FieldSummary {
  readonly containsNull: boolean
  readonly containsNaN?: boolean
  readonly lower?: Uint8Array
  readonly upper?: Uint8Array
}

/** Whether the manifest can have files that are in the table; a missing count says it may. */
export function hasLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0
}

/** The bytes of a snapshot's manifest list. */
export function formatManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { readonly id: bigint; readonly parentId: bigint | undefined; readonly sequenceNumber: number },
): Uint8Array {
  const header = {
    'snapshot-id': String(snapshot.id),
    ...(snapshot.parentId !== undefined && { 'parent-snapshot-id': String(snapshot.parentId) }),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  }
  return formatAvro(manifestListSchema, header, manifests.map(formatManifestFile))
}

/**
 * Parses a manifest list of any writer.
 * @returns the manifests in file order, those of delete files included
 * @throws {TableFormatError}
 */
export function parseManifestList(bytes: Uint8Array, subject: string): ManifestFile[] {
  const { records } = parseAvro(bytes, MANIFEST_LIST_NAMES, subject)
  return records.map(record => parseManifestFile(asRecord(record, subject)))
}

function formatManifestFile(manifest: ManifestFile): object {
  return {
    manifest_path: manifest.path,
    manifest_length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.addedFiles ?? 0,
    existing_files_count: manifest.existingFiles ?? 0,
    deleted_files_count: manifest.deletedFiles ?? 0,
    added_rows_count: manifest.addedRows ?? 0,
    existing_rows_count: manifest.existingRows ?? 0,
    deleted_rows_count: manifest.deletedRows ?? 0,
    partitions: manifest.partitions ? manifest.partitions.map(formatFieldSummary) : null,
    key_metadata: null,
  }
}

function formatFieldSummary(summary: FieldSummary): object {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNaN ?? null,
    lower_bound: summary.lower ? Buffer.from(summary.lower) : null,
    upper_bound: summary.upper ? Buffer.from(summary.upper) : null,
  }
}

function parseManifestFile(record: AvroRecord): ManifestFile {
  const addedSnapshotId = findId(record, 'added_snapshot_id')
  if (addedSnapshotId === undefined) {
    throw new TableFormatError({ subject: record.subject, expected: 'added_snapshot_id', got: 'none' })
  }
  if (findBytes(record, 'key_metadata')) {
    throw new UnsupportedTableError({ subject: record.subject, expected: 'plain manifests', got: 'an encrypted one' })
  }
  const sequenceNumber = findCount(record, 'sequence_number') ?? 0 // a manifest of a table that was once version 1
  return {
    path: getText(record, 'manifest_path'),
    lengthBytes: getCount(record, 'manifest_length'),
    specId: findCount(record, 'partition_spec_id') ?? 0,
    content: (findCount(record, 'content') ?? 0) === 0 ? 'data' : 'deletes',
    sequenceNumber,
    minSequenceNumber: findCount(record, 'min_sequence_number') ?? sequenceNumber,
    addedSnapshotId,
    addedFiles: findCount(record, 'added_files_count'),
    existingFiles: findCount(record, 'existing_files_count'),
    deletedFiles: findCount(record, 'deleted_files_count'),
    addedRows: findCount(record, 'added_rows_count'),
    existingRows: findCount(record, 'existing_rows_count'),
    deletedRows: findCount(record, 'deleted_rows_count'),
    partitions: findList(record, 'partitions')?.map(summary => parseFieldSummary(asRecord(summary, record.subject))),
  }
}

function parseFieldSummary(record: AvroRecord): FieldSummary {
  const containsNaN = findBoolean(record, 'contains_nan')
  const lower = findBytes(record, 'lower_bound')
  const upper = findBytes(record, 'upper_bound')
  return {
    containsNull: findBoolean(record, 'contains_null') ?? true,
    ...(containsNaN !== undefined && { containsNaN }),
    ...(lower && { lower: Uint8Array.from(lower) }),
    ...(upper && { upper: Uint8Array.from(upper) }),
  }
}
