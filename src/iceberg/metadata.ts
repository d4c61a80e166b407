import { z } from 'zod'
import { TableFormatError, UnsupportedTableError } from './errors.js'
import { formatJson, parseJson } from './json.js'
import { type PartitionSpec, partitionSpecJson, type SortOrder, sortOrderJson } from './partitionSpec.js'
import { parseSchema, type Schema } from './schema.js'

/** One state of a table. The id of another engine may have 63 bits. */
export interface Snapshot {
  readonly 'snapshot-id': bigint
  readonly 'parent-snapshot-id'?: bigint
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Readonly<Record<string, string>>
  readonly 'schema-id'?: number
}

export interface SnapshotRef {
  readonly 'snapshot-id': bigint
  readonly type: 'branch' | 'tag'
}

/** A table's metadata, format version 2, in the spec's spelling; keys that others add are kept and written back. */
export interface TableMetadata {
  readonly 'format-version': 2
  readonly 'table-uuid': string
  /** Where the table was when this was written; without a slash at the end. */
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly Schema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly SortOrder[]
  readonly properties: Readonly<Record<string, string>>
  /** -1 for a table without snapshots: a missing one makes some readers see no rows ever. */
  readonly 'current-snapshot-id': bigint
  readonly refs: Readonly<Record<string, SnapshotRef>>
  readonly snapshots: readonly Snapshot[]
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': bigint }[]
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[]
}

/** The current-snapshot-id of a table without snapshots. */
export const NO_SNAPSHOT = -1n

/**
 * Parses a metadata file of any writer.
 * @param subject the file, for the error
 * @throws {TableFormatError} for what is no table metadata
 * @throws {UnsupportedTableError} for another format version than 2, or a type of one
 */
export function parseMetadata(text: string, subject: string): TableMetadata {
  const json = parseJson(text, subject)
  requireVersion(json, subject)
  try {
    return toMetadata(rawMetadata.parse(json), subject)
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause
    const got = cause.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join(', ')
    throw new TableFormatError({ subject, expected: 'Iceberg table metadata', got, cause })
  }
}

/** The metadata as the text of its file. The same value gives the same text. */
export const formatMetadata = (metadata: TableMetadata): string => formatJson(metadata)

/** The schema new files are written with. @throws {TableFormatError} */
export function currentSchema(metadata: TableMetadata): Schema {
  return require(metadata, 'schema', metadata.schemas, schema => schema['schema-id'] === metadata['current-schema-id'])
}

/** The partition spec new files are written with. @throws {TableFormatError} */
export function currentSpec(metadata: TableMetadata): PartitionSpec {
  return getSpec(metadata, metadata['default-spec-id'])
}

/** @throws {TableFormatError} */
export function getSpec(metadata: TableMetadata, specId: number): PartitionSpec {
  return require(metadata, `partition spec ${specId}`, metadata['partition-specs'], spec => spec['spec-id'] === specId)
}

/** The snapshot of that id. @throws {TableFormatError} */
export function getSnapshot(metadata: TableMetadata, id: bigint): Snapshot {
  return require(metadata, `snapshot ${id}`, metadata.snapshots, snapshot => snapshot['snapshot-id'] === id)
}

/** The table's newest state, or `undefined` for a table that never had a file. @throws {TableFormatError} */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id']
  return id === NO_SNAPSHOT ? undefined : getSnapshot(metadata, id)
}

/** Every schema, the current one first: where the type of a column, dropped or not, is looked up. */
export function schemasNewestFirst(metadata: TableMetadata): Schema[] {
  const current = currentSchema(metadata)
  return [current, ...metadata.schemas.toReversed().filter(schema => schema !== current)]
}

const bigId = z.union([z.int(), z.bigint()]).transform(BigInt)

const rawMetadata = z.looseObject({
  'table-uuid': z.string(),
  location: z.string().min(1),
  'last-sequence-number': z.int().nonnegative(),
  'last-updated-ms': z.int(),
  'last-column-id': z.int(),
  'current-schema-id': z.int(),
  schemas: z.array(z.unknown()).min(1),
  'default-spec-id': z.int(),
  'partition-specs': z.array(partitionSpecJson).min(1),
  'last-partition-id': z.int(),
  'default-sort-order-id': z.int(),
  'sort-orders': z.array(sortOrderJson),
  properties: z.record(z.string(), z.string()).nullish(),
  'current-snapshot-id': bigId.nullish(),
  refs: z.record(z.string(), z.looseObject({ 'snapshot-id': bigId, type: z.enum(['branch', 'tag']) })).nullish(),
  snapshots: z
    .array(
      z.looseObject({
        'snapshot-id': bigId,
        'parent-snapshot-id': bigId.nullish(),
        'sequence-number': z.int().nonnegative().default(0),
        'timestamp-ms': z.int(),
        'manifest-list': z.string(),
        summary: z.record(z.string(), z.string()).nullish(),
        'schema-id': z.int().nullish(),
      }),
    )
    .nullish(),
  'snapshot-log': z.array(z.looseObject({ 'timestamp-ms': z.int(), 'snapshot-id': bigId })).nullish(),
  'metadata-log': z.array(z.looseObject({ 'timestamp-ms': z.int(), 'metadata-file': z.string() })).nullish(),
})

function requireVersion(json: unknown, subject: string): void {
  const version =
    typeof json === 'object' && json !== null && 'format-version' in json ? json['format-version'] : undefined
  if (version === 2) return
  const expected = 'Iceberg format-version 2'
  if (typeof version === 'number') throw new UnsupportedTableError({ subject, expected, got: `${version}` })
  throw new TableFormatError({ subject, expected, got: 'none' })
}

function toMetadata(raw: z.infer<typeof rawMetadata>, subject: string): TableMetadata {
  return {
    ...raw,
    'format-version': 2,
    location: raw.location.replace(/\/+$/, ''),
    schemas: raw.schemas.map(schema => parseSchema(schema, subject)),
    properties: raw.properties ?? {},
    'current-snapshot-id': raw['current-snapshot-id'] ?? NO_SNAPSHOT,
    refs: raw.refs ?? {},
    snapshots: (raw.snapshots ?? []).map(toSnapshot),
    'snapshot-log': raw['snapshot-log'] ?? [],
    'metadata-log': raw['metadata-log'] ?? [],
  }
}

type RawSnapshot = NonNullable<z.infer<typeof rawMetadata>['snapshots']>[number]

function toSnapshot(raw: RawSnapshot): Snapshot {
  const { 'parent-snapshot-id': parent, 'schema-id': schemaId, summary, ...rest } = raw
  return {
    ...rest,
    ...(parent != null && { 'parent-snapshot-id': parent }),
    summary: summary ?? {},
    ...(schemaId != null && { 'schema-id': schemaId }),
  }
}

function require<T>(metadata: TableMetadata, what: string, from: readonly T[], is: (candidate: T) => boolean): T {
  const found = from.find(is)
  if (found !== undefined) return found
  throw new TableFormatError({ subject: metadata.location, expected: what, got: 'metadata without it' })
}
