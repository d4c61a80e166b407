import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bucket } from '../../src/config/connector.js'
import { writeReport } from '../../src/demo/writeReport.js'
import { claimJob, succeedClaim } from '../../src/jobs/jobClaims.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { elsewhere } from '../jobs/queuePlace.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { type BareApi, openBareApi } from './bareApi.js'

describe('connectors and jobs of a lake on S3', () => {
  let service: S3Service
  let lake: ObjectStore
  let reports: string
  const stop = new AbortController()
  beforeAll(async () => {
    service = await startMiniStack()
    lake = await openTestStore(service, { bucket: await createBucket(service), prefix: 'lake' })
    reports = await createBucket(service)
    const report = { sourceBucket: 'photo-bucket', destinationBucket: reports, prefix: '', configName: 'daily' }
    await writeReport(
      [{ key: 'a', size: 1, lastModified: new Date('2026-01-19T10:00:00Z') }],
      { ...report, takenAt: new Date('2026-01-20T01:00:00Z'), fields: ['bucket', 'key', 'size'], filesCount: 1 },
      await openTestStore(service, { bucket: reports }),
    )
  })
  afterAll(async () => {
    stop.abort()
    await service?.stop()
  })

  /** A server of its own over the same lake. */
  const serve = (openBucket?: (bucket: Bucket, signal?: AbortSignal) => Promise<ObjectStore>): BareApi =>
    openBareApi({
      store: lake as never,
      signal: stop.signal,
      sleep: (ms, signal) => sleep(ms < 10_000 ? ms / 10 : ms, undefined, { signal }),
      ...(openBucket && { openBucket }),
    })
  const settings = (bucket: string) => ({
    source_bucket: 'photo-bucket',
    inventory: { destination_bucket: bucket, config_name: 'daily' },
  })

  test('of two servers that change a connector as they saw it, one does', async () => {
    const servers = [serve(), serve()]
    const { body } = await serve().ask('POST', '/api/connectors', { name: 'raced', settings: settings(reports) })
    const answers = await Promise.all(
      servers.map((server, i) =>
        server.ask('PATCH', '/api/connectors/raced', { sample_rate: 0.2 + i / 10 }, { 'if-match': body.etag }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
    const won = answers.find(({ status }) => status === 200)?.body
    expect((await serve().ask('GET', '/api/connectors/raced')).body).toEqual(won)
  })

  test('a test tells what is there, and why not, and no secret', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    const openBucket = ({ name }: Bucket, signal?: AbortSignal): Promise<ObjectStore> => {
      const keys =
        name === 'closed' ? { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: secret } : service.credentials
      const endpoint = name === 'closed' ? 'http://127.0.0.1:9' : service.endpoint
      return openTestStore({ endpoint, credentials: keys }, { bucket: name, retries: 1 }, signal ? { signal } : {})
    }
    const api = serve(openBucket)
    for (const [name, bucket] of Object.entries({ good: reports, absent: 'no-such-bucket', closed: 'closed' }))
      await api.ask('POST', '/api/connectors', { name, settings: settings(bucket) })
    const testOf = async (name: string) => (await api.ask('POST', `/api/connectors/${name}/test`)).body.checks
    expect(await testOf('good')).toMatchObject([
      { state: 'ok', subject: 'destination', text: `s3://${reports}` },
      { state: 'ok', subject: 'newest report' },
      { state: 'ok', subject: 'manifest', text: expect.stringContaining('1 files') },
      { state: 'ok', subject: 'source' },
    ])
    expect((await testOf('absent'))[1]).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('no-such-bucket'),
    })
    const closed = await testOf('closed')
    expect(closed[1]).toMatchObject({ state: 'fail', text: expect.stringContaining('s3://closed') })
    expect(JSON.stringify(closed)).not.toContain(secret)
  })

  test('jobs are told as they change', async () => {
    const api = serve()
    await api.ask('POST', '/api/connectors', { name: 'watched', settings: settings(reports) })
    const reader = (await api.request('/api/jobs/events')).body?.getReader()
    const readUntil = async (text: string): Promise<void> => {
      for (let read = ''; !read.includes(text); ) {
        const next = await reader?.read()
        if (!next || next.done) throw new Error(`ended before ${text}`)
        read += new TextDecoder().decode(next.value)
      }
    }
    const { body } = await api.ask('POST', '/api/connectors/watched/inventory/import', {})
    await readUntil('"state":"queued"')
    const claim = await claimJob(elsewhere(1), api.world)
    expect(claim?.job.job_id).toBe(body.job_id)
    await readUntil('"state":"running"')
    if (claim) await succeedClaim(claim, {}, api.world)
    await readUntil('"state":"succeeded"')
    await reader?.cancel()
    expect((await api.ask('GET', '/api/jobs')).body.jobs).toMatchObject([{ job_id: body.job_id, state: 'succeeded' }])
  })
})
