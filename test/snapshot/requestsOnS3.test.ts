import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openDuckDB } from '../../src/engine/duckdb.js'
import type { Engine } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { reportsFolder } from '../../src/inventory/findReports.js'
import type { Transport } from '../../src/snapshot/remoteFiles.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { closeTestLake, FIRST, importOne, SOURCE, SOURCE_BUCKET } from './importing.js'
import { type LakeOnS3, openLakeOnS3, transportOf } from './lakeOnS3.js'
import { putReport, type RawReport } from './reports.js'

const FILES = 10
const ROWS_OF_FILE = 100_000

type Format = 'CSV' | 'Parquet'

const SCHEMAS = {
  CSV: 'Bucket, Key, Size, LastModifiedDate, ETag, StorageClass',
  Parquet: `message s3.inventory {  optional binary bucket (STRING);  optional binary key (STRING);  optional int64 size;  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));  optional binary e_tag (STRING);  optional binary storage_class (STRING);}`,
}

/** As AWS writes them: CSV of quoted text in gzip, Parquet in snappy with its times in milliseconds. */
const WRITTEN = {
  CSV: {
    end: 'csv.gz',
    time: `strftime(modified, '%Y-%m-%dT%H:%M:%S.000Z')`,
    as: 'format csv, header false, force_quote *, compression gzip',
  },
  Parquet: { end: 'parquet', time: 'modified::timestamp_ms', as: 'format parquet, compression snappy' },
}

describeWithOracles('the requests of an import of a million objects in ten files', () => {
  let service: S3Service
  let proxy: FaultProxy
  let lake: LakeOnS3
  let folder: string
  const buckets: Partial<Record<Format, string>> = {}
  const sizes: Partial<Record<Format, number>> = {}

  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
    folder = await mkdtemp(join(tmpdir(), 'stocktake-requests-'))
    const engine = await openDuckDB({ memoryBytes: 300_000_000, threads: 2, tempFolder: folder })
    for (const format of ['CSV', 'Parquet'] as const) {
      const report = await makeReport(engine, format)
      buckets[format] = await createBucket(service)
      sizes[format] = report.files.reduce((sum, { bytes }) => sum + bytes.length, 0)
      await putReport(await openTestStore(service, { bucket: buckets[format] ?? '' }), report)
    }
    engine.close()
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await proxy?.stop()
    await service?.stop()
  })
  afterEach(() => closeTestLake(lake))

  async function makeReport(engine: Engine, format: Format): Promise<RawReport> {
    const files = []
    const { end, time, as } = WRITTEN[format]
    for (let i = 0; i < FILES; i++) {
      const path = join(folder, `${i}.${end}`)
      await engine.run(`copy (
        with objects as (select range as n, range * 7919 % ${FILES * ROWS_OF_FILE} as i,
            timestamp '2020-01-01' + interval 1 second * range as modified
          from range(${i * ROWS_OF_FILE}, ${(i + 1) * ROWS_OF_FILE}))
        select '${SOURCE_BUCKET}' as bucket, 'photos/' || i % 1000 || '/IMG_' || i || '.CR3' as key, n as size,
          ${time} as last_modified_date, md5(i::varchar) as e_tag, 'STANDARD' as storage_class from objects
      ) to ${quoteString(path)} (${as})`)
      files.push({ name: `${i}.${end}`, bytes: await readFile(path) })
    }
    return { takenAt: FIRST, format, fileSchema: SCHEMAS[format], files }
  }

  async function open(format: Format): Promise<SeenRequest[]> {
    lake = await openLakeOnS3(service, { endpoint: proxy.endpoint, buckets: { reports: buckets[format] ?? '' } })
    const seen: SeenRequest[] = []
    proxy.spoil(request => {
      if (request.path.startsWith(`/${lake.buckets.reports}`)) seen.push(request)
      return undefined
    })
    return seen
  }

  const isList = ({ path }: SeenRequest): boolean => path.includes('list-type=2')

  // Of a file that DuckDB reads twice, to plan and to read it, a CSV one is fetched anew: it keeps those of Parquet.
  test.each<[Transport['mode'], Format, lists: number, most: number, mostBytes: number]>([
    ['staged', 'CSV', 1, 20, 1.01],
    ['httpfs', 'CSV', 2, 100, 1.3],
    ['auto', 'CSV', 1, 20, 1.01],
    ['staged', 'Parquet', 1, 20, 1.01],
    ['auto', 'Parquet', 2, 100, 1.1],
  ])('%s, %s: each one is in the receipt', async (mode, format, lists, most, mostBytes) => {
    const seen = await open(format)
    const receipt = await importOne(lake, { transport: transportOf(mode) })
    const listed = seen.filter(isList)
    expect(receipt).toMatchObject({ row_count: BigInt(FILES * ROWS_OF_FILE), list_requests: BigInt(listed.length) })
    expect(receipt.list_requests + receipt.get_requests).toBe(BigInt(seen.length))
    expect(listed.map(({ path }) => new URL(path, proxy.endpoint).searchParams.get('prefix'))).toEqual(
      ['', 'data/'].slice(0, lists).map(folder => `${reportsFolder(SOURCE)}${folder}`),
    )
    expect(seen.length).toBeLessThan(most)
    const share = Number(receipt.bytes_read) / (sizes[format] ?? 0)
    expect(share).toBeGreaterThan(0.98)
    expect(share).toBeLessThan(mostBytes)
  })
})
