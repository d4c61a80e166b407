import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ViewList } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import { openSmallLake, type SmallPlace } from '../commands/smallLake.js'
import { listQueries, listQueryFolders } from './queryTraces.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

// The processes are of what `npm run build` made last.

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

describe('POST /api/query', () => {
  test('rows, exactly, and how people see the columns', async () => {
    const answer = await served.query(
      'select storage_class, count(*) as object_count, sum(size) as total_size_bytes, max(last_modified_date) as t, 9007199254740993 as n from objects_latest group by 1',
    )
    const text = await answer.text()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(text).toContain('[[null,7,19000120,"2026-01-19T12:00:00.000Z",9007199254740993]]')
    expect(JSON.parse(text)).toMatchObject({ is_cut: false, duration_ms: 0 })
    expect(JSON.parse(text).columns).toEqual([
      { name: 'storage_class', title: 'class', kind: 'text', type: 'VARCHAR' },
      { name: 'object_count', title: 'objects', kind: 'count', type: 'BIGINT' },
      { name: 'total_size_bytes', title: 'size', kind: 'bytes', type: 'HUGEINT' },
      { name: 't', title: 't', kind: 'time', type: 'TIMESTAMP' },
      { name: 'n', title: 'n', kind: 'text', type: 'BIGINT' },
    ])
  })

  test('only so many rows', async () => {
    const answer = await (await served.query('from range(5)', { limit: 2 })).json()
    expect(answer).toMatchObject({ rows: [[0], [1]], is_cut: true })
  })

  test('CSV as a file, whole', async () => {
    const answer = await served.query(
      "select key, nullif(size, 120) as n, 'x\ny' as t from objects_latest order by key",
      {
        format: 'csv',
      },
    )
    const text = await answer.text()
    expect(text.split('\n').slice(0, 3)).toEqual(['key,n,t', '2025/a b.jpg,2000000,"x', 'y"'])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="query.csv"',
      'content-length': String(Buffer.byteLength(text)),
    })
  })

  test.each([
    ['a file by its name', "from '/etc/passwd.csv'", 422, /got the file \/etc\/passwd\.csv/],
    ['a column that there is not', 'select a from objects', 422, /Referenced column "a" not found/],
    [
      'an error in a later row',
      'select cast(if(range = 5000, $$a$$, $$1$$) as int) from range(9000)',
      422,
      /Could not convert/,
    ],
    ['nothing', '', 400, /sql/],
    ['a text that is too long', `select '${'a'.repeat(100_000)}'`, 400, /sql/],
  ])('%s is refused', async (_, sql, status, detail) => {
    const answer = await served.query(sql, { format: 'csv' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(((await answer.json()) as Problem).detail).toMatch(detail)
  })

  test('nobody learns where the lake is', async () => {
    const told = await (await served.query("select * from '*.parquet'")).text()
    const explained = await (await served.query('explain analyze select * from objects, audit')).text()
    for (const text of [told, explained]) expect(text).not.toContain(place.folder)
  })
})

describe('the process', () => {
  test('is ended where it takes too long', async () => {
    const hurried = await servePlace(place.folder, { limits: { timeMs: 1500 } })
    const answer = await hurried.query('select count(*) from range(1000000) a, range(1000000) b, range(1000000) c')
    await hurried.close()
    const fix = 'ask for less: one connector, a prefix, fewer columns'
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { expected: 'an answer within 1.5 s', got: 'none', fix },
    ])
    expect([await listQueries(), await listQueryFolders(served)]).toEqual([[], []])
  })

  test('is ended by the system where it needs too much memory', async () => {
    const answer = await served.query("select repeat('x', 4000000000)")
    expect([answer.status, ((await answer.json()) as Problem).got]).toEqual([
      422,
      expect.stringMatching(/needs more memory than a query may have/),
    ])
  })

  test('is gone, with what it wrote, when whoever asked has left', async () => {
    const gone = new AbortController()
    const asked = served.query(
      'select count(*) from range(1000000000) a, range(1000000000)',
      {},
      { signal: gone.signal },
    )
    while ((await listQueries()).length === 0) await sleep(10)
    gone.abort()
    await Promise.allSettled([asked])
    expect([await listQueries(), await listQueryFolders(served)]).toEqual([[], []])
  })
})

test('GET /api/views: each with its columns, under a tag', async () => {
  const answer = await served.ask('/api/views')
  const { views } = (await answer.json()) as ViewList
  expect(views.find(({ name }) => name === 'snapshots')?.columns.slice(0, 3)).toEqual(['connector', 'dt', 'snapshot'])
  const again = await served.ask('/api/views', { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})
