import { readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openClient, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { describeWithVersityGw, startVersityGw } from '../services/versityGw.js'
import { openSmallPlace, type SmallPlace } from './smallLake.js'

const NOW = '2026-01-22T01-00-00Z'
const RETRIES = 2

const ODD_KEYS = [
  'a b',
  'a+b',
  'a%20b',
  'a//b',
  '/a',
  'a/',
  '..',
  '../x',
  'é€\ue000\u{1f600}',
  'e\u0301',
  'a\nb',
  '\u0001',
  '"',
]

/** So many that one level, and one folder, take several pages; and folders enough that some are listed together. */
const KEYS = [
  ...ODD_KEYS,
  ...Array.from({ length: 1100 }, (_, i) => `one level/${i}.jpg`),
  ...Array.from({ length: 1500 }, (_, i) => `games/${i % 500}/${i}/play.json`),
  ...Array.from({ length: 300 }, (_, i) => `top ${i}.txt`),
]

async function putAll(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 100)
    await Promise.all(keys.slice(at, at + 100).map(key => store.put(key, Buffer.from(key))))
}

const settingsOf = (endpoint: string, bucket: string, engine = ''): string => `
aws: { region: us-east-1, endpoint: '${endpoint}', path_style: true }
engine: { retries: ${RETRIES}, ${engine} }
connectors:
  photos:
    source_bucket: ${bucket}
    inventory: { destination_bucket: ./reports, config_name: daily }
`

