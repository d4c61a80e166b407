import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Collection,
  type CollectionList,
  type CreatedCollections,
  collection as collectionShape,
  createdCollections,
  type Suggestions,
} from '../../src/api/collections.js'
import type { Job } from '../../src/api/jobs.js'
import { openSmallLake, type SmallPlace } from '../commands/smallLake.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

// One after the other: each goes on from what the one before has left.

let place: SmallPlace
let served: ServedPlace
beforeAll(async () => {
  place = await openSmallLake()
  served = await servePlace(place.folder)
})
afterAll(async () => {
  await served.close()
  await place.remove()
})

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  served.ask(path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
const create = (...folders: object[]) =>
  send('POST', '/api/collections/from-inventory', { connector: 'photos', folders })
const list = async () => (await served.get<CollectionList>('/api/collections')).collections
const named = async (name: string): Promise<Collection> => {
  const found = (await list()).find(each => each.name === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}

describe('suggestions', () => {
  test('are names, what has them, and what shares files', async () => {
    await create({ folder: '2025/', name: '2025 - Raw' })
    const query = new URLSearchParams([
      ['connector', 'photos'],
      ['folder', '2025/raw/'],
      ['folder', '2026/'],
    ])
    expect(await served.get<Suggestions>(`/api/collections/suggest?${query}`)).toEqual({
      suggestions: [
        {
          ...{ folder: '2025/raw/', name: '2025 - Raw', overlaps: ['2025 - Raw'] },
          clash: 'the collection "2025 - Raw" of photos, "2025/"',
        },
        { folder: '2026/', name: '2026', clash: null, overlaps: [] },
      ],
    })
    await send('DELETE', '/api/collections/2025%20-%20Raw')
    expect((await served.ask('/api/collections/suggest?connector=fotos&folder=a/')).status).toBe(404)
  })
})

describe('making them', () => {
  test('answers with all, and with overlaps in words', async () => {
    const answer = await create({ folder: '2025/' }, { folder: '2025/raw/', name: ' Raw ' }, { folder: '' })
    expect(answer.status).toBe(201)
    const made = (await answer.json()) as CreatedCollections
    expect(createdCollections.parse(made)).toEqual(made)
    expect(made.collections.map(({ name, file_info }) => [name, file_info.file_count])).toEqual([
      ['2025', 2],
      ['Raw', 1],
      ['Photos', 5],
    ])
    expect(made.warnings).toContain('"2025" (2025/) holds "Raw" (2025/raw/)')
  })

  test('one is answered with itself and its place', async () => {
    const answer = await send('POST', '/api/collections', { connector: 'photos', folder: '2026/' })
    const made = (await answer.json()) as Collection
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `/api/collections/${made.collection}`])
    expect(collectionShape.parse(made)).toEqual(made)
    expect(made).toMatchObject({ name: '2026', created_by: 'tester', overlaps: ['Photos'], job_id: null })
    expect(made.file_info).toEqual({
      ...{ source: 'inventory', snapshot: '2026-01-20T01-00Z', updated_at: '2026-01-20T01:00:00.000Z' },
      ...{ freshness: 'warn', warning: '2 days old, more than 36 h', file_count: 2, total_size_bytes: 5_000_000 },
    })
  })

  test.each<[what: string, body: object, status: number, detail: string]>([
    ['a name that is taken', { folders: [{ folder: '2026/', name: 'raw' }] }, 409, '"Raw" of photos'],
    ['one of two', { folders: [{ folder: '2026/' }, { folder: 'nothere/' }] }, 404, 'no such folder'],
    ['a name that cannot be', { folders: [{ folder: '2026/', name: 'a\nb' }] }, 422, 'no control characters'],
    ['a folder twice', { folders: [{ folder: '2026/' }, { folder: '2026' }] }, 422, 'expected it once'],
    ['none', { folders: [] }, 400, 'folders'],
    ['a connector that is not there', { connector: 'fotos', folders: [{ folder: 'a/' }] }, 404, 'did you mean photos?'],
    ['half a character', { folders: [{ folder: '\ud800/' }] }, 422, 'UTF-8'],
    ['a zero byte', { folders: [{ folder: 'a\0/' }] }, 422, 'NUL'],
  ])('refuses %s, and makes none', async (_, body, status, detail) => {
    const before = (await list()).length
    const answer = await send('POST', '/api/collections/from-inventory', { connector: 'photos', ...body })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      status,
      expect.stringContaining(detail),
    ])
    expect(await list()).toHaveLength(before)
  })

  test('of two who send the same at once one gets it', async () => {
    const answers = await Promise.all([create({ folder: '2026/', name: 'X' }), create({ folder: '2026/', name: 'x' })])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const { collection } = (await list()).find(({ name }) => name.toLowerCase() === 'x') as Collection
    expect((await send('DELETE', `/api/collections/${collection}`)).status).toBe(204)
  })
})

