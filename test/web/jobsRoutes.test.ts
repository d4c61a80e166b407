import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { job as jobShape } from '../../src/api/jobs.js'
import { toConnector } from '../../src/config/connector.js'
import { connectorSchema } from '../../src/config/schema.js'
import { claimJob, failClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { enqueueJob } from '../../src/jobs/jobQueue.js'
import { createToken, revokeToken } from '../../src/lake/tokens.js'
import { createApp } from '../../src/web/createApp.js'
import { elsewhere, orderAt } from '../jobs/queuePlace.js'
import { type BareApi, listDeeds, openBareApi } from './bareApi.js'
import { bareWorld } from './bareWorld.js'

const inventory = { destination_bucket: 'report-bucket', config_name: 'daily' }
const photos = toConnector('photos', connectorSchema.parse({ source_bucket: 'photo-bucket', inventory }), '/', 'x:1:1')
const listed = toConnector('listed', connectorSchema.parse({ source_bucket: 'other-bucket' }), '/', 'x:2:1')

let api: BareApi
let stop: AbortController
beforeEach(() => {
  stop = new AbortController()
  api = openBareApi({
    declared: [photos, listed],
    signal: stop.signal,
    sleep: (ms, signal) => sleep(ms > 10_000 ? ms : 2, undefined, { signal }), // looks follow each other quickly
  })
})
afterEach(() => stop.abort())

const order = (connector: string, more = {}) =>
  enqueueJob(orderAt(new Date(api.world.now().getTime() - 1_000), { connector, ...more }), api.world)

async function claim() {
  const claim = await claimJob(elsewhere(1), api.world)
  if (!claim) throw new Error('no job to claim')
  return claim
}

const importNow = (body?: object, name = 'photos') => api.ask('POST', `/api/connectors/${name}/inventory/import`, body)
const scanNow = (body?: object, name = 'photos') => api.ask('POST', `/api/connectors/${name}/scan`, body)

test('the lake is looked at again once an ended job has been told', async () => {
  const forgotten: unknown[] = []
  const told = openBareApi({
    declared: [photos],
    reader: { ...api.world.reader, forget: since => forgotten.push(since) },
  })
  const { job_id } = await enqueueJob(
    orderAt(new Date(told.world.now().getTime() - 1_000), { connector: 'photos' }),
    told.world,
  )
  const claimed = await claimJob(elsewhere(1), told.world)
  const ask = async () => (await told.ask('GET', `/api/jobs/${job_id}`)).body
  expect(await ask()).toMatchObject({ state: 'running' })
  expect(forgotten).toEqual([])
  if (claimed) await succeedClaim(claimed, {}, told.world)
  const { state, ended_at } = await ask()
  expect([state, forgotten]).toEqual(['succeeded', [new Date(ended_at)]])
})

describe('Import now', () => {
  test('queues a job and says where it is', async () => {
    const { status, headers, body } = await importNow({ at: '2026-01-20T01-00Z', again: true })
    expect(status).toBe(202)
    expect(jobShape.parse(body)).toEqual(body)
    expect(body).toMatchObject({
      type: 'import',
      connector: 'photos',
      state: 'queued',
      created_by: 'root',
      params: { at: '2026-01-20T01-00Z', again: true },
    })
    expect(headers.get('location')).toBe(`/api/jobs/${body.job_id}`)
    expect((await api.ask('GET', `/api/jobs/${body.job_id}`)).body).toEqual(body)
    expect(await listDeeds(api.world)).toMatchObject([
      {
        who: 'root',
        action: 'import order',
        subject: 'photos',
        outcome: 'done',
        detail: { job: body.job_id, again: true },
      },
    ])
  })

  test('twice, also at once and by its GUID, gives the job that waits', async () => {
    const names = ['photos', 'photos', photos.guid]
    const ids = (await Promise.all(names.map(name => importNow({}, name)))).map(({ body }) => body.job_id)
    ids.push((await importNow()).body.job_id)
    expect(new Set(ids).size).toBe(1)
    expect((await api.ask('GET', '/api/jobs')).body.jobs).toHaveLength(1)
    expect(await listDeeds(api.world)).toHaveLength(1)
  })

  test('gives the one that runs, and a new one once that has ended or is to be cancelled', async () => {
    const { body } = await importNow()
    const running = await claim()
    expect((await importNow()).body).toMatchObject({ job_id: body.job_id, state: 'running' })
    await succeedClaim(running, {}, api.world)
    const { body: second } = await importNow()
    expect(second.job_id).not.toBe(body.job_id)
    await claim()
    await api.ask('POST', `/api/jobs/${second.job_id}/cancel`)
    expect((await importNow()).body.job_id).not.toBe(second.job_id)
  })

  test('does not give one that is to begin later, or does something else', async () => {
    const later = new Date(api.world.now().getTime() + 3_600_000)
    const others = [
      await enqueueJob(orderAt(later, { connector: 'photos' }), api.world), // of its schedule
      await order('photos', { params: { all: true } }),
      await order('photos', { type: 'scan' }),
      await order('listed'),
    ].map(({ job_id }) => job_id)
    const { body } = await importNow()
    expect(others).not.toContain(body.job_id)
  })

  test('does not give one that waits for its next attempt', async () => {
    const { body } = await importNow()
    await failClaim(await claim(), { message: 'S3 was away', exit_code: 1 }, api.world)
    const { body: waiting } = await api.ask('GET', `/api/jobs/${body.job_id}`)
    expect(waiting).toMatchObject({ state: 'scheduled', attempts: 1, error: { message: 'S3 was away' } })
    expect(Date.parse(waiting.due)).toBeGreaterThan(api.world.now().getTime()) // when it may begin
    expect((await importNow()).body.job_id).not.toBe(body.job_id)
  })

  test.each([
    ['import', { at: 'yesterday' }, 'photos', 422, 'report time'],
    ['import', { at: '2026-01-20T01-00Z', all: true }, 'photos', 422, 'one of'],
    ['import', { at: '2026-01-20T01-00Z' }, 'listed', 422, 'inventory'],
    ['import', { at: 7 }, 'photos', 400, 'at'],
    ['scan', { rate: 2 }, 'photos', 400, 'rate'],
    ['scan', { rate: 0.5, full: true }, 'photos', 422, 'one of'],
  ])('%s with %j of %s is %s', async (what, body, name, status, detail) => {
    const answer = what === 'scan' ? await scanNow(body, name) : await importNow(body, name)
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } })
    expect((await api.ask('GET', '/api/jobs')).body.jobs).toEqual([])
  })

  test('of a bucket without an inventory queues what its schedule would do', async () => {
    expect((await importNow({}, 'listed')).status).toBe(202)
  })
})

