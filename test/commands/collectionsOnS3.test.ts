import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HeadObjectOutput, ObjectVersion, S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { openDuckDB } from '../../src/engine/duckdb.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { reportsFolder } from '../../src/inventory/findReports.js'
import { formatReportTime } from '../../src/inventory/reportTime.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openClient, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { describeWithVersityGw, startVersityGw } from '../services/versityGw.js'
import { md5 } from '../snapshot/reports.js'
import { FIELDS, openSmallPlace, type SmallPlace } from './smallLake.js'

// What an inventory says of a bucket's objects, a live listing says too, field by field. The reports here are made by what S3
// tells of each object by itself (HEAD) and of its versions, which is what AWS makes them of; the listing is ours.

const MEGABYTE = Buffer.alloc(5 * 1024 ** 2, 'x')

/** What a server has, of all that AWS has. */
interface Server {
  readonly start: () => Promise<S3Service>
  readonly hasVersions: boolean
  readonly hasStorageClasses: boolean
  /** Whether its listings say by which algorithm an object's checksum is. */
  readonly listsChecksums: boolean
}

/** Objects that listings and inventories might tell otherwise. */
async function putObjects(s3: S3, Bucket: string, { hasVersions }: Server): Promise<void> {
  const put = (Key: string, Body: string | Buffer, more: object = {}) => s3.putObject({ Bucket, Key, Body, ...more })
  await put('a/plain.jpg', 'plain')
  await put('a/empty', '')
  await put('a/b c+d%20e&f=g é€\u{1f600}\uff00.jpg', 'odd')
  await put('a/it\'s <b>"x"</b>.cr2', 'odd')
  await put('a/cold.jpg', 'cold', { StorageClass: 'GLACIER_IR' })
  await put('a/rare.jpg', 'rare', { StorageClass: 'STANDARD_IA' })
  await put('a/tiered.jpg', 'tiered', { StorageClass: 'INTELLIGENT_TIERING' })
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME'])
    await put(`a/checked ${ChecksumAlgorithm}`, 'checked', { ChecksumAlgorithm })
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'a/parts.mov', StorageClass: 'STANDARD' })
  const upload = { Bucket, Key: 'a/parts.mov', UploadId }
  const parts = []
  for (const [i, Body] of [MEGABYTE, Buffer.from('the rest')].entries()) {
    const { ETag } = await s3.uploadPart({ ...upload, PartNumber: i + 1, Body })
    parts.push({ ETag, PartNumber: i + 1 })
  }
  await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } })
  await put('b/outside.jpg', 'in no collection')
  if (!hasVersions) return
  await put('a/folder/', '') // as consoles make folders; of such ones VersityGW lists no checksum
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  await put('a/changed.jpg', 'before')
  await put('a/changed.jpg', 'and after')
  await put('a/deleted.jpg', 'gone')
  await s3.deleteObject({ Bucket, Key: 'a/deleted.jpg' })
}

/** The versions in a bucket as an inventory has them. */
async function inventoryRows(s3: S3, Bucket: string, server: Server): Promise<ReportRow[]> {
  const rows: ReportRow[] = []
  const { Versions = [], DeleteMarkers = [] } = server.hasVersions
    ? await s3.listObjectVersions({ Bucket })
    : { Versions: ((await s3.listObjectsV2({ Bucket })).Contents ?? []).map(({ Key }) => ({ Key, IsLatest: true })) }
  for (const { Key = '', VersionId, IsLatest } of Versions as ObjectVersion[]) {
    const head = await s3.headObject({ Bucket, Key, VersionId, ChecksumMode: 'ENABLED' })
    const checksum = server.listsChecksums && CHECKSUMS.find(name => head[`Checksum${name}`] !== undefined)
    rows.push({
      ...{ key: Key, isLatest: IsLatest === true, size: head.ContentLength ?? 0 },
      ...(VersionId !== undefined && VersionId !== 'null' && { versionId: VersionId }),
      ...(head.LastModified && { lastModified: head.LastModified }),
      eTag: (head.ETag ?? '').replaceAll('"', ''),
      storageClass: head.StorageClass ?? 'STANDARD', // HEAD leaves it out
      ...(checksum && { checksumAlgorithm: checksum }),
    })
  }
  for (const { Key = '', VersionId = '', IsLatest, LastModified } of DeleteMarkers)
    rows.push({
      ...{ key: Key, versionId: VersionId, isLatest: IsLatest === true, isDeleteMarker: true },
      ...(LastModified && { lastModified: LastModified }),
    })
  return rows
}

