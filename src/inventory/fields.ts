import { StocktakeError, UsageError } from '../errors.js'

/** What a field of a report holds. A long is a count of bytes; a timestamp is UTC, to the millisecond. */
export type FieldType = 'string' | 'long' | 'boolean' | 'timestamp'

/** One field that S3 Inventory can report. */
export interface InventoryField {
  /** The column of `objects`, which is also the spelling of Parquet and ORC reports: `last_modified_date`. */
  readonly column: string
  /** The spelling of CSV reports: `LastModifiedDate`. */
  readonly csvName: string
  readonly type: FieldType
}

/** A column of a report, and what it holds. */
export interface ReportField {
  /** As the report spells it. */
  readonly reportColumn: string
  /** Its place among the report's columns, from 0. */
  readonly position: number
  readonly field: InventoryField
}

/** The columns of a report in the report's order, parted into those we know and the names of the others. */
export interface ResolvedFields {
  readonly fields: readonly ReportField[]
  readonly ignored: readonly string[]
}

/** Columns that don't make a report: one named twice, or no Bucket or Key. */
export class ReportColumnsError extends StocktakeError {}

/** Every known field, in the order of the columns of `objects`. */
export const INVENTORY_FIELDS: readonly InventoryField[] = [
  { column: 'bucket', csvName: 'Bucket', type: 'string' },
  { column: 'key', csvName: 'Key', type: 'string' },
  { column: 'version_id', csvName: 'VersionId', type: 'string' },
  { column: 'is_latest', csvName: 'IsLatest', type: 'boolean' },
  { column: 'is_delete_marker', csvName: 'IsDeleteMarker', type: 'boolean' },
  { column: 'size', csvName: 'Size', type: 'long' },
  { column: 'last_modified_date', csvName: 'LastModifiedDate', type: 'timestamp' },
  { column: 'e_tag', csvName: 'ETag', type: 'string' },
  { column: 'storage_class', csvName: 'StorageClass', type: 'string' },
  { column: 'is_multipart_uploaded', csvName: 'IsMultipartUploaded', type: 'boolean' },
  { column: 'replication_status', csvName: 'ReplicationStatus', type: 'string' },
  { column: 'encryption_status', csvName: 'EncryptionStatus', type: 'string' },
  { column: 'object_lock_retain_until_date', csvName: 'ObjectLockRetainUntilDate', type: 'timestamp' },
  { column: 'object_lock_mode', csvName: 'ObjectLockMode', type: 'string' },
  { column: 'object_lock_legal_hold_status', csvName: 'ObjectLockLegalHoldStatus', type: 'string' },
  { column: 'intelligent_tiering_access_tier', csvName: 'IntelligentTieringAccessTier', type: 'string' },
  { column: 'bucket_key_status', csvName: 'BucketKeyStatus', type: 'string' },
  { column: 'checksum_algorithm', csvName: 'ChecksumAlgorithm', type: 'string' },
  { column: 'object_access_control_list', csvName: 'ObjectAccessControlList', type: 'string' },
  { column: 'object_owner', csvName: 'ObjectOwner', type: 'string' },
  { column: 'lifecycle_expiration_date', csvName: 'LifecycleExpirationDate', type: 'timestamp' },
  { column: 'object_lock_event_hold_status', csvName: 'ObjectLockEventHoldStatus', type: 'string' },
  { column: 'object_lock_event_hold_duration', csvName: 'ObjectLockEventHoldDuration', type: 'string' },
]

const REQUIRED = ['bucket', 'key']

/**
 * Finds the known fields among a report's columns, by name: in any case, and in the spelling of either format.
 *
 * @param columns as the report spells them, in its order
 * @param mapping the connector's `fields:`, our column → the report's name for it. A name that this report doesn't have
 *   has no effect; one that it has goes before the column that would match by itself, which is then ignored
 * @throws {ReportColumnsError} if a column or a field comes twice, or there is no Bucket or Key
 * @throws {UsageError} if the mapping names no field of ours, or one column of the report for two
 */
export function resolveFields(columns: readonly string[], mapping: Readonly<Record<string, string>>): ResolvedFields {
  requireOnce(columns)
  const mapped = resolveMapping(columns, mapping)
  const taken = new Set(mapped.values())
  const fields: ReportField[] = []
  const ignored: string[] = []
  for (const [position, reportColumn] of columns.entries()) {
    const known = BY_NAME.get(plainName(reportColumn))
    const field = mapped.get(reportColumn.toLowerCase()) ?? (known && !taken.has(known) ? known : undefined)
    if (field) fields.push({ reportColumn, position, field })
    else ignored.push(reportColumn)
  }
  requireFields(fields, columns)
  return { fields, ignored }
}

/** The field of that column of `objects`, or `undefined`. */
export const findField = (column: string): InventoryField | undefined =>
  INVENTORY_FIELDS.find(field => field.column === column)

/** `LastModifiedDate` and `last_modified_date` are the same name. */
const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase()

const BY_NAME: ReadonlyMap<string, InventoryField> = new Map(
  INVENTORY_FIELDS.map(field => [plainName(field.column), field]),
)

function requireOnce(columns: readonly string[]): void {
  const seen = new Set<string>()
  for (const column of columns) {
    const name = column.toLowerCase()
    if (seen.has(name)) throw new ReportColumnsError({ subject: `column ${column}`, expected: 'once', got: 'twice' })
    seen.add(name)
  }
}

/** The fields that the mapping finds in this report, by the report's name in lower case. */
function resolveMapping(columns: readonly string[], mapping: Readonly<Record<string, string>>) {
  const present = new Set(columns.map(column => column.toLowerCase()))
  const mapped = new Map<string, InventoryField>()
  for (const [column, reportColumn] of Object.entries(mapping)) {
    const field = findField(column)
    if (!field) throw new UsageError({ subject: `fields: ${column}`, expected: columnNames(), got: column })
    const name = reportColumn.toLowerCase()
    const other = mapped.get(name)
    if (other)
      throw new UsageError({
        subject: `fields: ${column}`,
        got: `${reportColumn} is already mapped to ${other.column}`,
      })
    if (present.has(name)) mapped.set(name, field)
  }
  return mapped
}

const columnNames = (): string => `one of ${INVENTORY_FIELDS.map(field => field.column).join(', ')}`

function requireFields(fields: readonly ReportField[], columns: readonly string[]): void {
  const names = new Map<string, string>()
  for (const { field, reportColumn } of fields) {
    const other = names.get(field.column)
    if (other !== undefined)
      throw new ReportColumnsError({
        subject: `column ${field.csvName}`,
        expected: 'once',
        got: `${other}, ${reportColumn}`,
      })
    names.set(field.column, reportColumn)
  }
  const missing = REQUIRED.filter(column => !names.has(column)).map(column => findField(column)?.csvName)
  if (missing.length > 0)
    throw new ReportColumnsError({
      subject: 'columns',
      expected: missing.join(' and '),
      got: columns.join(', ') || 'none',
      fix: 'if the report names them otherwise, say how under fields: in the connector',
    })
}