describe('a scan', () => {
  test('is queued once while it waits; one that runs may have passed what has changed', async () => {
    const { status, body } = await scanNow({ prefix: '2026/' })
    expect(status).toBe(202)
    expect(body).toMatchObject({ type: 'scan', params: { prefix: '2026/' } })
    expect((await scanNow({ prefix: '2026/' })).body.job_id).toBe(body.job_id)
    expect((await scanNow()).body.job_id).not.toBe(body.job_id)
    await claim()
    expect((await scanNow({ prefix: '2026/' })).body.job_id).not.toBe(body.job_id)
  })
})

describe('the list of jobs', () => {
  const list = async (query = '') =>
    (await api.ask('GET', `/api/jobs${query}`)).body.jobs.map(
      ({ connector, state }: Record<string, unknown>) => `${connector} ${state}`,
    )

  test('has open ones by when they are due, and then the newest of those that have ended', async () => {
    for (const name of ['a', 'b', 'c']) {
      await order(name)
      await succeedClaim(await claim(), {}, api.world)
    }
    await order('later', { due: new Date('2027-01-01T00:00:00Z') })
    await order('now')
    expect((await list()).slice(0, 2)).toEqual(['now queued', 'later scheduled'])
    expect((await list()).slice(2).sort()).toEqual(['a succeeded', 'b succeeded', 'c succeeded'])
    expect(await list('?state=open')).toEqual(['now queued', 'later scheduled'])
    expect(await list('?state=ended&limit=2')).toHaveLength(2)
    expect(await list('?connector=b')).toEqual(['b succeeded'])
  })

  test('knows a connector by its GUID, too', async () => {
    await order('photos')
    expect(await list(`?connector=${photos.guid}`)).toEqual(['photos queued'])
    expect(await list('?connector=other')).toEqual([])
  })

  test.each(['?state=some', '?limit=0', '?limit=501', '?limit=x'])('%s is refused', async query => {
    expect((await api.ask('GET', `/api/jobs${query}`)).status).toBe(400)
  })

  test('is a 304 while nothing changes', async () => {
    await order('photos')
    const { headers } = await api.ask('GET', '/api/jobs')
    const again = { 'if-none-match': headers.get('etag') ?? '' }
    expect((await api.ask('GET', '/api/jobs', undefined, again)).status).toBe(304)
    await claim()
    expect((await api.ask('GET', '/api/jobs', undefined, again)).status).toBe(200)
  })

  test('that many ask for at once is read a few times', async () => {
    for (const name of ['a', 'b', 'c']) await order(name)
    let listings = 0
    const { store } = api.world
    const listAll = store.list.bind(store)
    store.list = (prefix, after) => {
      if (prefix === 'state/jobs/open/') listings++
      return listAll(prefix, after)
    }
    const answers = await Promise.all(Array.from({ length: 50 }, () => list()))
    expect(new Set(answers.map(String)).size).toBe(1)
    expect(listings).toBeLessThanOrEqual(3)
  })
})

