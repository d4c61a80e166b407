import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { openDuckDB } from '../../src/engine/duckdb.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { dataKey, orcReport, parquetReport, putReport, type RawReport } from '../snapshot/reports.js'
import { FIRST_ROWS, FIRST_TIME, openSmallPlace, SECOND_ROWS, SECOND_TIME, type SmallPlace } from './smallLake.js'

describe('a report in a folder', () => {
  let place: SmallPlace
  beforeEach(async () => {
    place = await openSmallPlace()
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.putReport(SECOND_TIME, SECOND_ROWS)
  })
  afterEach(() => place.remove())

  const COUNT = 'select count(*) as rows, count_if(is_latest and not is_delete_marker) as objects from report'

  test('is queried before there is a lake, and makes none', async () => {
    expect(await place.rows('query', '--report', 'photos', COUNT)).toEqual([{ rows: 7, objects: 5 }])
    expect(await place.run('snapshots')).toMatchObject({ code: 3, stderr: expect.stringContaining('no lake there') })
  })

  test('is that of a time, told on stderr', async () => {
    const { stdout, stderr } = await place.run(
      'query',
      '--report',
      'photos@2026-01-19T01-00Z',
      '--format',
      'csv',
      COUNT,
    )
    expect(stdout).toBe('rows,objects\n6,5\n')
    expect(stderr).toMatch(/^report is photos 2026-01-19T01-00Z: CSV, 2 files, \d+ B, read where it is\n/)
  })

  test('has the columns of objects from bucket on, and its keys as they are', async () => {
    const [row] = await place.rows('query', '--report', 'photos', "select * from report where key like '2025/a%'")
    expect(row).toMatchObject({ bucket: 'photo-bucket', key: '2025/a b.jpg', size: 2_000_000, storage_class: null })
  })

  test('stands beside the views of the lake', async () => {
    await place.run('import', 'photos', '--at', '2026-01-19T01-00Z')
    const sql = 'select key from report where is_latest and key not in (select key from objects_latest) order by 1'
    expect(await place.rows('query', '--report', 'photos', sql)).toEqual([{ key: '2026/d.jpg' }])
  })

  test('lacks malformed rows, and says so', async () => {
    await place.putReport('2026-01-21T01:00Z', [...FIRST_ROWS, '"photo-bucket","x.jpg"'])
    const { stdout, stderr } = await place.run(
      'query',
      '--report',
      'photos',
      '--format',
      'csv',
      'select max(size) as size, count(*) as n from report',
    )
    expect([stdout, stderr]).toEqual([
      'size,n\n9000000,6\n',
      expect.stringContaining('1 malformed line of the report left out'),
    ])
  })

  test.each([
    [['query', '--report', 'nobody', COUNT], 3, 'no such connector'],
    [['query', '--report', 'photos@2026-01-18T01-00Z', COUNT], 3, 'photo-bucket/daily/'],
    [['query', '--report', 'photos@yesterday', COUNT], 2, 'UTC to the minute'],
    [['query', '--report', 'listed', COUNT], 2, 'inventory'],
    [['query', '--report', 'photos', 'drop view report'], 2, 'expected a SELECT'],
    [['query', '--report', 'photos', 'select * from objects'], 1, 'objects does not exist'],
  ])('%j fails with %i', async (args, code, message) => {
    expect(await place.run(...args)).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})

describeWithOracles('a report on S3', () => {
  let service: S3Service
  let place: SmallPlace
  let reports: ObjectStore
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await service?.stop()
  })
  beforeEach(async () => {
    place = await openSmallPlace()
    const bucket = await createBucket(service)
    reports = await openTestStore(service, { bucket })
    await writeFile(
      join(place.folder, 'stocktake.yaml'),
      `aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos:
    source_bucket: photo-bucket
    inventory: { destination_bucket: ${bucket}, prefix: inventory, config_name: daily }
`,
    )
  })
  afterEach(() => place.remove())

  const takenAt = new Date(SECOND_TIME)
  const ROWS = Array.from({ length: 3000 }, (_, i) => ({
    key: `a b/${i}.jpg`,
    size: i,
    lastModified: takenAt,
    eTag: `e${i}`,
  }))
  const FIELDS = ['bucket', 'key', 'size', 'last_modified_date', 'e_tag']
  const SQL = 'select count(*) as n, sum(size)::bigint as bytes, min(key) as first from report'
  const ANSWER = [{ n: 3000, bytes: 4_498_500, first: 'a b/0.jpg' }]

  async function parquet(): Promise<RawReport> {
    const engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(place.folder, 'spill') })
    try {
      return await parquetReport(engine, takenAt, ROWS, FIELDS)
    } finally {
      engine.close()
    }
  }

  test('of CSV is read where it is', async () => {
    const options = { sourceBucket: 'photo-bucket', destinationBucket: 'b', prefix: 'inventory', configName: 'daily' }
    await writeReport(ROWS, { ...options, takenAt, fields: FIELDS, filesCount: 3 }, reports)
    expect(await place.rows('query', '--report', 'photos', SQL)).toEqual(ANSWER)
  })

  test('of Parquet is read where it is', async () => {
    await putReport(reports, await parquet())
    expect(await place.rows('query', '--report', 'photos', SQL)).toEqual(ANSWER)
  })

  test('of ORC is copied', async () => {
    await putReport(reports, await orcReport(takenAt, ROWS, FIELDS))
    expect(await place.rows('query', '--report', 'photos', SQL)).toEqual(ANSWER)
  })

  test('that lacks a data file is refused', async () => {
    const report = await parquet()
    await putReport(reports, report)
    await reports.remove(dataKey(report.files[0]?.name ?? ''))
    expect(await place.run('query', '--report', 'photos', SQL)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/expected a data file of \d+ bytes, got no such object/),
    })
  })
})
