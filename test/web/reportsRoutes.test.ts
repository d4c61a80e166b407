import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReportAnswer, ReportList, SqlAnswer } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import { commitReceipt, listReceipts, type Receipt } from '../../src/snapshot/receipts.js'
import { openSmallLake, SECOND, type SmallPlace } from '../commands/smallLake.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

let place: SmallPlace
let served: ServedPlace
beforeAll(async () => {
  place = await openSmallLake()
  await mkdir(join(place.folder, 'reports'), { recursive: true })
  const own = (name: string, sql: string) => writeFile(join(place.folder, 'reports', `${name}.sql`), sql)
  await own(
    'mine',
    '-- report:   what is mine\n-- params:   $least BIGINT\n-- defaults: $least 9007199254740993\nselect key, $least as n from objects_latest order by key',
  )
  await own('broken', '-- report: what does not run\nselect nothing from objects')
  await own('deletes', '-- report: what must not run\ndrop view objects')
  await own('many', '-- report: many rows\nselect range as n from range(1500) order by 1')
  served = await servePlace(place.folder)
})
afterAll(async () => {
  await served.close()
  await place.remove()
})

test("GET /api/reports: those that ship, and one's own", async () => {
  const { reports } = await served.get<ReportList>('/api/reports')
  const named = (name: string) => reports.find(each => each.name === name)
  expect(named('largest')).toMatchObject({
    ...{ question: expect.any(String), is_own: false, takes_collection: true },
    params: [{ name: 'top', type: 'BIGINT', default: 20 }],
  })
  expect(named('mine')).toEqual({
    ...{ name: 'mine', question: 'what is mine', is_own: true, takes_collection: true },
    params: [{ name: 'least', type: 'BIGINT', default: 9007199254740992 }],
  })
})

describe('GET /api/reports/{name}', () => {
  test('its rows, how they are shown, and what they are of', async () => {
    const answer = await served.get<ReportAnswer>('/api/reports/largest?connector=photos&param=top=2')
    expect(answer).toMatchObject({
      ...{ name: 'largest', list_requests: 0, is_cut: false, none: null },
      snapshots: [{ connector: 'photos', snapshot: SECOND, freshness: 'warn' }],
      notices: [`photos ${SECOND} is 2 days old`, 'top is 2: there may be more'],
      rows: [
        ['2025/raw/b.cr3', 9000000, null, '2026-01-01T10:30:00.000Z'],
        ['2026/d.jpg', 4000000, null, '2026-01-01T10:30:00.000Z'],
      ],
    })
    expect(answer.columns.slice(0, 2)).toEqual([
      { name: 'key', title: 'key', kind: 'text', type: 'VARCHAR' },
      { name: 'size_bytes', title: 'size', kind: 'bytes', type: 'BIGINT' },
    ])
    expect(answer.sql).toContain("'photos'")
  })

  test('as a file, with all columns', async () => {
    const answer = await served.ask('/api/reports/largest?connector=photos&param=top=1&format=csv')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="largest_photos.csv"')
    expect((await answer.text()).split('\n')[0]).toMatch(/^connector,key,size_bytes/)
  })

  test('its SQL gives the same rows', async () => {
    const sql = await (await served.ask('/api/reports/largest?param=top=1&format=sql')).text()
    const { rows } = (await (await served.query(sql)).json()) as SqlAnswer
    expect(rows[0]).toContain('2025/raw/b.cr3')
  })

  test('whole numbers exactly, also past what JSON.parse reads', async () => {
    const text = await (await served.ask('/api/reports/mine')).text()
    expect(text).toContain('["2025/a b.jpg",9007199254740993]')
  })

  test('a thousand rows, and all of them as a file', async () => {
    const { rows, is_cut } = await served.get<ReportAnswer>('/api/reports/many')
    expect([rows.length, is_cut]).toEqual([1000, true])
    expect(await served.get<unknown[]>('/api/reports/many?format=json')).toHaveLength(1500)
  })

  test('every report that ships has an answer', async () => {
    const { reports } = await served.get<ReportList>('/api/reports')
    for (const { name, is_own } of reports) if (!is_own) await served.get(`/api/reports/${name}`)
  })

  test('under a tag, for a minute', async () => {
    const etag = (await served.ask('/api/reports/largest')).headers.get('etag') ?? ''
    expect((await served.ask('/api/reports/largest', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  test.each([
    ['nothing', 404, /no such report/],
    ['largest?connector=nobody', 404, /nobody/],
    ['largest?collection=nothing', 404, /nothing/],
    ['largest?connector=photos&collection=nothing', 400, /both/],
    ['largest?param=top', 400, /name=value/],
    ['largest?param=top=many', 400, /many/],
    ['largest?param=other=1', 400, /unknown parameter/],
    ['many?connector=photos', 400, /it has no \$connector/],
    ['deletes', 422, /^reports\/deletes\.sql: expected a SELECT/],
    ['broken', 422, /^reports\/broken\.sql:2: .*"nothing" not found/],
    ['..%2F..%2Fetc%2Fpasswd', 404, /no such report/],
  ])('%s is %i', async (path, status, detail) => {
    const answer = await served.ask(`/api/reports/${path}`)
    const problem = (await answer.json()) as Problem
    expect([answer.status, problem.detail]).toEqual([status, expect.stringMatching(detail)])
    expect(JSON.stringify(problem)).not.toContain(place.folder)
  })
})

// The last, as its scans are laid over the snapshot.
test('a report of a collection is of the scan of its folder, whatever was scanned in the same second', async () => {
  const SCAN = '2026-01-21T10-31-07Z'
  const body = JSON.stringify({ connector: 'photos', folder: '2026/', name: 'Later' })
  const headers = { 'content-type': 'application/json' }
  expect((await served.ask('/api/collections', { method: 'POST', headers, body })).status).toBe(201)
  const { reader, now } = served.world
  for (const scope of ['2025/', '2026/', 'other/'])
    await reader.read(async effects => {
      const newest = (await listReceipts(effects, 'photos')).at(-1)
      const own = { scope, import_id: randomUUID(), snapshot: SCAN, source: 'api', base_snapshot: scope } as const
      const receipt = { ...newest, ...own, dt: '2026-01-21' } as Receipt
      await commitReceipt(
        () => receipt,
        () => false,
        { ...effects, folder: place.folder, now },
      )
      reader.forget()
    })
  const { snapshots } = await served.get<ReportAnswer>('/api/reports/largest?collection=Later')
  expect(snapshots).toEqual([expect.objectContaining({ snapshot: SCAN, base_snapshot: '2026/' })])
})
