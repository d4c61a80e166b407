import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type ReportRow, type WrittenReport, writeReport } from '../../src/demo/writeReport.js'
import type { Engine } from '../../src/engine/engine.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import { type FieldType, findField } from '../../src/inventory/fields.js'
import type { ReportFormat } from '../../src/inventory/fileSchema.js'
import { reportsFolder } from '../../src/inventory/findReports.js'
import { checksumKeyOf } from '../../src/inventory/loadManifest.js'
import { formatReportTime } from '../../src/inventory/reportTime.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { runPython } from '../oracles/oracles.js'
import { DESTINATION_BUCKET, SOURCE, SOURCE_BUCKET } from './importing.js'

/** The columns of a report of all versions. */
export const VERSION_FIELDS = [
  'bucket',
  'key',
  'version_id',
  'is_latest',
  'is_delete_marker',
  'size',
  'last_modified_date',
  'e_tag',
  'storage_class',
]

/** The columns of a report of current versions. */
export const CURRENT_FIELDS = ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class']

/** A report as it is delivered, whatever is in it. */
export interface RawReport {
  readonly takenAt: Date
  readonly format: ReportFormat
  readonly fileSchema: string
  /** By the end of their keys. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** The manifest's JSON: a test spoils it where it wants to. */
export interface RawManifest {
  sourceBucket: string
  destinationBucket: string
  version: string
  creationTimestamp: string
  fileFormat: string
  fileSchema: string
  files: { key: string; size: number; MD5checksum: string }[]
}

/** A file of the folder `data` of SOURCE's reports. */
export const dataKey = (name: string): string => `${reportsFolder(SOURCE)}data/${name}`

export const manifestKeyOf = (takenAt: Date): string =>
  `${reportsFolder(SOURCE)}${formatReportTime(takenAt)}/manifest.json`

export const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex')

/** Puts a report into the bucket, with sizes and MD5s that agree. @returns its manifest, which was put too */
export async function putReport(store: ObjectStore, report: RawReport): Promise<RawManifest> {
  for (const { name, bytes } of report.files) await store.put(dataKey(name), bytes)
  const manifest = {
    sourceBucket: SOURCE_BUCKET,
    destinationBucket: `arn:aws:s3:::${DESTINATION_BUCKET}`,
    version: '2016-11-30',
    creationTimestamp: String(report.takenAt.getTime()),
    fileFormat: report.format,
    fileSchema: report.fileSchema,
    files: report.files.map(({ name, bytes }) => ({
      key: dataKey(name),
      size: bytes.length,
      MD5checksum: md5(bytes),
    })),
  }
  await putManifest(store, report.takenAt, JSON.stringify(manifest))
  return manifest
}

/** Puts a manifest's text, and the checksum that agrees with it. */
export async function putManifest(store: ObjectStore, takenAt: Date, text: string): Promise<void> {
  const key = manifestKeyOf(takenAt)
  await store.put(key, Buffer.from(text))
  await store.put(checksumKeyOf(key), Buffer.from(`${md5(text)}\n`))
}

/** A CSV report of lines as they are, in one file of each list. */
export const csvReport = (takenAt: Date, fields: readonly string[], ...files: readonly string[][]): RawReport => ({
  takenAt,
  format: 'CSV',
  fileSchema: fields.map(field => findField(field)?.csvName ?? field).join(', '),
  files: files.map((lines, i) => ({ name: `${formatReportTime(takenAt)}-${i}.csv.gz`, bytes: gzipLines(lines) })),
})

export const gzipLines = (lines: readonly string[]): Buffer => gzipSync(lines.map(line => `${line}\n`).join(''))

/** Writes a CSV report as S3 does. */
export const putCsv = (
  store: ObjectStore,
  takenAt: Date,
  rows: Iterable<ReportRow | string>,
  fields: readonly string[] = VERSION_FIELDS,
  filesCount = 2,
): Promise<WrittenReport> =>
  writeReport(rows, { ...SOURCE, destinationBucket: DESTINATION_BUCKET, takenAt, fields, filesCount }, store)

/** A Parquet report as AWS writes them: snappy, raw keys, times in milliseconds. */
export async function parquetReport(
  engine: Engine,
  takenAt: Date,
  rows: readonly ReportRow[],
  fields: readonly string[] = VERSION_FIELDS,
): Promise<RawReport> {
  const bytes = await inFolder(async folder => {
    const [json, path] = [join(folder, 'rows.json'), join(folder, 'rows.parquet')]
    await writeFile(json, formatRows(rows, fields))
    const columns = fields.map(field => `${field}: ${quoteString(PARQUET_TYPES[typeOf(field)])}`)
    const source = `read_json(${quoteString(json)}, format='newline_delimited', columns={${columns.join(', ')}})`
    await engine.run(
      `copy (select ${fields.map(quoteIdentifier).join(', ')} from ${source})
      to ${quoteString(path)} (format parquet, compression snappy)`,
    )
    return readFile(path)
  })
  const types = { string: 'binary', long: 'int64', boolean: 'boolean', timestamp: 'int64' }
  const notes = { string: ' (STRING)', long: '', boolean: '', timestamp: ' (TIMESTAMP(MILLIS,true))' }
  const columns = fields.map(field => `optional ${types[typeOf(field)]} ${field}${notes[typeOf(field)]};`)
  const fileSchema = `message s3.inventory {  ${columns.join('  ')}}`
  return { takenAt, format: 'Parquet', fileSchema, files: [{ name: `${formatReportTime(takenAt)}.parquet`, bytes }] }
}

/** An ORC report, written by pyarrow. */
export async function orcReport(
  takenAt: Date,
  rows: readonly ReportRow[],
  fields: readonly string[] = VERSION_FIELDS,
): Promise<RawReport> {
  const types = { string: 'string', long: 'bigint', boolean: 'boolean', timestamp: 'timestamp' }
  const bytes = await inFolder(async folder => {
    const [json, path] = [join(folder, 'rows.json'), join(folder, 'rows.orc')]
    await writeFile(json, formatRows(rows, fields))
    const columns = fields.map(field => `${field}:${typeOf(field)}`)
    await runPython(join(import.meta.dirname, 'write_orc.py'), [json, path, columns.join(',')])
    return readFile(path)
  })
  const fileSchema = `struct<${fields.map(field => `${field}:${types[typeOf(field)]}`).join(',')}>`
  return { takenAt, format: 'ORC', fileSchema, files: [{ name: `${formatReportTime(takenAt)}.orc`, bytes }] }
}

const typeOf = (field: string): FieldType => findField(field)?.type ?? 'string'

const PARQUET_TYPES = { string: 'VARCHAR', long: 'BIGINT', boolean: 'BOOLEAN', timestamp: 'TIMESTAMP_MS' }

/** What the fields of these reports take from a row; the null version has no id. */
const VALUES: Readonly<Record<string, (row: ReportRow) => unknown>> = {
  bucket: () => SOURCE_BUCKET,
  key: row => row.key,
  version_id: row => row.versionId,
  is_latest: row => row.isLatest ?? true,
  is_delete_marker: row => row.isDeleteMarker ?? false,
  size: row => row.size?.toString(), // past 2^53, too
  last_modified_date: row => row.lastModified?.toISOString().slice(0, -1),
  e_tag: row => row.eTag,
  storage_class: row => row.storageClass,
}

const formatRows = (rows: readonly ReportRow[], fields: readonly string[]): string =>
  rows
    .map(row => `${JSON.stringify(Object.fromEntries(fields.map(field => [field, VALUES[field]?.(row) ?? null])))}\n`)
    .join('')

async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-report-'))
  try {
    return await act(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
