import { formatAvro, parseAvro } from './avro.js'
import type { AvroValue } from './avroDecoder.js'
import {
  type AvroRecord,
  asRecord,
  findBytes,
  findCount,
  findId,
  findList,
  getColumnMap,
  getCount,
  getText,
  showAvroValue,
} from './avroRecord.js'
import type { DataFile } from './dataFile.js'
import { TableFormatError, UnsupportedTableError } from './errors.js'
import type { ManifestFile } from './manifestList.js'
import { avroName, decimalBytes, MANIFEST_NAMES, manifestEntrySchema } from './manifestSchema.js'
import { currentSchema, getSpec, schemasNewestFirst, type TableMetadata } from './metadata.js'
import {
  type PartitionSpec,
  type PartitionValue,
  requirePartitionType,
  type TypedPartitionField,
  toPartition,
  typePartitionFields,
} from './partitionSpec.js'
import { findField, type PrimitiveType, parseDecimalType, type Schema } from './schema.js'
import { decodeSingleValue, encodeSingleValue, isValueOf, type Value } from './singleValue.js'

export type EntryStatus = 'existing' | 'added' | 'deleted'

/** What a manifest says of one file. */
export interface ManifestEntry {
  readonly status: EntryStatus
  /** The snapshot that added the file, or that deleted it. */
  readonly snapshotId: bigint
  /** `undefined` only in what is to be written as added: readers inherit it from the manifest's own. */
  readonly sequenceNumber: number | undefined
  readonly fileSequenceNumber: number | undefined
  readonly file: DataFile
}

/** Whether the file is in the table after the snapshot. */
export const isLive = (entry: ManifestEntry): boolean => entry.status !== 'deleted'

/** The bytes of a manifest of data files of one spec. */
export function formatManifest(metadata: TableMetadata, specId: number, entries: readonly ManifestEntry[]): Uint8Array {
  const spec = getSpec(metadata, specId)
  const fields = typedFields(metadata, specId)
  const schema = schemaOf(metadata, spec)
  const header = {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(spec.fields),
    'partition-spec-id': String(specId),
    'format-version': '2',
    content: 'data',
  }
  return formatAvro(
    manifestEntrySchema(fields),
    header,
    entries.map(entry => formatEntry(entry, fields)),
  )
}

/** The newest schema that has the spec's source columns: with one that a column was dropped from, readers can't bind the spec. */
function schemaOf(metadata: TableMetadata, { fields }: PartitionSpec): Schema {
  const hasAll = (schema: Schema): boolean => fields.every(field => findField(schema, field['source-id']) !== undefined)
  return schemasNewestFirst(metadata).find(hasAll) ?? currentSchema(metadata)
}

/**
 * Parses a manifest of any writer, with what its entries inherit from the list (spec, "Manifest Inheritance").
 * @returns entries in file order, deleted ones included
 * @throws {TableFormatError} for bytes that are no manifest
 * @throws {UnsupportedTableError} for delete files, encrypted ones, and files other than Parquet
 */
export function parseManifest(bytes: Uint8Array, manifest: ManifestFile, metadata: TableMetadata): ManifestEntry[] {
  const fields = typedFields(metadata, manifest.specId)
  const partitionNames = fields.map(field => [field.id, field.name] as const)
  const { records } = parseAvro(bytes, new Map([...MANIFEST_NAMES, ...partitionNames]), manifest.path)
  return records.map(record => parseEntry(asRecord(record, manifest.path), manifest, fields))
}

/** The fields of one of the table's specs, with their types. */
export function typedFields(metadata: TableMetadata, specId: number): TypedPartitionField[] {
  return typePartitionFields(getSpec(metadata, specId), schemasNewestFirst(metadata))
}

const STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted']

function formatEntry(entry: ManifestEntry, fields: readonly TypedPartitionField[]): object {
  return {
    status: STATUSES.indexOf(entry.status),
    snapshot_id: entry.snapshotId,
    sequence_number: entry.sequenceNumber ?? null,
    file_sequence_number: entry.fileSequenceNumber ?? null,
    data_file: formatDataFile(entry.file, fields),
  }
}

function formatDataFile(file: DataFile, fields: readonly TypedPartitionField[]): object {
  return {
    content: 0,
    file_path: file.path,
    file_format: 'PARQUET',
    partition: formatPartition(file, fields),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeBytes,
    column_sizes: formatColumnMap(file.columnSizes),
    value_counts: formatColumnMap(file.valueCounts),
    null_value_counts: formatColumnMap(file.nullValueCounts),
    nan_value_counts: formatColumnMap(file.nanValueCounts),
    lower_bounds: formatColumnMap(file.lowerBounds),
    upper_bounds: formatColumnMap(file.upperBounds),
    key_metadata: null,
    split_offsets: file.splitOffsets ? [...file.splitOffsets] : null,
    equality_ids: null,
    sort_order_id: file.sortOrderId ?? null,
  }
}

function formatPartition(file: DataFile, fields: readonly TypedPartitionField[]): object {
  const partition = toPartition(fields, file.partition)
  const entries = fields.map(field => {
    const value = partition[field.name] ?? null
    return [avroName(field.name), value === null ? null : formatPartitionValue(requirePartitionType(field), value)]
  })
  return Object.fromEntries(entries)
}