describe('cancelling', () => {
  const cancel = (id: string) => api.ask('POST', `/api/jobs/${id}/cancel`)

  test('ends one that waits', async () => {
    const { job_id } = await order('photos')
    expect(await cancel(job_id)).toMatchObject({ status: 200, body: { state: 'cancelled', is_cancelling: false } })
    expect(await cancel(job_id)).toMatchObject({ status: 409, body: { got: 'one that ended before: cancelled' } })
    expect(await listDeeds(api.world)).toMatchObject([{ action: 'job cancel', subject: job_id, outcome: 'cancelled' }])
  })

  test('asks one that runs to end', async () => {
    const { job_id } = await order('photos')
    const running = await claim()
    expect(await cancel(job_id)).toMatchObject({ status: 200, body: { state: 'running', is_cancelling: true } })
    await succeedClaim(running, {}, api.world)
    expect((await cancel(job_id)).status).toBe(409)
  })

  test.each(['job_0', `job_${'0'.repeat(32)}`, '..%2f..%2flake.json', '%00'])('%s is not found', async id => {
    expect((await cancel(id)).status).toBe(404)
    expect((await api.ask('GET', `/api/jobs/${id}`)).status).toBe(404)
  })
})

describe('events', () => {
  /** Reads a stream up to a text, or its end. */
  async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, until: string): Promise<string> {
    let text = ''
    while (!text.includes(until)) {
      const { done, value } = await reader.read()
      if (done) break
      text += new TextDecoder().decode(value)
    }
    return text
  }
  const listen = async () => {
    const answer = await api.request('/api/jobs/events')
    if (!answer.body) throw new Error('no stream')
    return { answer, reader: answer.body.getReader() }
  }

  test('tell of each job as it changes', async () => {
    await order('photos')
    const { answer, reader } = await listen()
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(answer.headers.get('x-accel-buffering')).toBe('no')
    const begun = await readUntil(reader, 'queued')
    expect(begun).toContain('retry: 3000\n\n')
    const running = await claim()
    await readUntil(reader, '"state":"running"')
    await succeedClaim(running, { snapshot: '2026-01-20T01-00Z' }, api.world)
    const ended = await readUntil(reader, '\n\n')
    const [, data = ''] = /^event: job\ndata: (.*)\n\n$/m.exec(ended) ?? []
    expect(jobShape.parse(JSON.parse(data))).toMatchObject({ connector: 'photos', state: 'succeeded' })
    await reader.cancel()
  })

  test('of hostile names are data on one line', async () => {
    await order('a\n\nevent: job\ndata: {}\r\n<script>')
    const { reader } = await listen()
    const text = await readUntil(reader, 'queued')
    expect(text.match(/^event: /gm)).toHaveLength(1)
    await reader.cancel()
  })

  test('end with the server', async () => {
    const { reader } = await listen()
    await readUntil(reader, 'retry')
    stop.abort()
    expect((await reader.read()).done).toBe(true)
  })

  test('end after a while, for a browser to ask again', async () => {
    const { reader } = await listen()
    await readUntil(reader, 'retry')
    api.world.clock.now = new Date(api.world.clock.now.getTime() + 900_000)
    await order('photos')
    expect((await reader.read().then(() => reader.read())).done).toBe(true)
  })

  test('a HEAD has none', async () => {
    const answer = await api.request('/api/jobs/events', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
  })

  test('are for so many and no more; who leaves makes room', async () => {
    const streams = []
    for (let i = 0; i < 200; i++) streams.push(await listen())
    expect((await api.request('/api/jobs/events')).status).toBe(429)
    await streams[0]?.reader.cancel()
    expect((await api.request('/api/jobs/events')).status).toBe(200)
  })
})

test('events end when the token does, within a comment', async () => {
  const world = bareWorld()
  const asleep: (() => void)[] = []
  const sleepUntilWoken = (ms: number, signal: AbortSignal) =>
    ms === 15_000 ? new Promise<void>(resolve => asleep.push(resolve)) : sleep(60_000, undefined, { signal })
  const wake = async () => {
    while (asleep.length === 0) await sleep(1)
    asleep.shift()?.()
  }
  Object.assign(world, { signal: stop.signal, sleep: sleepUntilWoken })
  const app = createApp(world, { access: { needsToken: true, hosts: [] }, pageFolder: tmpdir() })
  const { text } = await createToken({ name: 'anna', role: 'read' }, 'root', world.store, world)
  const headers = { host: 'localhost', authorization: `Bearer ${text}` }
  const reader = (await app.request('/api/jobs/events', { headers })).body?.getReader()
  await reader?.read()
  await wake()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(': still here\n\n')
  await revokeToken('anna', 'root', world.store, world)
  world.clock.now = new Date(world.clock.now.getTime() + 15_000)
  await wake()
  expect((await reader?.read())?.done).toBe(true)
})

test('silence has a comment now and then', async () => {
  api = openBareApi({
    signal: stop.signal,
    sleep: (ms, signal) => sleep(ms === 15_000 ? 2 : 60_000, undefined, { signal }),
  })
  const reader = (await api.request('/api/jobs/events')).body?.getReader()
  await reader?.read()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(': still here\n\n')
  await reader?.cancel()
})
