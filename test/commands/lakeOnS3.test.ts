import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import {
  FIRST_ROWS,
  FIRST_TIME,
  openSmallLake,
  openSmallPlace,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from './smallLake.js'

describeWithOracles('a lake on S3', () => {
  let service: S3Service
  let bucket: string
  let place: SmallPlace
  let folder: SmallPlace
  beforeAll(async () => {
    service = await startMiniStack()
    bucket = await createBucket(service)
    stubCredentials(service)
    folder = await openSmallLake()
    place = await openSmallPlace()
    await configure(place, `s3://${bucket}/the lake/ü`)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.putReport(SECOND_TIME, SECOND_ROWS)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await folder?.remove()
    await place?.remove()
    await service?.stop()
  })

  const configure = ({ folder }: SmallPlace, lake: string, extensions = dirname(duckdbExtension('httpfs'))) =>
    writeFile(
      join(folder, 'stocktake.yaml'),
      `lake: ${JSON.stringify(lake)}
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${extensions} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
    schedule: daily
`,
    )

  test('is made by the first import', async () => {
    expect(await place.run('snapshots')).toMatchObject({ code: 3, stderr: expect.stringContaining('no lake there') })
    const { code, stderr } = await place.run('import', 'photos', '--all')
    expect([code, stderr]).toEqual([0, expect.stringContaining(`made the lake s3://${bucket}/the lake/ü`)])
    const store = await openTestStore(service, { bucket })
    expect(await store.find('the lake/ü/lake.json')).toBeDefined()
  })

  test.each([
    [['snapshots', 'photos']],
    [['folders', 'photos', '--depth', '2']],
    [['files', 'photos', '2025/']],
    [['files', 'photos', '2026/', '--versions']],
    [['diff', 'photos']],
    [['query', 'select * exclude (import_id) from objects_latest order by key, version_id']],
    [['query', 'select * exclude (import_id) from folders order by snapshot, path']],
    [['query', 'select connector, key, change from changes_latest order by key']],
  ])('answers %j as a lake in a folder does', async args => {
    const answers = []
    for (const { rows } of [place, folder]) answers.push((await rows(...args)).map(withoutOrigin))
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.length).toBeGreaterThan(0)
  })

  test('has connectors of its own, and an audit', async () => {
    expect((await place.run('connectors', 'add', 'logs', '--source-bucket', 'logs-bucket')).code).toBe(0)
    const changes = ['daily', 'manual'].map(schedule => place.run('connectors', 'set', 'logs', '--schedule', schedule))
    const rates = place.run('connectors', 'set', 'logs', '--sample-rate', '0.5')
    expect((await Promise.all([...changes, rates])).map(({ code }) => code)).toEqual([0, 0, 0])
    expect((await place.rows('connectors', 'list'))[1]).toMatchObject({
      name: 'logs',
      sample_rate: 0.5,
      declared_at: null,
    })
    expect((await place.run('connectors', 'remove', 'logs', '--yes')).code).toBe(0)
    const deeds = await place.rows('query', 'select action, outcome, count(*) as n from audit group by all order by 1')
    expect(deeds).toEqual([
      { action: 'connector add', outcome: 'done', n: 1 },
      { action: 'connector remove', outcome: 'done', n: 1 },
      { action: 'connector set', outcome: 'done', n: 3 },
      { action: 'import', outcome: 'done', n: 2 },
    ])
  })

  test('is kept by init', async () => {
    const { code, stderr } = await place.run('init')
    expect([code, stderr]).toEqual([0, expect.stringContaining(`kept  the lake s3://${bucket}/the lake/ü`)])
  })

  test.each(['a*b', 'a?b', 'a[b]'])('can not be under %s, which DuckDB would take for a pattern', async prefix => {
    const lake = `s3://${bucket}/${prefix}`
    expect(await place.run('snapshots', '--lake', lake)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(lake),
    })
  })

  test('in a bucket that is not there says so', async () => {
    expect(await place.run('import', 'photos', '--lake', 's3://no-such-bucket-here/lake')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('s3://no-such-bucket-here'),
    })
  })
})

/** What differs between two imports of one report. */
const withoutOrigin = (row: Record<string, unknown>) => {
  const { import_id, imported_at, duration_ms, peak_memory_bytes, get_requests, list_requests, ...rest } = row
  return rest
}
