import { afterAll, beforeAll, expect, test } from 'vitest'
import { MOST_DOWNLOADS } from '../../src/web/downloads.js'
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

const TABLES = ['/api/reports/classes', '/api/gaps', '/api/tasks', '/api/snapshots'].map(path => `${path}?format=csv`)

test('a HEAD of a whole table has its headers, and leaves nothing waiting', async () => {
  for (let i = 0; i < 25; i++)
    for (const table of TABLES) {
      const answer = await served.ask(table, { method: 'HEAD' })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/csv; charset=utf-8; header=present',
      ])
      expect(await answer.text()).toBe('')
    }
  for (const table of TABLES) expect((await (await served.ask(table)).text()).split('\n').length).toBeGreaterThan(1)
})

test('so many whole tables are read at once and no more; who has read theirs, or leaves, makes room', async () => {
  const [table = ''] = TABLES
  const gone = new AbortController()
  const open = [await served.ask(table, { signal: gone.signal })]
  while (open.length < MOST_DOWNLOADS) open.push(await served.ask(table))
  const refused = await served.ask(table)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
  expect((await served.ask(`${table.split('?')[0]}?format=sql`)).status).toBe(200) // no work
  expect((await served.ask('/api/reports/classes')).status).toBe(200) // a page of it
  const [, cancelled, read] = open
  await cancelled?.body?.cancel()
  await read?.text()
  gone.abort()
  for (let i = 0; i < 3; i++) expect((await (await served.ask(table)).text()).length).toBeGreaterThan(0)
  const again = [await served.ask(table), await served.ask(table), await served.ask(table)]
  expect(again.map(({ status }) => status)).toEqual([200, 200, 200])
  expect((await served.ask(table)).status).toBe(429)
  for (const each of [...open.slice(3), ...again]) await each.body?.cancel()
})
