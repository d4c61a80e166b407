import type { AvroSchema } from './avroSchema.js'
import { requirePartitionType, type TypedPartitionField } from './partitionSpec.js'
import { type PrimitiveType, parseDecimalType, parseFixedType } from './schema.js'
import { encodeBigEndian } from './singleValue.js'

/** The Avro schema of a manifest's entries (spec, "Manifests"), for a partition of those fields. */
export function manifestEntrySchema(fields: readonly TypedPartitionField[]): AvroSchema {
  return record('manifest_entry', [
    required('status', 0, 'int'),
    optional('snapshot_id', 1, 'long'),
    optional('sequence_number', 3, 'long'),
    optional('file_sequence_number', 4, 'long'),
    required('data_file', 2, dataFileSchema(fields)),
  ])
}

/** The Avro schema of a manifest list (spec, "Manifest Lists"). */
export const manifestListSchema: AvroSchema = record('manifest_file', [
  required('manifest_path', 500, 'string'),
  required('manifest_length', 501, 'long'),
  required('partition_spec_id', 502, 'int'),
  required('content', 517, 'int'),
  required('sequence_number', 515, 'long'),
  required('min_sequence_number', 516, 'long'),
  required('added_snapshot_id', 503, 'long'),
  required('added_files_count', 504, 'int'),
  required('existing_files_count', 505, 'int'),
  required('deleted_files_count', 506, 'int'),
  required('added_rows_count', 512, 'long'),
  required('existing_rows_count', 513, 'long'),
  required('deleted_rows_count', 514, 'long'),
  optional('partitions', 507, {
    type: 'array',
    'element-id': 508,
    items: record('r508', [
      required('contains_null', 509, 'boolean'),
      optional('contains_nan', 518, 'boolean'),
      optional('lower_bound', 510, 'bytes'),
      optional('upper_bound', 511, 'bytes'),
    ]),
  }),
  optional('key_metadata', 519, 'bytes'),
])

/** The names of the fields above by their ids: other writers spell some of them differently. */
export const MANIFEST_NAMES: ReadonlyMap<number, string> = namesOf(manifestEntrySchema([]))
export const MANIFEST_LIST_NAMES: ReadonlyMap<number, string> = namesOf(manifestListSchema)

/** What a field of a name that Avro doesn't allow is called: others than letters, digits and `_` as `_xHEX`. */
export function avroName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_]/gu, c => `_x${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`)
  return /^[A-Za-z_]/.test(safe) ? safe : `_${safe}`
}

/** The fewest bytes that hold every decimal of a precision. */
export const decimalBytes = (precision: number): number => encodeBigEndian(10n ** BigInt(precision) - 1n).length

function dataFileSchema(fields: readonly TypedPartitionField[]): AvroSchema {
  const partition = fields.map(field =>
    optional(avroName(field.name), field.id, avroType(requirePartitionType(field), field.id)),
  )
  return record('r2', [
    required('content', 134, 'int'),
    required('file_path', 100, 'string'),
    required('file_format', 101, 'string'),
    required('partition', 102, record('r102', partition)),
    required('record_count', 103, 'long'),
    required('file_size_in_bytes', 104, 'long'),
    optional('column_sizes', 108, columnMap(117, 118, 'long')),
    optional('value_counts', 109, columnMap(119, 120, 'long')),
    optional('null_value_counts', 110, columnMap(121, 122, 'long')),
    optional('nan_value_counts', 137, columnMap(138, 139, 'long')),
    optional('lower_bounds', 125, columnMap(126, 127, 'bytes')),
    optional('upper_bounds', 128, columnMap(129, 130, 'bytes')),
    optional('key_metadata', 131, 'bytes'),
    optional('split_offsets', 132, { type: 'array', 'element-id': 133, items: 'long' }),
    optional('equality_ids', 135, { type: 'array', 'element-id': 136, items: 'int' }),
    optional('sort_order_id', 140, 'int'),
  ])
}

/** The type of a partition value; without the logical types some readers find no rows and say nothing. */
function avroType(type: PrimitiveType, id: number): AvroSchema {
  const decimal = parseDecimalType(type)
  if (decimal) {
    const { precision, scale } = decimal
    const size = decimalBytes(precision)
    return { type: 'fixed', name: `decimal_${id}`, size, logicalType: 'decimal', precision, scale }
  }
  const size = parseFixedType(type)
  if (size !== undefined) return { type: 'fixed', name: `fixed_${id}`, size }
  return LOGICAL_TYPES[type] ?? (type === 'uuid' ? { ...UUID, name: `uuid_${id}` } : type === 'binary' ? 'bytes' : type)
}

const LOGICAL_TYPES: Partial<Record<PrimitiveType, AvroSchema>> = {
  date: { type: 'int', logicalType: 'date' },
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
}
const UUID = { type: 'fixed', size: 16, logicalType: 'uuid' }

interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly 'field-id': number
  readonly default?: null
}

/** A map from int, which Avro spells as an array of pairs. */
function columnMap(keyId: number, valueId: number, value: AvroSchema): AvroSchema {
  const items = record(`k${keyId}_v${valueId}`, [required('key', keyId, 'int'), required('value', valueId, value)])
  return { type: 'array', logicalType: 'map', items }
}

function record(
  name: string,
  fields: readonly AvroField[],
): { type: 'record'; name: string; fields: readonly AvroField[] } {
  return { type: 'record', name, fields }
}

function required(name: string, id: number, type: AvroSchema): AvroField {
  return { name, type, 'field-id': id }
}

function optional(name: string, id: number, type: AvroSchema): AvroField {
  return { name, type: ['null', type], default: null, 'field-id': id }
}

function namesOf(schema: unknown, names = new Map<number, string>()): Map<number, string> {
  if (typeof schema !== 'object' || schema === null) return names
  if ('field-id' in schema && 'name' in schema) names.set(Number(schema['field-id']), String(schema.name))
  for (const part of Object.values(schema)) namesOf(part, names)
  return names
}