describeWithOracles('a scan of S3', () => {
  let service: S3Service
  let proxy: FaultProxy
  let place: SmallPlace
  let bucket: string
  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
    stubCredentials(service)
    bucket = await createBucket(service)
    await putAll(await openTestStore(service, { bucket }), KEYS)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await proxy?.stop()
    await service?.stop()
  })
  beforeEach(async () => {
    proxy.spoil(() => undefined)
    place = await openSmallPlace()
    await writeFile(join(place.folder, 'stocktake.yaml'), settingsOf(proxy.endpoint, bucket))
  })
  afterEach(() => place.remove())

  const keysOf = async (view: string): Promise<unknown[]> =>
    (await place.rows('query', `select key from ${view} order by key`)).map(({ key }) => key)

  test('has every object once, and says what it cost', async () => {
    const { code, stdout } = await place.run('scan', 'photos')
    expect(code).toBe(0)
    const sent = proxy.requests.length
    expect(stdout).toContain(`\n  ${KEYS.length.toLocaleString('en')} objects   `)
    expect(stdout).toContain(`\n  ${sent} requests (less than 0.01 USD)\n`)
    expect(sent).toBeLessThan(250)
    expect(await place.rows('snapshots')).toMatchObject([{ list_requests: sent, get_requests: 0 }])
    expect(await keysOf('objects_latest')).toEqual([...KEYS].sort())
    expect(
      await place.rows('query', "select size, e_tag, storage_class from objects_latest where key = 'a b'"),
    ).toEqual([{ size: 3, e_tag: expect.stringMatching(/^[0-9a-f]{32}$/), storage_class: 'STANDARD' }])
  })

  test.each(['games/1', 'one level/', 'a', '/', 'é', 'top ', 'none'])('of the prefix %j has its keys', async prefix => {
    const [receipt] = await place.rows('scan', 'photos', '--prefix', prefix)
    const keys = KEYS.filter(key => key.startsWith(prefix))
    expect(receipt).toMatchObject({ scope: prefix, row_count: keys.length, list_requests: proxy.requests.length })
    expect(await keysOf('objects')).toEqual([...keys].sort())
  })

  test('finds no change since a report of the same bucket, nor a report since it', async () => {
    const rows: ReportRow[] = []
    let token: string | undefined
    do {
      const page = await openClient(service).listObjectsV2({
        ...{ Bucket: bucket, EncodingType: 'url' },
        ...(token !== undefined && { ContinuationToken: token }),
      })
      for (const { Key = '', Size = 0, LastModified, ETag = '', StorageClass = '' } of page.Contents ?? [])
        rows.push({
          key: decodeURIComponent(Key.replaceAll('+', ' ')),
          size: Size,
          lastModified: new Date(Math.floor((LastModified?.getTime() ?? 0) / 1000) * 1000), // reports have whole seconds
          eTag: ETag.replaceAll('"', ''), // and no quotes
          storageClass: StorageClass,
        })
      token = page.NextContinuationToken
    } while (token !== undefined)
    const fields = ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class']
    const put = (takenAt: string) => place.putReport(takenAt, rows, { sourceBucket: bucket, fields })
    const unchanged = { new_count: 0, modified_count: 0, touched_count: 0, deleted_count: 0 }
    await put('2026-01-20T01:00Z')
    await place.run('import', 'photos')
    const scanned = await place.rows('scan', 'photos')
    expect(scanned).toMatchObject([{ base_snapshot: '2026-01-20T01-00Z', row_count: KEYS.length, ...unchanged }])
    await put('2026-01-23T01:00Z')
    expect(await place.rows('import', 'photos')).toMatchObject([{ base_snapshot: NOW, ...unchanged }])
  })

  test('asks again what fails in passing, and counts it', async () => {
    const met = new Set<string>()
    proxy.spoil(({ path }) => {
      if (met.has(path)) return undefined
      met.add(path)
      return { kind: 'refuse', status: 503, code: 'SlowDown' }
    })
    const [receipt] = await place.rows('scan', 'photos')
    expect(receipt).toMatchObject({ row_count: KEYS.length, list_requests: 2 * met.size })
    expect(proxy.requests).toHaveLength(2 * met.size)
  })

  test('of which a page fails for good makes no snapshot, and leaves nothing behind', async () => {
    await place.rows('scan', 'photos')
    const before = await place.rows('snapshots')
    proxy.spoil(({ path }) =>
      path.includes('games%2F7') ? { kind: 'refuse', status: 503, code: 'SlowDown' } : undefined,
    )
    const { code, stdout, stderr } = await place.run('scan', 'photos')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`stocktake: s3://${bucket}: `)
    expect(await place.rows('snapshots')).toEqual(before)
    expect(await readdir(join(place.folder, 'lake/.tmp-work'))).toEqual([])
    proxy.spoil(() => undefined)
    expect(await place.rows('scan', 'photos')).toMatchObject([{ row_count: KEYS.length, new_count: 0 }])
  })

  test('of a bucket that is not there finds nothing', async () => {
    await writeFile(join(place.folder, 'stocktake.yaml'), settingsOf(proxy.endpoint, 'no-such-bucket'))
    expect(await place.run('scan', 'photos')).toMatchObject({ code: 3, stdout: '' })
    const { code, stderr } = await place.run('import', 'photos')
    expect(code).toBe(3)
    expect(stderr).toContain('/reports/no-such-bucket/daily/')
    expect(stderr).toContain('sampling s3://no-such-bucket instead failed: ')
  })

  test('is what an import makes whose report is not there yet', async () => {
    const { code, stdout, stderr } = await place.run('import', 'photos')
    expect(code).toBe(0)
    expect(stderr).toContain(`(no dated folder): sampling s3://${bucket} instead (10 %)\n`)
    expect(stdout).toMatch(/objects listed .*\n {2}about [\d,]+ objects ± [\d,]+, .* from 10 % of the folders\n/)
  })

  test('into a lake on S3 is there, too', async () => {
    const lake = await createBucket(service)
    const extensions = `extensions: ${dirname(duckdbExtension('httpfs'))}`
    await writeFile(join(place.folder, 'stocktake.yaml'), settingsOf(service.endpoint, bucket, extensions))
    await place.rows('scan', 'photos', '--prefix', 'top ', '--lake', `s3://${lake}/lake`)
    const again = await place.rows('scan', 'photos', '--prefix', 'top ', '--lake', `s3://${lake}/lake`)
    expect(again).toMatchObject([{ snapshot: '2026-01-22T01-00-01Z', row_count: 300, new_count: 0, modified_count: 0 }])
  })
})

describeWithVersityGw('a scan of an S3 store that is not AWS’s', () => {
  let service: S3Service
  let place: SmallPlace
  beforeAll(async () => {
    service = await startVersityGw()
    stubCredentials(service)
    place = await openSmallPlace()
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  test('has every object once', async () => {
    const bucket = await createBucket(service)
    const keys = [
      ...Array.from({ length: 1200 }, (_, i) => `one level/${i} +%.jpg`),
      ...Array.from({ length: 600 }, (_, i) => `games/${i % 200}/${i}/é.json`),
      'a.txt',
    ]
    await putAll(await openTestStore(service, { bucket }), keys)
    await writeFile(join(place.folder, 'stocktake.yaml'), settingsOf(service.endpoint, bucket))
    expect(await place.rows('scan', 'photos')).toMatchObject([{ row_count: keys.length, object_count: keys.length }])
    expect(await place.rows('scan', 'photos')).toMatchObject([{ new_count: 0, modified_count: 0, touched_count: 0 }])
  })
})
