import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gap, GapExplained, GapPage, Task, TaskList } from '../../src/api/gaps.js'
import type { Job } from '../../src/api/jobs.js'
import type { SqlAnswer } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import { openReconcilePlace, type ReconcilePlace } from '../commands/reconcilePlace.js'
import { openSmallLake } from '../commands/smallLake.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

const EXPECTATIONS = `
datasets:
  days:
    key: raw/{date}.json
    weight: 9
    expect: { date: { from: 2026-01-11, to: 2026-01-16 } }
    task: { run: [node, put.mjs, '{date}'] }
  logs:
    key: logs/{date}.log
    weight: 1
    expect: { date: { from: 2026-01-11, to: 2026-01-11 } }
`

let place: ReconcilePlace
let served: ServedPlace
beforeAll(async () => {
  place = await openReconcilePlace(EXPECTATIONS)
  for (const day of [11, 13, 15, 16]) await place.put(`raw-bucket/raw/2026-01-${day}.json`, '{}')
  const { code, stderr } = await place.run('reconcile')
  if (code !== 0) throw new Error(stderr)
  served = await servePlace(place.folder)
})
afterAll(async () => {
  await served?.close()
  await place.remove()
})

describe('GET /api/gaps', () => {
  test('open ones, the most urgent first, and how many there are', async () => {
    const { gaps, counts, last_run, next } = await served.get<GapPage>('/api/gaps')
    expect(gaps.map(({ priority, dataset, key_prefix }) => [priority, dataset, key_prefix])).toEqual([
      ['critical', 'days', 'raw/2026-01-12.json'],
      ['critical', 'days', 'raw/2026-01-14.json'],
      ['medium', 'logs', 'logs/2026-01-11.log'],
    ])
    expect(gaps[0]).toMatchObject({
      connector: 'raw',
      kind: expect.any(String),
      times_seen: 1,
      found: expect.anything(),
    })
    expect([counts, next]).toEqual([{ critical: 2, high: 0, medium: 1, low: 0 }, null])
    expect([last_run, gaps[0]?.run_at, gaps[0]?.first_seen]).toEqual([last_run, last_run, last_run])
    expect(last_run).toMatch(/^2026-01-22T01:00/)
  })

  test('a page after the other', async () => {
    const first = await served.get<GapPage>('/api/gaps?limit=2')
    const second = await served.get<GapPage>(`/api/gaps?limit=2&cursor=${first.next}`)
    expect([first.gaps.length, second.gaps.length, second.next]).toEqual([2, 1, null])
    expect([...first.gaps, ...second.gaps]).toEqual((await served.get<GapPage>('/api/gaps')).gaps)
  })

  test.each([
    ['priority=medium', ['logs']],
    ['dataset=days', ['days', 'days']],
    ["dataset=o'clock", []],
  ])('%s', async (query, datasets) => {
    expect((await served.get<GapPage>(`/api/gaps?${query}`)).gaps.map(({ dataset }) => dataset)).toEqual(datasets)
    expect((await served.get<Gap[]>(`/api/gaps?${query}&format=json`)).map(({ dataset }) => dataset)).toEqual(datasets)
  })

  test('its SQL gives the same', async () => {
    const sql = await (await served.ask('/api/gaps?format=sql&priority=medium')).text()
    const { rows } = (await (await served.query(sql)).json()) as SqlAnswer
    expect(rows).toHaveLength(1)
  })

  test.each([
    ['?priority=urgent', /priority/],
    ['?cursor=1', /cursor/],
    ['?cursor=99.0', /from before the last reconciliation/],
  ])('%s is refused', async (query, detail) => {
    const answer = await served.ask(`/api/gaps${query}`)
    expect([answer.status, ((await answer.json()) as Problem).detail]).toEqual([400, expect.stringMatching(detail)])
  })
})

describe('GET /api/gaps/{id}', () => {
  test('what was expected, what lies beside it, and the task', async () => {
    const [gap] = (await served.get<GapPage>('/api/gaps')).gaps
    const explained = await served.get<GapExplained>(`/api/gaps/${gap?.gap_id}`)
    expect(explained).toEqual({
      ...{ gap, resolved_at: null, partition_values: { date: '2026-01-12' }, expectation: 'raw/{date}.json' },
      nearest: expect.arrayContaining([expect.objectContaining({ key: 'raw/2026-01-11.json', size: 2 })]),
      sql: expect.stringContaining("starts_with(key, 'raw/2026-01-12.json')"),
      task: expect.objectContaining({ state: 'queued', command: ['node', 'put.mjs', '2026-01-12'], gap_count: 1 }),
    })
    expect(((await (await served.query(explained.sql)).json()) as SqlAnswer).rows).toEqual([])
  })

  test.each([
    ['gap_00000000000000000000000000', 404],
    ['gap_', 400],
    ["gap_'", 400],
  ])('%s is %i', async (id, status) => {
    expect((await served.ask(`/api/gaps/${encodeURIComponent(id)}`)).status).toBe(status)
  })
})

describe('POST /api/reconcile', () => {
  test('queues a comparison, and only one', async () => {
    const [first, second] = [await compare(), await compare()]
    expect([first.status, second.status, first.headers.get('location')]).toEqual([
      202,
      202,
      second.headers.get('location'),
    ])
    const job = (await first.json()) as Job
    expect(job).toMatchObject({ type: 'reconcile', connector: null, state: 'queued' })
    expect(first.headers.get('location')).toBe(`/api/jobs/${job.job_id}`)
    const deeds = await place.rows('query', "select outcome from audit where action = 'reconcile order' order by 1")
    expect(deeds).toEqual([{ outcome: 'done' }, { outcome: 'unchanged' }])
  })

  const compare = () => served.ask('/api/reconcile', { method: 'POST' })
})

describe('GET /api/tasks', () => {
  test('those that wait', async () => {
    const { tasks } = await served.get<TaskList>('/api/tasks')
    expect(tasks.map(({ state, dataset, priority, attempts }) => [state, dataset, priority, attempts])).toEqual([
      ['queued', 'days', 'critical', 0],
      ['queued', 'days', 'critical', 0],
    ])
    expect(await served.get<Task[]>('/api/tasks?format=json')).toEqual(tasks)
    expect((await (await served.ask('/api/tasks?format=csv')).text()).split('\n')[1]).toContain(
      '"[""node"",""put.mjs""',
    )
    const sql = await (await served.ask('/api/tasks?format=sql')).text()
    expect((await served.query(sql)).status).toBe(200)
  })
})

test('a lake that was never reconciled has neither', async () => {
  const small = await openSmallLake()
  const other = await servePlace(small.folder)
  try {
    const none = { critical: 0, high: 0, medium: 0, low: 0 }
    const nothing = { gaps: [], counts: none, last_run: null, next: null }
    expect(await other.get('/api/gaps')).toEqual({ ...nothing, is_comparable: false })
    const refused = await other.ask('/api/reconcile', { method: 'POST' })
    expect([refused.status, ((await refused.json()) as Problem).got]).toEqual([422, 'no such file'])
    await writeFile(join(small.folder, 'data_inventory.yaml'), 'datasets: {}\n')
    expect(await other.get('/api/gaps')).toEqual({ ...nothing, is_comparable: true })
    expect(await other.get('/api/tasks')).toEqual({ tasks: [] })
  } finally {
    await other.close()
    await small.remove()
  }
})
