import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

describeWithOracles('streams of a lake on S3', () => {
  let service: S3Service
  let bucket: string
  let place: CommandFolder
  beforeAll(async () => {
    service = await startMiniStack()
    bucket = await createBucket(service)
    stubCredentials(service)
    place = await openCommandFolder()
    await place.configure(`lake: s3://${bucket}/lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
streams:
  sensors: { source: json, fields: { product_id: id } }
`)
    await place.run(['init'])
    await ingest(100_000) // more than S3 takes in one part
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  const ingest = async (count: number) => {
    const stdin = Readable.from(Array.from({ length: count }, (_, i) => `{"id":"a","n":${i}}\n`))
    expect(await place.run(['streams', 'ingest', 'sensors', '--stdin'], { stdin })).toMatchObject({ code: 0 })
  }
  const copy = (...args: string[]) => place.rows(['lake', 'copy', ...args])

  test('are told of without an engine, as those in a folder', async () => {
    expect(await place.rows(['streams', 'status'])).toMatchObject([
      { state: 'stopped', records: 100_000, active_segments: 0, waiting_segments: 1 },
    ])
  })

  test('are copied to a folder, and to another prefix, once', async () => {
    expect(await copy('vault')).toMatchObject([{ stage: 'ready', files: 1, copied: 1 }, { stage: 'processed' }])
    expect(await copy('vault')).toMatchObject([{ copied: 0, same: 1 }, { stage: 'processed' }])
    const [name = ''] = await readdir(join(place.folder, 'vault', 'raw', 'ready', 'sensors'))
    expect(name).toMatch(/^segment_\w+_00001\.ndjson$/)
    expect(await copy(`s3://${bucket}/other`)).toMatchObject([{ copied: 1 }, { stage: 'processed' }])
    expect(await copy(`s3://${bucket}/other`)).toMatchObject([{ copied: 0, same: 1 }, { stage: 'processed' }])
    const store = await openTestStore(service, { bucket })
    const [here, there] = await Promise.all(
      ['lake', 'other'].map(root => store.read(`${root}/raw/ready/sensors/${name}`)),
    )
    expect(Buffer.compare(here ?? Buffer.of(), there ?? Buffer.of(1))).toBe(0)
  })

  test('are moved: the segment goes when it is there', async () => {
    expect(await copy(`s3://${bucket}/moved`, '--move')).toMatchObject([{ copied: 1, moved: 1, kept: 0 }, {}])
    expect(await place.rows(['streams', 'status'])).toMatchObject([{ waiting_segments: 0 }])
    const store = await openTestStore(service, { bucket })
    const left: string[] = []
    for await (const { key } of store.list('lake/state/streams/sensors/claims/')) left.push(key)
    expect(left).toEqual([])
  })
})
