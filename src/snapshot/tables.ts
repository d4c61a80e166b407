import type { TableSpec } from '../iceberg/catalog.js'
import type { NestedField, PrimitiveType } from '../iceberg/schema.js'
import { type FieldType, INVENTORY_FIELDS } from '../inventory/fields.js'

/** Fields get their ids in order, and keep them for ever: append only. */
function defineFields(columns: readonly (readonly [name: string, type: PrimitiveType, doc: string])[]): NestedField[] {
  return columns.map(([name, type, doc], i) => ({ id: i + 1, name, required: false, type, doc }))
}

const IMPORT_COLUMNS = [
  ['connector', 'string', 'name of the connector'],
  ['dt', 'date', 'UTC date of the snapshot'],
  ['snapshot', 'string', 'name of the snapshot: its UTC time'],
  ['import_id', 'string', 'the making of the snapshot; time-ordered'],
] as const

const COLUMN_TYPES: Readonly<Record<FieldType, PrimitiveType>> = {
  string: 'string',
  long: 'long',
  boolean: 'boolean',
  timestamp: 'timestamp',
}

function defineTable(name: string, fields: NestedField[], sortColumn: string): TableSpec {
  return {
    name,
    schema: { 'schema-id': 0, type: 'struct', fields },
    partitionFields: ['connector', 'dt', 'import_id'].map(column => ({ name: column, column, transform: 'identity' })),
    sortOrder: [{ column: sortColumn, direction: 'asc', nullOrder: 'nulls-first' }],
    properties: { 'write.parquet.compression-codec': 'zstd' },
  }
}

function definePlainTable(name: string, fields: NestedField[]): TableSpec {
  return {
    name,
    schema: { 'schema-id': 0, type: 'struct', fields },
    partitionFields: [],
    sortOrder: [],
    properties: { 'write.parquet.compression-codec': 'zstd' },
  }
}

/** Every version and delete marker of every snapshot. The columns after `import_id` are AWS's own. */
export const OBJECTS: TableSpec = defineTable(
  'objects_v1',
  defineFields([
    ...IMPORT_COLUMNS,
    ...INVENTORY_FIELDS.map(field => [field.column, COLUMN_TYPES[field.type], field.csvName] as const),
  ]),
  'key',
)

export const FOLDERS: TableSpec = defineTable(
  'folders_v1',
  defineFields([
    ...IMPORT_COLUMNS,
    ['guid', 'string', 'fld_ and 26 hex digits of md5(connector GUID, newline, path)'],
    ['path', 'string', 'ends in a slash; the root is empty'],
    ['parent', 'string', 'path of the folder it lies in; NULL for the root'],
    ['depth', 'long', 'slashes in the path'],
    ['object_count', 'long', 'current objects at any depth below'],
    ['total_size_bytes', 'long', 'bytes of current objects at any depth below'],
    ['direct_object_count', 'long', 'current objects directly in it'],
    ['direct_size_bytes', 'long', 'bytes of current objects directly in it'],
    ['noncurrent_object_count', 'long', 'old versions at any depth below'],
    ['noncurrent_size_bytes', 'long', 'bytes of old versions at any depth below'],
    ['delete_marker_count', 'long', 'delete markers at any depth below'],
    ['last_modified', 'timestamp', 'newest date of a current object at any depth below, UTC'],
    ['discovered_at', 'timestamp', 'time of the earliest snapshot known to hold it, UTC'],
    ['fingerprint', 'long', 'of the current objects directly in it; NULL for none'],
  ]),
  'path',
)

export const CHANGES: TableSpec = defineTable(
  'changes_v1',
  defineFields([
    ...IMPORT_COLUMNS,
    ['base_snapshot', 'string', 'the snapshot that this one is compared with'],
    ['key', 'string', 'key of the object'],
    ['change', 'string', 'new, modified, deleted or touched'],
    ['size_before', 'long', 'bytes'],
    ['size_after', 'long', 'bytes'],
    ['e_tag_before', 'string', 'ETag'],
    ['e_tag_after', 'string', 'ETag'],
    ['last_modified_before', 'timestamp', 'UTC'],
    ['last_modified_after', 'timestamp', 'UTC'],
    ['storage_class_before', 'string', 'storage class'],
    ['storage_class_after', 'string', 'storage class'],
  ]),
  'key',
)

