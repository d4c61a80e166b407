import type { Table, TableSpec } from '../../src/iceberg/catalog.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import type { ManifestFile } from '../../src/iceberg/manifestList.js'
import { NO_SNAPSHOT, type TableMetadata } from '../../src/iceberg/metadata.js'
import type { Schema } from '../../src/iceberg/schema.js'

export const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: [
    { id: 1, name: 'import_id', required: true, type: 'string' },
    { id: 2, name: 'dt', required: true, type: 'date' },
    { id: 3, name: 'key', required: false, type: 'string' },
    { id: 4, name: 'size', required: false, type: 'long' },
    { id: 5, name: 'share', required: false, type: 'double' },
  ],
}

export const SPEC: TableSpec = {
  name: 'objects_v1',
  schema: SCHEMA,
  partitionFields: [
    { name: 'dt', column: 'dt', transform: 'identity' },
    { name: 'import_id', column: 'import_id', transform: 'identity' },
  ],
  sortOrder: [{ column: 'key', direction: 'asc', nullOrder: 'nulls-first' }],
  properties: {},
}

/** An empty table's metadata that says it is there; partitioned as SPEC says. */
export function metadataAt(location: string): TableMetadata {
  return {
    'format-version': 2,
    'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
    location,
    'last-sequence-number': 0,
    'last-updated-ms': 0,
    'last-column-id': 5,
    'current-schema-id': 0,
    schemas: [SCHEMA],
    'default-spec-id': 0,
    'partition-specs': [
      {
        'spec-id': 0,
        fields: [
          { 'source-id': 2, 'field-id': 1000, name: 'dt', transform: 'identity' },
          { 'source-id': 1, 'field-id': 1001, name: 'import_id', transform: 'identity' },
        ],
      },
    ],
    'last-partition-id': 1001,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {},
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

/** A file of ten rows in the table; nothing is known of its columns unless `more` says so. */
export function dataFile(table: Pick<Table, 'location'>, name: string, more: Partial<DataFile> = {}): DataFile {
  return {
    path: `${table.location}/data/${name}.parquet`,
    partition: { dt: '2026-01-20', import_id: name },
    recordCount: 10,
    fileSizeBytes: 1000,
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullValueCounts: new Map(),
    nanValueCounts: new Map(),
    lowerBounds: new Map(),
    upperBounds: new Map(),
    specId: 0,
    ...more,
  }
}

/** What a manifest list says of a manifest with one added file. */
export function manifestFile(more: Partial<ManifestFile> = {}): ManifestFile {
  return {
    path: 's3://b/lake/tables/t/metadata/m.avro',
    lengthBytes: 100,
    specId: 0,
    content: 'data',
    sequenceNumber: 7,
    minSequenceNumber: 7,
    addedSnapshotId: 9_223_372_036_854_775_807n,
    addedFiles: 1,
    existingFiles: 0,
    deletedFiles: 0,
    addedRows: 10,
    existingRows: 0,
    deletedRows: 0,
    partitions: undefined,
    ...more,
  }
}
