import { randomBytes } from 'node:crypto'
import type { Table } from './catalog.js'
import type { DataFile } from './dataFile.js'
import { recordedPath } from './location.js'
import { typedFields } from './manifest.js'
import type { ManifestFile } from './manifestList.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from './metadata.js'
import { partitionKey } from './partitionSpec.js'

/** What a snapshot does to a table (spec, "Snapshots"). */
export type Operation = 'append' | 'overwrite' | 'delete' | 'replace'

/** How many earlier metadata files a metadata file names. */
export const METADATA_LOG_LENGTH = 100

/** An id for a snapshot: random, and within 2^53, so that a reader with a plain JSON parser keeps it. */
export function makeSnapshotId(): bigint {
  return (randomBytes(8).readBigUInt64BE() >> 11n) + 1n
}

/** The metadata with the snapshot as its current one. Time never goes backwards in it, whatever the clock does. */
export function addSnapshot(metadata: TableMetadata, snapshot: Snapshot): TableMetadata {
  const id = snapshot['snapshot-id']
  const timestamp = snapshot['timestamp-ms']
  return {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': timestamp,
    'current-snapshot-id': id,
    refs: { ...metadata.refs, main: { ...metadata.refs.main, 'snapshot-id': id, type: 'branch' } },
    snapshots: [...metadata.snapshots, snapshot],
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': id }],
  }
}

/** What a catalog writes for `next`: its log of earlier metadata files now ends with that of `base`. */
export function withMetadataLog(base: Table, next: TableMetadata): TableMetadata {
  const entry = {
    'timestamp-ms': base.metadata['last-updated-ms'],
    'metadata-file': recordedPath(base, base.metadataKey),
  }
  return { ...next, 'metadata-log': [...base.metadata['metadata-log'], entry].slice(-METADATA_LOG_LENGTH) }
}

/**
 * The counts of a snapshot's summary (spec, "Optional Snapshot Summary Fields"), as texts. Totals are those of its
 * manifests, and the total size goes on from the parent's, where the parent has one.
 */
export function summarizeChange(
  metadata: TableMetadata,
  operation: Operation,
  added: readonly DataFile[],
  dropped: readonly DataFile[],
  manifests: readonly ManifestFile[],
): Record<string, string> {
  const totalBytes = findTotalBytes(metadata)
  const counts = {
    'added-data-files': added.length,
    'added-records': sum(added, file => file.recordCount),
    'added-files-size': sum(added, file => file.fileSizeBytes),
    'deleted-data-files': dropped.length,
    'deleted-records': sum(dropped, file => file.recordCount),
    'removed-files-size': sum(dropped, file => file.fileSizeBytes),
    'changed-partition-count': countPartitions(metadata, [...added, ...dropped]),
  }
  const totals = {
    'total-records': sum(manifests, ({ addedRows, existingRows }) => (addedRows ?? 0) + (existingRows ?? 0)),
    'total-data-files': sum(manifests, ({ addedFiles, existingFiles }) => (addedFiles ?? 0) + (existingFiles ?? 0)),
    ...(totalBytes !== undefined && {
      'total-files-size': totalBytes + counts['added-files-size'] - counts['removed-files-size'],
    }),
    'total-delete-files': 0,
    'total-position-deletes': 0,
    'total-equality-deletes': 0,
  }
  const changes = Object.entries(counts).filter(([, count]) => count > 0)
  return Object.fromEntries([
    ['operation', operation],
    ...[...changes, ...Object.entries(totals)].map(([name, count]) => [name, String(count)]),
  ])
}

function findTotalBytes(metadata: TableMetadata): number | undefined {
  const parent = currentSnapshot(metadata)
  if (!parent) return 0
  const text = parent.summary['total-files-size']
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function countPartitions(metadata: TableMetadata, files: readonly DataFile[]): number {
  const keys = files.map(file => `${file.specId} ${partitionKey(typedFields(metadata, file.specId), file.partition)}`)
  return new Set(keys).size
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
