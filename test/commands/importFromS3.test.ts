import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { openSmallPlace, type SmallPlace } from './smallLake.js'

describeWithOracles('a report that S3 delivered to a bucket', () => {
  let service: S3Service
  let place: SmallPlace
  let bucket: string

  beforeAll(async () => {
    service = await startMiniStack()
    place = await openSmallPlace()
    bucket = await createBucket(service)
    stubCredentials(service)
    await writeFile(
      join(place.folder, 'stocktake.yaml'),
      `aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
connectors:
  photos:
    source_bucket: photo-bucket
    inventory: { destination_bucket: ${bucket}, prefix: reports/, config_name: daily }
`,
    )
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  test('is not there yet', async () => {
    const { code, stderr } = await place.run('import', 'photos')
    expect([code, stderr]).toEqual([3, expect.stringContaining(`s3://${bucket}/reports/photo-bucket/daily/`)])
  })

  test('is checked, imported and queried', async () => {
    await writeReport(
      [
        { key: 'a b/1+1.jpg', size: 3n, eTag: 'e1', lastModified: new Date('2026-01-01T00:00:00Z') },
        { key: 'c.jpg', size: 5n, eTag: 'e2', lastModified: new Date('2026-01-02T00:00:00Z') },
      ],
      {
        sourceBucket: 'photo-bucket',
        destinationBucket: bucket,
        prefix: 'reports/',
        configName: 'daily',
        takenAt: new Date('2026-01-20T01:00:00Z'),
        fields: ['bucket', 'key', 'size', 'last_modified_date', 'e_tag'],
        filesCount: 2,
      },
      await openTestStore(service, { bucket }),
    )
    const checks = await place.rows('connectors', 'test', 'photos')
    expect(checks.map(({ status, check }) => [check, status])).toContainEqual(['manifest', 'ok'])
    const [receipt] = await place.rows('import', 'photos')
    expect(receipt).toMatchObject({ row_count: 2, total_size_bytes: 8, bytes_read: expect.any(Number) })
    expect(await place.rows('query', 'select key from objects_latest order by key')).toEqual([
      { key: 'a b/1+1.jpg' },
      { key: 'c.jpg' },
    ])
  })

  test('with a data file that was lost is refused, and the lake stays as it was', async () => {
    const store = await openTestStore(service, { bucket })
    const report = {
      sourceBucket: 'photo-bucket',
      destinationBucket: bucket,
      prefix: 'reports/',
      configName: 'daily',
      takenAt: new Date('2026-01-21T01:00:00Z'),
      fields: ['bucket', 'key', 'size'],
      filesCount: 1,
    }
    const { dataFileKeys } = await writeReport([{ key: 'd.jpg', size: 1n }], report, store)
    for (const key of dataFileKeys) await store.remove(key)
    const { code, stderr } = await place.run('import', 'photos')
    expect([code, stderr]).toEqual([4, expect.stringContaining(`refused: s3://${bucket}/`)])
    expect(await place.rows('snapshots', 'photos')).toHaveLength(1)
  })
})
