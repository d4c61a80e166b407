import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const DAYS = ['2026-01-18', '2026-01-19', '2026-01-20']
const IMPORTED = { now: () => new Date('2026-01-21T00:00Z') }
const LATER = { now: () => new Date('2026-01-25T00:00Z') }

describeWithOracles('a lake on S3', () => {
  let service: S3Service
  let bucket: string
  let place: CommandFolder
  beforeAll(async () => {
    service = await startMiniStack()
    bucket = await createBucket(service)
    stubCredentials(service)
    place = await openCommandFolder()
    await place.configure(`lake: s3://${bucket}/the lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
keep: { daily: 1, weekly: 0, monthly: 0 }
`)
    const reports = { sourceBucket: 'photo-bucket', destinationBucket: 'reports', prefix: '', configName: 'daily' }
    for (const day of DAYS)
      await writeReport(
        [{ key: `${day}.jpg`, size: 1_000, eTag: day, lastModified: new Date('2025-12-01T00:00Z') }],
        { ...reports, takenAt: new Date(`${day}T01:00Z`), fields: ['bucket', 'key', 'size', 'e_tag'], filesCount: 1 },
        new FolderStore(join(place.folder, 'reports')),
      )
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  const keys = async (): Promise<string[]> => {
    const found = []
    for await (const { key } of (await openTestStore(service, { bucket })).list('')) found.push(key)
    return found
  }

  const objects = () => place.rows(['query', 'select snapshot, key, size from objects order by all'], LATER)

  test('is maintained as one in a folder is', async () => {
    expect(await place.run(['import', 'photos', '--all'], IMPORTED)).toMatchObject({ code: 0 })
    const [before, newest] = [await keys(), (await objects()).at(-1)]
    expect(await place.run(['maintain', '--dry-run'], LATER)).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: expect.stringMatching(/would drop snapshots +photos +2 /),
    })
    expect(await keys()).toEqual(before)
    expect(await place.run(['maintain'], LATER)).toMatchObject({ code: 0, stderr: '' })
    expect(await objects()).toEqual([newest])
    expect(await place.run(['maintain'], LATER)).toEqual({ code: 0, stdout: '', stderr: 'nothing to do\n' })
  })
})
