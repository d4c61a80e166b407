import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createGzip, type Gzip } from 'node:zlib'
import { encodeCsvKey } from '../inventory/csvKey.js'
import { findField } from '../inventory/fields.js'
import { type ReportSource, reportsFolder } from '../inventory/findReports.js'
import { checksumKeyOf } from '../inventory/loadManifest.js'
import { formatReportTime } from '../inventory/reportTime.js'
import type { ObjectStore } from '../lake/objectStore.js'

/**
 * One version of an object. What isn't said is empty in the report; but `isLatest` is true and `isDeleteMarker` false.
 * S3 leaves size, ETag, storage class and encryption of a delete marker empty.
 */
export interface ReportRow {
  readonly key: string
  readonly versionId?: string
  readonly isLatest?: boolean
  readonly isDeleteMarker?: boolean
  readonly size?: number | bigint
  readonly lastModified?: Date
  readonly eTag?: string
  readonly storageClass?: string
  readonly isMultipartUploaded?: boolean
  readonly replicationStatus?: string
  readonly encryptionStatus?: string
  readonly objectLockRetainUntilDate?: Date
  readonly objectLockMode?: string
  readonly objectLockLegalHoldStatus?: string
  readonly intelligentTieringAccessTier?: string
  readonly bucketKeyStatus?: string
  readonly checksumAlgorithm?: string
  readonly objectAccessControlList?: string
  readonly objectOwner?: string
  readonly lifecycleExpirationDate?: Date
  readonly objectLockEventHoldStatus?: string
  readonly objectLockEventHoldDuration?: string
}

export interface WriteReportOptions extends ReportSource {
  readonly destinationBucket: string
  /** Its minute names the dated folder. */
  readonly takenAt: Date
  /** Columns of `objects`, in the order the report has them. One that is not known becomes an empty column. */
  readonly fields: readonly string[]
  /** A column of `objects` → the report's name for it, where it isn't AWS's. */
  readonly names?: Readonly<Record<string, string>>
  /** How many data files the rows go to, in turn; files that got no row are not written. */
  readonly filesCount: number
}

export interface WrittenReport {
  /** Its dated folder: `2026-01-20T01-00Z`. */
  readonly name: string
  readonly manifestKey: string
  /** In the manifest's order. */
  readonly dataFileKeys: readonly string[]
  readonly rowCount: number
}

/**
 * Writes a CSV report as S3 Inventory delivers it: data files, Hive's list of them, manifest, and its checksum last.
 * Written again, it is the same bytes under the same keys. The rows are streamed; the packed files are held until they
 * are whole, about 45 bytes a row.
 *
 * @param rows in any order; a text is a line written as it is, for rows that no bucket gives
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
export async function writeReport(
  rows: Iterable<ReportRow | string>,
  options: WriteReportOptions,
  store: ObjectStore,
): Promise<WrittenReport> {
  const format = rowFormatter(options)
  const files = Array.from({ length: options.filesCount }, openCsvFile)
  let rowCount = 0
  for (const row of rows) {
    const file = files[rowCount % files.length]
    rowCount++
    if (file?.add(typeof row === 'string' ? row : format(row))) await file.drain()
  }
  const written: WrittenFile[] = []
  for (const [index, file] of files.slice(0, rowCount).entries()) {
    const { bytes, md5 } = await file.end()
    const key = dataFileKey(options, index)
    await store.put(key, bytes)
    written.push({ key, sizeBytes: bytes.length, md5 })
  }
  const manifestKey = await putManifest(written, options, store)
  return {
    name: formatReportTime(options.takenAt),
    manifestKey,
    dataFileKeys: written.map(file => file.key),
    rowCount,
  }
}

interface WrittenFile {
  readonly key: string
  readonly sizeBytes: number
  readonly md5: string
}

type Value = string | number | bigint | boolean | Date | undefined

/** What each column of `objects` takes from a row. */
const VALUES: Readonly<Record<string, (row: ReportRow) => Value>> = {
  version_id: row => row.versionId,
  is_latest: row => row.isLatest ?? true,
  is_delete_marker: row => row.isDeleteMarker ?? false,
  size: row => row.size,
  last_modified_date: row => row.lastModified,
  e_tag: row => row.eTag,
  storage_class: row => row.storageClass,
  is_multipart_uploaded: row => row.isMultipartUploaded,
  replication_status: row => row.replicationStatus,
  encryption_status: row => row.encryptionStatus,
  object_lock_retain_until_date: row => row.objectLockRetainUntilDate,
  object_lock_mode: row => row.objectLockMode,
  object_lock_legal_hold_status: row => row.objectLockLegalHoldStatus,
  intelligent_tiering_access_tier: row => row.intelligentTieringAccessTier,
  bucket_key_status: row => row.bucketKeyStatus,
  checksum_algorithm: row => row.checksumAlgorithm,
  object_access_control_list: row => row.objectAccessControlList,
  object_owner: row => row.objectOwner,
  lifecycle_expiration_date: row => row.lifecycleExpirationDate,
  object_lock_event_hold_status: row => row.objectLockEventHoldStatus,
  object_lock_event_hold_duration: row => row.objectLockEventHoldDuration,
}

