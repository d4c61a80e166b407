import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bucket, type Connector, parseConnector } from '../../src/config/connector.js'
import { writeReport } from '../../src/demo/writeReport.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { S3AccessDeniedError } from '../../src/lake/s3Errors.js'
import { type Check, checkConnector } from '../../src/snapshot/connectorChecks.js'
import { createConnectorTests } from '../../src/web/testConnector.js'
import { bareWorld } from './bareWorld.js'

const now = () => new Date('2026-01-20T10:00:00Z')
const photos = parseConnector(
  'photos',
  { source_bucket: 'photo-bucket', inventory: { destination_bucket: 'report-bucket', config_name: 'daily' } },
  '/',
)
const never = () => new Promise<never>(() => {})
/** Sleeps until it is woken: nothing is late. */
const patient = (_ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const openTests = (more: object) => createConnectorTests({ ...bareWorld(), now, sleep: patient, ...more })

async function reportBucket(): Promise<ObjectStore> {
  const store = new MemoryStore('s3://report-bucket')
  const fields = ['bucket', 'key', 'size']
  const options = { sourceBucket: 'photo-bucket', destinationBucket: 'report-bucket', prefix: '', configName: 'daily' }
  await writeReport(
    [{ key: 'a', size: 1, lastModified: now() }],
    {
      ...options,
      takenAt: new Date('2026-01-20T01:00:00Z'),
      ...{ fields, filesCount: 1 },
    },
    store,
  )
  return store
}

describe('the steps of a test', () => {
  let folder: string
  let reports: ObjectStore
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-test-'))
    reports = await reportBucket()
  })
  afterAll(() => rm(folder, { recursive: true }))

  const openBucket = async ({ name }: Bucket): Promise<ObjectStore> => {
    if (name === 'report-bucket') return reports
    if (name === 'photo-bucket') return new MemoryStore('s3://photo-bucket')
    const permission = { action: 's3:ListBucket', resource: `arn:aws:s3:::${name}` }
    throw new S3AccessDeniedError(`s3://${name}`, permission, 'AccessDenied', undefined)
  }

  test.each<[string, Connector]>([
    ['a good one', photos],
    ['one without an inventory', parseConnector('a', { source_bucket: 'photo-bucket' }, '/')],
    [
      'one that is denied',
      parseConnector(
        'a',
        { source_bucket: 'photo-bucket', inventory: { destination_bucket: 'secret', config_name: 'x' } },
        '/',
      ),
    ],
    [
      'one without reports',
      parseConnector(
        'a',
        { source_bucket: 'photo-bucket', inventory: { destination_bucket: 'report-bucket', config_name: 'x' } },
        '/',
      ),
    ],
    [
      'a folder that is not there',
      parseConnector(
        'a',
        { source_bucket: '/no/such', inventory: { destination_bucket: '/no/such', config_name: 'x' } },
        '/',
      ),
    ],
  ])('are those of the command: %s', async (_, connector) => {
    const expected: Check[] = []
    for await (const check of checkConnector(connector, { openBucket, now })) expected.push(check)
    expect(expected.length).toBeGreaterThan(0)
    expect(await openTests({ openBucket }).test(connector)).toEqual(
      expected.map(({ status, check, found, fix }) => ({ state: status, subject: check, text: found, fix })),
    )
  })

  test('a file in the place of a folder, and one that may not be read, fail their step', async () => {
    const failing = Object.assign(new MemoryStore('s3://report-bucket'), {
      listFolders: () => {
        throw Object.assign(new Error("EACCES: permission denied, scandir '/srv/reports'"), {
          code: 'EACCES',
          syscall: 'scandir',
        })
      },
    })
    const checks = await openTests({ openBucket: async () => failing }).test(photos)
    expect(checks).toContainEqual({
      state: 'fail',
      subject: 'newest report',
      text: "EACCES: permission denied, scandir '/srv/reports'",
      fix: null,
    })
  })
})

test('what takes too long is told as far as it came, and is ended', async () => {
  let asked: AbortSignal | undefined
  const silent = Object.assign(new MemoryStore('s3://report-bucket'), {
    listFolders: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
  })
  const openBucket = async (_: Bucket, signal: AbortSignal): Promise<ObjectStore> => {
    asked = signal
    return silent
  }
  let late = (): void => {}
  const sleep = () => new Promise<void>(resolve => (late = resolve))
  const testing = openTests({ openBucket, sleep }).test(photos)
  setImmediate(() => late())
  expect(await testing).toEqual([
    { state: 'ok', subject: 'destination', text: 's3://report-bucket', fix: null },
    { state: 'fail', subject: 'answer', text: 'none within 20 s', fix: expect.stringContaining('network') },
  ])
  expect(asked?.aborted).toBe(true)
})

test('who asks while one is tested shares it; other settings are tested by themselves; a few at once', async () => {
  let opened = 0
  const openBucket = () => {
    opened++
    return never()
  }
  const tests = openTests({ openBucket })
  const named = (name: string) => parseConnector(name, { source_bucket: 'photo-bucket' }, '/')
  void tests.test(named('a'))
  void tests.test(named('a'))
  void tests.test(parseConnector('a', { source_bucket: 'other-bucket' }, '/'))
  void tests.test(named('b'))
  void tests.test(named('c'))
  await new Promise(setImmediate)
  expect(opened).toBe(4)
  await expect(async () => tests.test(named('d'))).rejects.toMatchObject({ status: 429 })
})

test('a mistake of the program is none of the bucket', async () => {
  const openBucket = () => {
    throw new TypeError('x is not a function')
  }
  const tests = openTests({ openBucket })
  await expect(tests.test(photos)).rejects.toThrow(TypeError)
  await expect(tests.test(photos)).rejects.toThrow(TypeError) // not shared once it has ended
})
