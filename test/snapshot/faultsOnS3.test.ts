import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { ReportRefusedError, type StocktakeError } from '../../src/errors.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { ObjectCorruptError, S3AccessDeniedError, S3UnavailableError } from '../../src/lake/s3Errors.js'
import type { S3Store } from '../../src/lake/s3Store.js'
import type { Transport } from '../../src/snapshot/remoteFiles.js'
import { IMPORT_TABLES, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { closeTestLake, FIRST, importInto, importOne, listLake, readVouched, SECOND } from './importing.js'
import { type LakeOnS3, type OnS3Options, openLakeOnS3, summarize, transportOf } from './lakeOnS3.js'
import { csvReport, manifestKeyOf, parquetReport, putReport, type RawReport, VERSION_FIELDS } from './reports.js'

type Mode = Transport['mode']
type Format = 'CSV' | 'Parquet'

/** Every transport with every format, and what is checked of each file where nothing is wrong. */
const WAYS: readonly [Mode, Format, checks: string][] = [
  ['staged', 'CSV', 'size, md5, gzip crc'],
  ['staged', 'Parquet', 'size, md5'],
  ['httpfs', 'CSV', 'size, etag'],
  ['httpfs', 'Parquet', 'size, etag'],
  ['auto', 'CSV', 'size, md5, gzip crc'],
  ['auto', 'Parquet', 'size, etag'],
]

// `auto` reads each format in one of the other two ways; where that matters is below, and in requestsOnS3.test.ts.
const OWN_WAYS = WAYS.filter(([mode]) => mode !== 'auto')

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

// Keys and ETags that can't be compressed: the two data files have about 300 KB each, and are read by several requests.
const ROWS: ReportRow[] = Array.from({ length: 6_000 }, (_, i) => ({
  ...{ key: `folder ${i % 7}/${md5(`key ${i}`)}.jpg`, size: i, eTag: md5(`content ${i}`), storageClass: 'STANDARD' },
  lastModified: new Date(FIRST.getTime() - i * 1000),
}))
// A name that no compression takes apart, and another of the same length.
const [TRUE_NAME, FALSE_NAME] = ['THE_ONE_OBJECT', 'QUITE_ANOTHER_'] as const
ROWS.push({ key: `folder 0/${TRUE_NAME}`, size: 1, eTag: md5('it'), lastModified: FIRST, storageClass: 'STANDARD' })

const HALVES = [ROWS.slice(0, 3_000), ROWS.slice(3_000)] as const

const time = (row: ReportRow): string => row.lastModified?.toISOString() ?? ''
const formatRow = (row: ReportRow): string =>
  [`photo-bucket`, row.key.replaceAll(' ', '+'), '', 'true', 'false', `${row.size}`, time(row), row.eTag, 'STANDARD']
    .map(value => `"${value}"`)
    .join(',')

/** Packed, but not compressed: a byte of a row can be told from here. */
const packLines = (rows: readonly ReportRow[]): Buffer =>
  gzipSync(rows.map(row => `${formatRow(row)}\n`).join(''), { level: 0 })

describeWithOracles('imports from and into S3 behind a faulty network', () => {
  let service: S3Service
  let proxy: FaultProxy
  let expected: Awaited<ReturnType<typeof summarize>>
  const reports: Partial<Record<Format, RawReport>> = {}
  const buckets: Partial<Record<Format, string>> = {}
  let lake: LakeOnS3

  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
    lake = await openLakeOnS3(service)
    const [first, second] = [
      await parquetReport(lake.engine, FIRST, HALVES[0]),
      await parquetReport(lake.engine, SECOND, HALVES[1]),
    ]
    reports.Parquet = { ...first, files: [...first.files, ...second.files] }
    const { fileSchema } = csvReport(FIRST, VERSION_FIELDS)
    const files = HALVES.map((rows, i) => ({ name: `${i}.csv.gz`, bytes: packLines(rows) }))
    reports.CSV = { takenAt: FIRST, format: 'CSV', fileSchema, files }
    for (const format of ['CSV', 'Parquet'] as const) {
      buckets[format] = await createBucket(service)
      await putReport(await past(format), reportOf(format))
    }
    await importOne({ ...lake, reports: await past('CSV') })
    expected = await summarize(lake)
    await closeTestLake(lake)
  })
  afterAll(async () => {
    await proxy?.stop()
    await service?.stop()
  })
  beforeEach(() => proxy.spoil(() => undefined))
  afterEach(() => closeTestLake(lake))

  function reportOf(format: Format): RawReport {
    const report = reports[format]
    if (!report) throw new Error(`no report in ${format}`)
    return report
  }

  /** The reports of a format, past the proxy. */
  const past = (format: Format): Promise<S3Store> => openTestStore(service, { bucket: buckets[format] ?? '' })

  async function open(format: Format, options: OnS3Options = {}): Promise<LakeOnS3> {
    lake = await openLakeOnS3(service, {
      endpoint: proxy.endpoint,
      buckets: { reports: buckets[format] ?? '' },
      ...options,
    })
    return lake
  }

  const isOfReports = ({ path }: SeenRequest): boolean => path.startsWith(`/${lake.buckets.reports}/`)
  const isData = (request: SeenRequest): boolean => isOfReports(request) && request.path.includes('/data/')
  const isBody = (request: SeenRequest): boolean => isData(request) && request.method === 'GET'

  /** Spoils the bodies of data files: so many, or all. */
  function spoilBodies(fault: Fault, times = Number.POSITIVE_INFINITY): void {
    let n = 0
    proxy.spoil(request => (isBody(request) && n++ < times ? fault : undefined))
  }

  /** Imports what fails, leaves nothing in the lake, and is imported once nothing is wrong. */
  async function expectRefusal(mode: Mode, kind: new (...args: never[]) => Error): Promise<StocktakeError> {
    const before = await listLake(lake)
    const error: unknown = await importInto(lake, { transport: transportOf(mode) }).catch(error => error)
    expect(error).toBeInstanceOf(kind)
    proxy.spoil(() => undefined)
    expect(await listLake(lake)).toEqual(before)
    return error as StocktakeError
  }

  async function expectImport(mode: Mode): Promise<string> {
    const { verified_by } = await importOne(lake, { transport: transportOf(mode) })
    expect(await summarize(lake)).toEqual(expected)
    return verified_by.replace('manifest.checksum, ', '')
  }

  const slowDown: Fault = { kind: 'refuse', status: 503, code: 'SlowDown' }

  describe.each(OWN_WAYS)('%s, %s', (mode, format, checks) => {
    test.each<[string, Fault, times: number]>([
      ['503 SlowDown', slowDown, 3],
      ['500 InternalError', { kind: 'refuse', status: 500, code: 'InternalError' }, 2],
      ['resets', { kind: 'reset' }, 2],
      ['resets in the middle', { kind: 'cut', afterBytes: 20_000 }, 2],
      ['bodies that end too soon', { kind: 'truncate', afterBytes: 20_000 }, 2],
      ['a body that stands still', { kind: 'stall', afterBytes: 20_000 }, 1],
      ['bodies that take longer than they may stand still', { kind: 'slow', pieces: 7, pauseMs: 200 }, 1],
    ])('reads the same rows through %s', async (_, fault, times) => {
      await open(format)
      spoilBodies(fault, times)
      expect(await expectImport(mode)).toBe(checks)
    })

    test.each<[string, Fault, new (...args: never[]) => Error, string]>([
      ['503 SlowDown', slowDown, S3UnavailableError, 'expected an answer of S3, got 503 SlowDown'],
      ['resets', { kind: 'reset' }, S3UnavailableError, 'ECONNRESET'],
      ['short bodies', { kind: 'truncate', afterBytes: 500 }, S3UnavailableError, 'ended in the middle of the body'],
      ['bodies that stand still', { kind: 'stall', afterBytes: 500 }, S3UnavailableError, 'inactivity'],
      ['denials', { kind: 'refuse', status: 403, code: 'AccessDenied' }, S3AccessDeniedError, 'allow s3:GetObject on'],
    ])('says so where there is nothing but %s, and goes on later', async (_, fault, kind, message) => {
      await open(format, { retries: fault.kind === 'stall' ? 0 : 2 })
      spoilBodies(fault)
      const error = await expectRefusal(mode, kind)
      expect(error.message).toContain(message)
      expect(error.exitCode).toBe(1)
      expect(await expectImport(mode)).toBe(checks)
    })
  })

  const falsify = (body: Buffer): Buffer =>
    Buffer.from(body.toString('latin1').replace(TRUE_NAME, FALSE_NAME), 'latin1')
  const countFalse = async () =>
    (await readVouched(lake, OBJECTS)).filter(({ key }) => String(key).includes(FALSE_NAME)).length

  describe('bytes that are altered on their way', () => {
    test.each(WAYS.filter(([, , checks]) => checks.includes('md5')))(
      '%s, %s, are noticed by the checksum that S3 has',
      async (mode, format, checks) => {
        await open(format)
        spoilBodies({ kind: 'alter', alter: falsify })
        expect((await expectRefusal(mode, ObjectCorruptError)).exitCode).toBe(1)
        expect(await expectImport(mode)).toBe(checks)
      },
    )

    test.each(WAYS.filter(([, , checks]) => checks.includes('md5')))(
      "%s, %s, are noticed by the manifest's MD5 where S3 has no checksum",
      async (mode, format, checks) => {
        await open(format)
        proxy.spoil(request => {
          delete request.headers['x-amz-checksum-mode']
          return isBody(request) ? { kind: 'alter', alter: falsify } : undefined
        })
        expect((await expectRefusal(mode, ReportRefusedError)).message).toContain('expected MD5 ')
        expect(await expectImport(mode)).toBe(checks)
      },
    )

    // The exception: DuckDB checks neither the CRC of a gzip nor those of Parquet pages, and sees what S3 says that it
    // sends, not what comes. Between S3 and here that is for TLS to notice; `verified_by` says `etag` and not `md5`.
    test.each(WAYS.filter(([, , checks]) => checks.includes('etag')))(
      '%s, %s, are not noticed under a right ETag: TLS is trusted with that',
      async (mode, format, checks) => {
        await open(format)
        spoilBodies({ kind: 'alter', alter: falsify })
        const { verified_by, row_count } = await importOne(lake, { transport: transportOf(mode) })
        expect([verified_by, row_count]).toEqual([`manifest.checksum, ${checks}`, BigInt(ROWS.length)])
        expect(await countFalse()).toBe(1)
      },
    )
  })

  describe.each(WAYS)('a report that changes, %s, %s', (mode, format, checks) => {
    const mend = async () => {
      await putReport(await past(format), reportOf(format))
      expect(await expectImport(mode)).toBe(checks)
    }

    /** The second data file as another would be of the same size. */
    const replace = async () => {
      const store = await past(format)
      const [, file] = await keysOf(store)
      await store.put(file ?? '', Buffer.from(reportOf(format).files[1]?.bytes ?? []).reverse())
    }
    const remove = async () => {
      const store = await past(format)
      const [, file] = await keysOf(store)
      await store.remove(file ?? '')
    }
    const keysOf = async (store: S3Store): Promise<string[]> => {
      const manifest = JSON.parse(Buffer.from(await store.read(manifestKeyOf(FIRST))).toString())
      return manifest.files.map(({ key }: { key: string }) => key)
    }

    test.each<[string, () => Promise<void>]>([
      ['replaced', replace],
      ['removed', remove],
    ])('a file that is %s before it is read', async (_, change) => {
      await open(format)
      let isChanged = false
      proxy.spoil(async request => {
        if (!isData(request) || isChanged) return undefined
        isChanged = true
        await change()
        return undefined
      })
      await expectRefusal(mode, ReportRefusedError)
      await mend()
    })

    test.each<[string, () => Promise<void>]>([
      ['replaced', replace],
      ['removed', remove],
    ])('a file that is %s while it is read', async (_, change) => {
      await open(format)
      const [, second] = await keysOf(await past(format))
      let bodies = 0
      proxy.spoil(async request => {
        if (!isBody(request) || !request.path.includes(second ?? '')) return undefined
        if (bodies++ === 1) await change()
        return bodies === 1 ? { kind: 'cut', afterBytes: 20_000 } : undefined
      })
      await expectRefusal(mode, ReportRefusedError)
      await mend()
    })

    test('a report that is delivered anew while it is read is the one that was begun, and the next is the other', async () => {
      const store = await past(format)
      const other = csvReport(FIRST, ['bucket', 'key'], ['"photo-bucket","other"'])
      await open(format)
      let isChanged = false
      proxy.spoil(async request => {
        if (!isData(request) || isChanged) return undefined
        isChanged = true
        await putReport(store, other)
        return undefined
      })
      expect(await expectImport(mode)).toBe(checks)
      expect(await importOne(lake, { transport: transportOf(mode) })).toMatchObject({ row_count: 1n })
      await mend()
    })

    test('a report without leave for its second file goes on with it', async () => {
      await open(format)
      const [first, second] = await keysOf(await past(format))
      proxy.spoil(request =>
        isBody(request) && request.path.includes(second ?? '')
          ? { kind: 'refuse', status: 403, code: 'AccessDenied' }
          : undefined,
      )
      expect(await expectRefusal(mode, S3AccessDeniedError)).toMatchObject({ action: 's3:GetObject' })
      expect(await expectImport(mode)).toBe(checks)
      expect(proxy.requests.filter(({ path }) => path.includes(first ?? 'none'))).toEqual([])
    })
  })

  describe('the lake', () => {
    const isOfTable = (request: SeenRequest, method: string): boolean =>
      request.method === method && request.path.startsWith(`/${lake.buckets.lake}/`)

    /** The first request of each object's name fails so often, of those that write. */
    function spoilWrites(fault: Fault, times: number): void {
      const counts = new Map<string, number>()
      proxy.spoil(request => {
        const count = (counts.get(request.path) ?? 0) + 1
        if (!isOfTable(request, 'PUT')) return undefined
        counts.set(request.path, count)
        return count <= times ? fault : undefined
      })
    }

    /** How many imports each table has files of, vouched for or not. */
    async function countImports(): Promise<number[]> {
      const counts = []
      for (const { name } of [...IMPORT_TABLES, SNAPSHOTS]) {
        const table = await lake.catalog.load(name)
        counts.push(table ? (await planFiles(table, [])).length : 0)
      }
      return counts
    }

    test.each<[string, Fault, number]>([
      ['each answer to a PUT is lost once', { kind: 'lose' }, 1],
      ['each answer to a PUT is lost three times', { kind: 'lose' }, 3],
      ['each PUT is refused with 503 three times', slowDown, 3],
      [
        'each PUT meets another one, as a 409 says',
        { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' },
        2,
      ],
      ['each PUT is cut off', { kind: 'reset' }, 2],
    ])('commits once where %s', async (_, fault, times) => {
      await open('CSV')
      spoilWrites(fault, times)
      await importOne(lake)
      proxy.spoil(() => undefined)
      expect(await summarize(lake)).toEqual(expected)
      expect(await countImports()).toEqual([1, 1, 0, 1])
      expect((await importInto(lake))[0]?.kind).toBe('unchanged')
    })

    test.each<[string, Fault, new (...args: never[]) => Error, string]>([
      [
        'without leave to write',
        { kind: 'refuse', status: 403, code: 'AccessDenied' },
        S3AccessDeniedError,
        'allow s3:PutObject on arn:aws:s3:::',
      ],
      ['that is too busy', slowDown, S3UnavailableError, 'try again later'],
      ['that can not be reached', { kind: 'reset' }, S3UnavailableError, 'check the network'],
    ])('stays as it was %s', async (_, fault, kind, message) => {
      await open('CSV')
      proxy.spoil(request => (isOfTable(request, 'PUT') ? fault : undefined))
      const error = await expectRefusal('staged', kind)
      expect([error.exitCode, error.message]).toEqual([1, expect.stringContaining(message)])
      await expectImport('staged')
    })

    test('without leave for the receipt shows nothing of the import, and then all of it', async () => {
      await open('CSV')
      proxy.spoil(request =>
        isOfTable(request, 'PUT') && request.path.includes('/snapshots_v1/')
          ? { kind: 'refuse', status: 403, code: 'AccessDenied' }
          : undefined,
      )
      await expect(importInto(lake)).rejects.toThrow('allow s3:PutObject on arn:aws:s3:::')
      proxy.spoil(() => undefined)
      expect((await summarize(lake)).counts).toEqual([])
      await expectImport('staged')
      expect(await countImports()).toEqual([1, 1, 0, 1])
    })
  })
})