const CHECKSUMS = [
  'CRC64NVME',
  'CRC32C',
  'CRC32',
  'SHA256',
  'SHA1',
] as const satisfies (keyof HeadObjectOutput extends `Checksum${infer Name}` ? Name : string)[]

const ALL_FIELDS = [...FIELDS, 'storage_class', 'checksum_algorithm']

/** As AWS writes Parquet reports. */
const PARQUET_SCHEMA = `message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional binary version_id (STRING);  optional boolean is_latest;  optional boolean is_delete_marker;  optional int64 size;  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));  optional binary e_tag (STRING);  optional binary storage_class (STRING);  optional binary checksum_algorithm (STRING);}`

const defineTests = (server: Server) => () => {
  let service: S3Service
  let proxy: FaultProxy
  let place: SmallPlace
  let bucket: string
  let rows: ReportRow[]
  beforeAll(async () => {
    service = await server.start()
    proxy = await startFaultProxy(service.endpoint)
    stubCredentials(service)
    bucket = await createBucket(service)
    const s3 = openClient(service)
    await putObjects(s3, bucket, server)
    rows = await inventoryRows(s3, bucket, server)
    place = await openSmallPlace()
    await writeFile(
      join(place.folder, 'stocktake.yaml'),
      `aws: { region: us-east-1, endpoint: '${proxy.endpoint}', path_style: true }
connectors:
  photos:
    source_bucket: ${bucket}
    inventory: { destination_bucket: ./reports, config_name: daily }
`,
    )
    await place.putReport('2026-01-20T01:00Z', rows, { sourceBucket: bucket, fields: ALL_FIELDS })
    await place.rows('import', 'photos')
    await place.rows('collections', 'create', 'photos', 'a/')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await proxy?.stop()
    await service?.stop()
  })

  /** The requests of a command line that the bucket got. */
  async function requestsOf(...args: string[]): Promise<string[]> {
    proxy.spoil(() => undefined)
    expect(await place.run(...args)).toMatchObject({ code: 0 })
    return proxy.requests.map(({ method, path }) => `${method} ${path}`)
  }

  const fileInfo = () => place.rows('collections', 'show', 'A', '--files')
  const withoutSource = (files: readonly object[]) =>
    files.map(file => ({ ...file, source: undefined, updated_at: undefined }))

  async function putReport(takenAt: Date, bytes: Uint8Array): Promise<void> {
    const reports = new FolderStore(join(place.folder, 'reports'))
    const root = reportsFolder({ sourceBucket: bucket, prefix: '', configName: 'daily' })
    const manifest = JSON.stringify({
      ...{ sourceBucket: bucket, destinationBucket: 'arn:aws:s3:::reports', version: '2016-11-30' },
      ...{ creationTimestamp: String(takenAt.getTime()), fileFormat: 'Parquet', fileSchema: PARQUET_SCHEMA },
      files: [{ key: `${root}data/a.parquet`, size: bytes.length, MD5checksum: md5(bytes) }],
    })
    const folder = `${root}${formatReportTime(takenAt)}/`
    await reports.put(`${root}data/a.parquet`, bytes)
    await reports.put(`${folder}manifest.json`, Buffer.from(manifest))
    await reports.put(`${folder}manifest.checksum`, Buffer.from(md5(manifest)))
  }

  /** As a Parquet report with times in milliseconds; of a later time. */
  async function putParquetReport(takenAt: Date): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'stocktake-parquet-'))
    const engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 1, tempFolder: folder })
    try {
      const text = (value: unknown) => (value === undefined ? 'null' : quoteString(String(value)))
      const values = rows.map(row => {
        const time = row.lastModified?.toISOString().replace('Z', '')
        return `(${quoteString(bucket)}, ${[row.key, row.versionId, row.isLatest ?? true, row.isDeleteMarker ?? false, row.size, time, row.eTag, row.storageClass, row.checksumAlgorithm].map(text).join(', ')})`
      })
      const path = join(folder, 'a.parquet')
      await engine.run(`copy (
        select bucket, key, version_id::varchar as version_id, is_latest::boolean as is_latest, is_delete_marker::boolean as is_delete_marker,
          size::bigint as size, last_modified_date::timestamp_ms as last_modified_date, e_tag, storage_class,
          checksum_algorithm::varchar as checksum_algorithm
        from (values ${values.join(', ')}) as listed (${ALL_FIELDS.join(', ')})
      ) to ${quoteString(path)} (format parquet, compression snappy)`)
      await putReport(takenAt, await readFile(path))
    } finally {
      engine.close()
      await rm(folder, { recursive: true })
    }
  }

  test('has FileInfo, photo-stats and photo-pairing without one request to the bucket', async () => {
    expect(await requestsOf('report', 'photo-stats', '--collection', 'A')).toEqual([])
    expect(await requestsOf('report', 'photo-pairing', '--collection', 'A')).toEqual([])
    expect(await requestsOf('collections', 'show', 'A', '--files')).toEqual([])
    expect(await requestsOf('query', 'select count(*) from file_info')).toEqual([])
    expect((await place.run('report', 'photo-stats', '--collection', 'A')).stderr).toContain('0 LIST requests')
  })

  test('has the same FileInfo by a CSV report, by a listing, and by a Parquet report', async () => {
    const byCsv = await fileInfo()
    const requests = await requestsOf('collections', 'refresh', 'A')
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.filter(each => !/^GET .*list-type=2/.test(each))).toEqual([])
    const byListing = await fileInfo()
    expect(new Set(byCsv.map(({ source }) => source))).toEqual(new Set(['inventory']))
    expect(new Set(byListing.map(({ source }) => source))).toEqual(new Set(['api']))
    expect(withoutSource(byListing)).toEqual(withoutSource(byCsv))
    expect(byListing).toHaveLength(server.hasVersions ? 15 : 13)
    await putParquetReport(new Date('2026-01-22T03:00Z'))
    await place.rows('import', 'photos')
    const byParquet = await fileInfo()
    expect(new Set(byParquet.map(({ updated_at }) => updated_at))).toEqual(new Set(['2026-01-22T03:00:00.000Z']))
    expect(withoutSource(byParquet)).toEqual(withoutSource(byListing))
  })

  test('has in FileInfo what such objects have', async () => {
    const files = new Map((await fileInfo()).map(file => [file.key, file]))
    expect(files.get('a/parts.mov')).toMatchObject({
      size: MEGABYTE.length + 8,
      etag: expect.stringMatching(/^[0-9a-f]{32}-2$/),
    })
    if (server.hasStorageClasses) expect(files.get('a/cold.jpg')).toMatchObject({ storage_class: 'GLACIER_IR' })
    if (server.listsChecksums) expect(files.get('a/checked SHA256')).toMatchObject({ checksum_algorithm: 'SHA256' })
    if (server.hasVersions) expect(files.get('a/changed.jpg')).toMatchObject({ size: 'and after'.length })
    expect([files.has('a/empty'), files.has('a/deleted.jpg'), files.has('b/outside.jpg')]).toEqual([true, false, false])
  })
}

describeWithOracles(
  'a collection of a bucket on MiniStack',
  defineTests({ start: startMiniStack, hasVersions: true, hasStorageClasses: true, listsChecksums: false }),
)

describeWithVersityGw(
  'a collection of a bucket on VersityGW',
  defineTests({ start: startVersityGw, hasVersions: false, hasStorageClasses: false, listsChecksums: true }),
)