function formatPartitionValue(type: PrimitiveType, value: Value): unknown {
  const decimal = parseDecimalType(type)
  if (decimal && typeof value === 'bigint') return padBigEndian(value, decimalBytes(decimal.precision))
  return type === 'uuid' || value instanceof Uint8Array ? Buffer.from(encodeSingleValue(type, value)) : value
}

function padBigEndian(value: bigint, length: number): Buffer {
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0')
  return Buffer.from(hex, 'hex')
}

function formatColumnMap(map: ReadonlyMap<number, number | Uint8Array>): object[] | null {
  if (map.size === 0) return null
  const pairs = [...map].sort(([a], [b]) => a - b)
  return pairs.map(([key, value]) => ({ key, value: typeof value === 'number' ? value : Buffer.from(value) }))
}

function parseEntry(entry: AvroRecord, manifest: ManifestFile, fields: readonly TypedPartitionField[]): ManifestEntry {
  const status = STATUSES[getCount(entry, 'status')]
  if (!status) throw new TableFormatError({ subject: `${entry.subject}: status`, expected: '0, 1 or 2' })
  const inherited = status === 'added' ? manifest.sequenceNumber : undefined
  const sequenceNumber = findCount(entry, 'sequence_number') ?? inherited
  if (sequenceNumber === undefined) {
    throw new TableFormatError({ subject: `${entry.subject}: sequence_number`, expected: `one for a file ${status}` })
  }
  return {
    status,
    snapshotId: findId(entry, 'snapshot_id') ?? manifest.addedSnapshotId,
    sequenceNumber,
    fileSequenceNumber: findCount(entry, 'file_sequence_number') ?? inherited,
    file: parseDataFile(asRecord(entry.fields.data_file, entry.subject), manifest.specId, fields),
  }
}

function parseDataFile(record: AvroRecord, specId: number, fields: readonly TypedPartitionField[]): DataFile {
  const path = getText(record, 'file_path')
  requireSupported(record, path)
  const sortOrderId = findCount(record, 'sort_order_id')
  const splitOffsets = findList(record, 'split_offsets')?.filter(offset => typeof offset === 'number')
  return {
    path,
    partition: parsePartition(asRecord(record.fields.partition, record.subject), fields),
    recordCount: getCount(record, 'record_count'),
    fileSizeBytes: getCount(record, 'file_size_in_bytes'),
    columnSizes: getColumnMap(record, 'column_sizes', pair => getCount(pair, 'value')),
    valueCounts: getColumnMap(record, 'value_counts', pair => getCount(pair, 'value')),
    nullValueCounts: getColumnMap(record, 'null_value_counts', pair => getCount(pair, 'value')),
    nanValueCounts: getColumnMap(record, 'nan_value_counts', pair => getCount(pair, 'value')),
    lowerBounds: getColumnMap(record, 'lower_bounds', getBound),
    upperBounds: getColumnMap(record, 'upper_bounds', getBound),
    ...(sortOrderId !== undefined && { sortOrderId }),
    ...(splitOffsets && { splitOffsets }),
    specId,
  }
}

function requireSupported(record: AvroRecord, path: string): void {
  const format = getText(record, 'file_format')
  const got =
    (findCount(record, 'content') ?? 0) !== 0
      ? 'a delete file'
      : format.toUpperCase() !== 'PARQUET'
        ? `a file of format ${format}`
        : findBytes(record, 'key_metadata') && 'an encrypted file'
  if (got) throw new UnsupportedTableError({ subject: path, expected: 'a Parquet data file', got })
}

/** Copied: the decoded bytes are a view that would keep the whole block. */
function getBound(pair: AvroRecord): Uint8Array {
  const bytes = findBytes(pair, 'value')
  if (bytes) return Uint8Array.from(bytes)
  throw new TableFormatError({ subject: pair.subject, expected: 'a bound', got: 'none' })
}

function parsePartition(record: AvroRecord, fields: readonly TypedPartitionField[]): Record<string, PartitionValue> {
  return Object.fromEntries(
    fields.map(field => {
      const raw = record.fields[field.name] ?? null
      return [field.name, raw === null || !field.type ? null : parsePartitionValue(field.type, raw, record.subject)]
    }),
  )
}

function parsePartitionValue(type: PrimitiveType, raw: Exclude<AvroValue, null>, subject: string): Value {
  const value = raw instanceof Uint8Array ? decodeSingleValue(type, Uint8Array.from(raw)) : widen(type, raw)
  if (value !== undefined && isValueOf(type, value)) return value
  throw new TableFormatError({
    subject: `${subject}: partition`,
    expected: `a value of type ${type}`,
    got: showAvroValue(raw),
  })
}

function widen(type: PrimitiveType, raw: Exclude<AvroValue, null>): Value | undefined {
  if (typeof raw === 'number' && IN_64_BITS.has(type)) return BigInt(raw)
  return typeof raw === 'object' ? undefined : raw
}

const IN_64_BITS: ReadonlySet<PrimitiveType> = new Set(['long', 'time', 'timestamp', 'timestamptz'])