describe('reading them', () => {
  test('by name, with a tag that is the same until something changes', async () => {
    const answer = await served.ask('/api/collections')
    const tag = answer.headers.get('etag') ?? ''
    expect((await list()).map(({ name }) => name)).toEqual(['2025', '2026', 'Photos', 'Raw'])
    expect((await served.ask('/api/collections', { headers: { 'if-none-match': tag } })).status).toBe(304)
  })

  test('one by its GUID or its name', async () => {
    const { collection } = await named('Raw')
    expect(await served.get(`/api/collections/${collection}`)).toEqual(await named('Raw'))
    expect(await served.get('/api/collections/raw')).toEqual(await named('Raw'))
    expect((await served.ask('/api/collections/none')).status).toBe(404)
  })
})

describe('another name', () => {
  test('is had as whoever asks has seen it', async () => {
    const seen = await served.ask('/api/collections/raw')
    const tag = seen.headers.get('etag') ?? ''
    const rename = (name: string, match?: string) =>
      send('PATCH', '/api/collections/raw', { name }, match === undefined ? {} : { 'if-match': match })
    const answer = await rename('RAW', tag)
    expect([answer.status, ((await answer.json()) as Collection).name]).toEqual([200, 'RAW'])
    expect((await rename('Other', tag)).status).toBe(412)
    expect((await rename('Other', (await named('RAW')).etag)).status).toBe(200)
    expect((await send('PATCH', '/api/collections/Other', { name: 'Raw' })).status).toBe(200)
    expect((await send('PATCH', '/api/collections/Raw', { name: '2025' })).status).toBe(409)
    expect((await send('PATCH', '/api/collections/Raw', { name: 'a/../b' })).status).toBe(200)
    expect((await send('PATCH', '/api/collections/a%2F..%2Fb', { name: 'Raw' })).status).toBe(200)
  })
})

describe('refreshing', () => {
  test('is a job, and the same one for who asks again', async () => {
    const answer = await send('POST', '/api/collections/raw/refresh')
    const job = (await answer.json()) as Job
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/api/jobs/${job.job_id}`])
    expect(job).toMatchObject({ type: 'refresh', connector: 'photos', params: { prefix: '2025/raw/' } })
    expect(((await (await send('POST', '/api/collections/raw/refresh')).json()) as Job).job_id).toBe(job.job_id)
    expect((await named('Raw')).job_id).toBe(job.job_id)
    expect((await named('2025')).job_id).toBeNull() // of a part of it
  })
})

test('all that is done is in the audit', async () => {
  const answer = await served.query(
    "select distinct action, outcome from audit where action like 'collection %' order by all",
  )
  expect(((await answer.json()) as { rows: unknown }).rows).toEqual([
    ['collection create', 'done'],
    ['collection create', 'failed'],
    ['collection refresh', 'done'],
    ['collection refresh', 'unchanged'],
    ['collection remove', 'done'],
    ['collection rename', 'done'],
  ])
})