/** Every value quoted, `\n` at the end, keys URL-encoded: as AWS writes them. */
function rowFormatter({ fields, sourceBucket }: WriteReportOptions): (row: ReportRow) => string {
  const values = fields.map(column => {
    if (column === 'bucket') return () => sourceBucket
    if (column === 'key') return (row: ReportRow) => encodeCsvKey(row.key)
    return VALUES[column] ?? (() => undefined)
  })
  return row => `"${values.map(value => formatValue(value(row))).join('","')}"\n`
}

function formatValue(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value.replaceAll('"', '""') : String(value)
}

interface CsvFile {
  /** @returns whether to await `drain` before more is added */
  add(line: string): boolean
  drain(): Promise<void>
  end(): Promise<{ bytes: Uint8Array; md5: string }>
}

const TEXT_LENGTH = 1 << 18

function openCsvFile(): CsvFile {
  const gzip: Gzip = createGzip({ level: 1, chunkSize: TEXT_LENGTH })
  const hash: Hash = createHash('md5')
  const parts: Uint8Array[] = []
  gzip.on('data', (part: Buffer) => {
    hash.update(part)
    parts.push(part)
  })
  let text = ''
  return {
    add(line) {
      text += line
      return text.length >= TEXT_LENGTH
    },
    async drain() {
      const isFull = !gzip.write(text)
      text = ''
      if (isFull) await once(gzip, 'drain')
    },
    async end() {
      gzip.end(text)
      await once(gzip, 'end')
      return { bytes: Buffer.concat(parts), md5: hash.digest('hex') }
    },
  }
}

/** `…/data/<uuid>.csv.gz`. Reports of all dates share the folder, so the id is made of what tells them apart. */
function dataFileKey(options: WriteReportOptions, index: number): string {
  const identity = [options.sourceBucket, options.configName, options.takenAt.toISOString(), index].join('\n')
  const id = createHash('md5').update(identity).digest('hex')
  const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return `${reportsFolder(options)}data/${uuid}.csv.gz`
}

async function putManifest(files: readonly WrittenFile[], options: WriteReportOptions, store: ObjectStore) {
  const folder = reportsFolder(options)
  const manifestKey = `${folder}${formatReportTime(options.takenAt)}/manifest.json`
  const manifest = formatManifest(files, options)
  const links = files.map(({ key }) => `s3://${options.destinationBucket}/${key}\n`).join('')
  await store.put(`${folder}hive/dt=${hiveTime(options.takenAt)}/symlink.txt`, Buffer.from(links))
  await store.put(manifestKey, Buffer.from(manifest))
  await store.put(checksumKeyOf(manifestKey), Buffer.from(`${createHash('md5').update(manifest).digest('hex')}\n`))
  return manifestKey
}

/** `2026-01-20-01-00` */
const hiveTime = (time: Date): string => formatReportTime(time).replace('T', '-').slice(0, -1)

/** With the spaces that AWS puts into its JSON. */
function formatManifest(files: readonly WrittenFile[], options: WriteReportOptions): string {
  const facts = {
    sourceBucket: options.sourceBucket,
    destinationBucket: `arn:aws:s3:::${options.destinationBucket}`,
    version: '2016-11-30',
    creationTimestamp: String(options.takenAt.getTime()),
    fileFormat: 'CSV',
    fileSchema: options.fields
      .map(column => options.names?.[column] ?? findField(column)?.csvName ?? column)
      .join(', '),
  }
  const lines = Object.entries(facts).map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)},\n`)
  const entries = files.map(
    ({ key, sizeBytes, md5 }) =>
      `{\n    "key" : ${JSON.stringify(key)},\n    "size" : ${sizeBytes},\n    "MD5checksum" : "${md5}"\n  }`,
  )
  return `{\n${lines.join('')}  "files" : [ ${entries.join(', ')}${entries.length > 0 ? ' ' : ''}]\n}\n`
}
