import { afterAll, beforeAll, expect, test } from 'vitest'
import { overview } from '../../src/api/overview.js'
import { openSmallLake, type SmallPlace } from '../commands/smallLake.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

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

test('tells what there is, and what needs a person', async () => {
  const told = await served.get('/api/overview')
  expect(overview.parse(told)).toEqual(told)
  expect(told).toMatchObject({
    lake: `${place.folder}/lake`,
    now: '2026-01-22T01:00:00.000Z',
    connectors: [
      { name: 'listed', latest: null, object_count: null, listing_cost_usd: null },
      {
        name: 'photos',
        latest: {
          snapshot: '2026-01-20T01-00Z',
          taken_at: '2026-01-20T01:00:00.000Z',
          source: 'inventory',
          base_snapshot: '2026-01-19T01-00Z',
          freshness: 'warn',
        },
        object_count: 5,
        total_size_bytes: 16_000_120,
        noncurrent_size_bytes: 3_000_000,
        new_count: 1,
        modified_count: 1,
        deleted_count: 1,
        listing_cost_usd: 0.000005,
      },
    ],
    gaps: null,
    collection_count: 0,
    jobs: { running: 0, waiting: 0, failed: 0 },
    daemon: { seen_at: null, is_running: false },
  })
  expect(overview.parse(told).attention.map(({ text }) => text)).toEqual([
    'listed has no snapshot yet',
    'photos: the newest snapshot is 2 days old',
    '2 connectors are to be imported by a schedule, and no daemon runs that would: start stocktake daemon',
  ])
})

test('follows what is done meanwhile', async () => {
  const post = (path: string, body: object) =>
    served.ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  await post('/api/connectors/photos/inventory/import', {})
  const settings = { source_bucket: 'new-bucket', schedule: 'manual' }
  expect((await post('/api/connectors', { name: 'added', settings })).status).toBe(201)
  const told = overview.parse(await served.get('/api/overview'))
  expect(told.jobs.waiting).toBe(1)
  expect(told.connectors.map(({ name }) => name)).toEqual(['added', 'listed', 'photos'])
})