/** One row a snapshot: the receipt that makes its import count. */
export const SNAPSHOTS: TableSpec = definePlainTable(
  'snapshots_v1',
  defineFields([
    ...IMPORT_COLUMNS,
    ['source', 'string', 'inventory or api'],
    ['scope', 'string', 'prefix that was listed; empty for the whole bucket'],
    ['sample_rate', 'double', 'share of the keys that was listed; NULL for all'],
    ['source_bucket', 'string', 'bucket that is described'],
    ['report_created_at', 'timestamp', 'when S3 began the report, UTC'],
    ['manifest_key', 'string', 'key of the manifest in the destination bucket'],
    ['manifest_checksum', 'string', 'MD5 of the manifest, hex'],
    ['file_format', 'string', 'CSV, ORC or Parquet'],
    ['file_count', 'long', 'data files'],
    ['row_count', 'long', 'rows accepted'],
    ['rejected_row_count', 'long', 'malformed rows left out'],
    ['ignored_fields', 'string', 'columns of the report that no column holds, JSON'],
    ['object_count', 'long', 'current objects'],
    ['total_size_bytes', 'long', 'bytes of current objects'],
    ['noncurrent_object_count', 'long', 'old versions'],
    ['noncurrent_size_bytes', 'long', 'bytes of old versions'],
    ['delete_marker_count', 'long', 'delete markers'],
    ['folder_count', 'long', 'folders, the root included'],
    ['base_snapshot', 'string', 'the snapshot that changes are against; NULL for the first'],
    ['new_count', 'long', 'keys that are new; NULL without a base'],
    ['modified_count', 'long', 'keys of other content; NULL without a base'],
    ['touched_count', 'long', 'keys of the same content with another date or class; NULL without a base'],
    ['deleted_count', 'long', 'keys that are gone; NULL without a base'],
    ['fingerprint_method', 'string', 'how the fingerprints of folders are made'],
    ['verified_by', 'string', 'checks that the data files passed'],
    ['list_requests', 'long', 'listings made'],
    ['get_requests', 'long', 'reads made'],
    ['bytes_read', 'long', 'bytes read from the destination bucket'],
    ['duration_ms', 'long', 'milliseconds from start to receipt'],
    ['peak_memory_bytes', 'long', "the process's greatest resident size"],
    ['engine', 'string', 'what ran the import'],
    ['imported_by', 'string', 'user'],
    ['imported_at', 'timestamp', 'UTC'],
    ['version', 'string', 'version of Stocktake'],
  ]),
)

/** One row a gap and the run of `reconcile` that looked for it: the newest row of a gap says whether it is open. */
export const GAPS: TableSpec = definePlainTable(
  'gaps_v1',
  defineFields([
    ['run_id', 'string', 'the run that looked; time-ordered'],
    ['run_at', 'timestamp', 'when it looked, UTC'],
    ['gap_id', 'string', 'gap_ and 26 hex digits: the same in every run'],
    ['connector', 'string', 'name of the connector'],
    ['dataset', 'string', 'name of the dataset'],
    [
      'kind',
      'string',
      'missing, incomplete, too_small, too_large, stale, zero_byte, unexpected, wrong_class, companion_missing',
    ],
    ['priority', 'string', 'critical, high, medium or low'],
    ['reason', 'string', 'what is wrong and why it has the priority, in words'],
    ['key_prefix', 'string', 'what the keys concerned start with; the whole key where it is known'],
    ['partition_values', 'string', 'values of the placeholders, JSON'],
    ['expected', 'string', 'in words'],
    ['found', 'string', 'in words'],
    ['first_seen', 'timestamp', 'when a run first found it, UTC'],
    ['times_seen', 'long', 'runs that found it'],
    ['resolved_at', 'timestamp', 'when a run found it gone, UTC; NULL while it is open'],
  ]),
)

/** One row each time that a task ends or is closed. */
export const TASKS: TableSpec = definePlainTable(
  'tasks_v1',
  defineFields([
    ['task_id', 'string', 'task_ and 26 hex digits: the same as long as it is for the same gaps'],
    ['gap_ids', 'string', 'JSON'],
    ['dataset', 'string', 'name of the dataset'],
    ['priority', 'string', 'critical, high, medium or low'],
    ['command', 'string', 'program and arguments, JSON'],
    ['state', 'string', 'what became of it'],
    ['attempts', 'long', 'times that the command was run'],
    ['created_at', 'timestamp', 'UTC'],
    ['started_at', 'timestamp', 'of the last attempt, UTC'],
    ['ended_at', 'timestamp', 'of the last attempt, UTC'],
    ['exit_code', 'long', 'of the last attempt; NULL where a signal ended it'],
    ['verified_at', 'timestamp', 'when the bucket was looked at for it, UTC'],
    ['outcome', 'string', 'in words'],
  ]),
)

/** What a run of `reconcile` measured: one row a metric, and of some metrics one a dataset. */
export const METRICS: TableSpec = definePlainTable(
  'metrics_v1',
  defineFields([
    ['run_id', 'string', 'the run; time-ordered'],
    ['run_at', 'timestamp', 'UTC'],
    ['metric', 'string', 'its name, as Prometheus is told it'],
    ['dataset', 'string', 'name of the dataset; NULL for all'],
    ['value', 'double', 'seconds since 1970, a count or a share of 1'],
  ]),
)

/** A copy of the collections, for other engines: the lake's document is what holds. */
export const COLLECTIONS: TableSpec = definePlainTable(
  'collections_v1',
  defineFields([
    ['collection', 'string', 'col_ and 32 hex digits'],
    ['name', 'string', 'as a person gave it; no two have one name'],
    ['connector', 'string', 'name of the connector'],
    ['folder', 'string', 'path of the folder, which ends in a slash; empty for the whole bucket'],
    ['created_at', 'timestamp', 'UTC'],
  ]),
)

/** The tables of an import, in the order they are written; the receipt comes after them. */
export const IMPORT_TABLES: readonly TableSpec[] = [OBJECTS, FOLDERS, CHANGES]

/** What `reconcile` and `tasks` write, which needs no receipt: each run is one commit. */
export const RECONCILE_TABLES: readonly TableSpec[] = [GAPS, TASKS, METRICS]
