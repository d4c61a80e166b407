import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  FIRST_ROWS,
  FIRST_TIME,
  openSmallPlace,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from '../commands/smallLake.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { createBucket, openClient, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { addUser, describeWithVersityGw, startVersityGw } from '../services/versityGw.js'

const READER = { accessKeyId: 'reader', secretAccessKey: 'the-secret-of-the-reader' }

// A policy of the bucket lets its user list and read, and no more.
describeWithVersityGw('a lake on S3 that can only be read', () => {
  let service: S3Service
  let bucket: string
  let place: SmallPlace
  beforeAll(async () => {
    service = await startVersityGw()
    bucket = await createBucket(service)
    place = await openSmallPlace()
    await writeFile(
      join(place.folder, 'stocktake.yaml'),
      `lake: s3://${bucket}/lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos: { source_bucket: ./photo-bucket, inventory: { destination_bucket: ./reports, config_name: daily } }
`,
    )
    await writeFile(join(place.folder, 'data_inventory.yaml'), `datasets: { photos: { key: "2025/{name}.jpg" } }\n`)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    stubCredentials(service)
    expect(await place.run('import', 'photos')).toMatchObject({ code: 0 })
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    await addUser(service, READER)
    await openClient(service).putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify(readOnly(bucket)) })
    stubCredentials({ credentials: READER })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  test.each([
    'snapshots',
    'folders photos',
    'files photos 2025/',
    'report',
    'query "select count(*) as n from objects"',
    'gaps',
    'jobs',
    'collections',
    'connectors',
    'maintain --dry-run',
    'reconcile --dry-run',
  ])('%s works', async line => {
    const told = await place.run(...(line.match(/"[^"]*"|\S+/g) ?? []).map(word => word.replaceAll('"', '')))
    expect(told.code, told.stderr).toBe(0)
  })

  test.each([
    'import photos',
    'maintain',
    'reconcile',
    'scan photos --full',
    'collections create photos 2025/ --name jpg',
    'connectors add logs --source-bucket logs-bucket',
    'token create a --role read',
  ])('%s says what may not be done, and what to allow', async line => {
    const told = await place.run(...line.split(' '))
    expect(told.code, told.stdout).toBe(1)
    expect(told.stderr).toMatch(/s3:\/\/.*: expected .*, got .*AccessDenied/)
    expect(told.stderr).toMatch(/allow s3:PutObject/)
    expect(told.stderr).not.toContain('unexpected error')
  })

  test('nothing is lost by what was refused', async () => {
    stubCredentials(service)
    expect(await place.rows('snapshots')).toHaveLength(1)
    expect(await place.run('import', 'photos')).toMatchObject({ code: 0 })
    expect(await place.rows('snapshots')).toHaveLength(2)
  })
})

const readOnly = (bucket: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: [READER.accessKeyId] },
      Action: ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation'],
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    },
  ],
})
