import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let server: Server
let url: string
const bodies: string[] = []
beforeAll(async () => {
  server = createServer(async (request, response) => {
    bodies.push(await text(request))
    response.writeHead(request.url === '/gone' ? 410 : 200).end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

let place: CommandFolder
beforeEach(async () => {
  bodies.length = 0
  place = await openCommandFolder()
  await place.configure(`
notify:
  - { name: pager, type: webhook, url: '${url}/hook', secret_env: HOOK_SECRET }
  - { name: ops, type: slack, url_env: SLACK_URL }
  - { name: gone, type: webhook, url: '${url}/gone' }
`)
})
afterEach(() => place.remove())

const env = () => ({ SLACK_URL: `${url}/services/sesam`, HOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}` })
const said = (text: string) => text.replaceAll(url, 'URL')

test('each channel is sent a test, and told with its fix where it fails', async () => {
  const { code, stdout, stderr } = await place.run(['notify', 'test'], { env: env() })
  expect(said(stdout)).toBe(`ok    pager           webhook: URL answered 200
ok    ops             slack: URL answered 200
fail  gone            webhook: URL answered 410 ok
                      fix: check url, and what the receiver expects
`)
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'stocktake: notify test: 1 of 3 checks failed\n' })
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
    type: 'stocktake.test',
    data: { summary: 'a test: this channel works, nothing has happened', notices: [] },
  })
  expect(JSON.parse(bodies[1] ?? '').text).toContain('Stocktake: a test: this channel works, nothing has happened')
})

test('one channel alone; without a lake, and none is made', async () => {
  const answer = await place.run(['notify', 'test', '--channel', 'ops'], { env: env() })
  expect({ ...answer, stdout: said(answer.stdout) }).toEqual({
    code: 0,
    stdout: 'ok    ops             slack: URL answered 200\n',
    stderr: '',
  })
  expect(bodies).toHaveLength(1)
})

test('as JSON; a variable that is not set is a failure of its channel', async () => {
  const rows = await place.rows(['notify', 'test'], { env: { HOOK_SECRET: env().HOOK_SECRET } })
  expect(rows.map(({ status, check }) => [status, check])).toEqual([
    ['ok', 'pager'],
    ['fail', 'ops'],
    ['fail', 'gone'],
  ])
  expect(rows[1]).toEqual({
    ...{ status: 'fail', check: 'ops', found: 'slack: expected SLACK_URL in the environment, got none' },
    fix: 'set SLACK_URL where Stocktake runs; of a service, in its EnvironmentFile',
  })
})

test('no such channel, and no channel at all', async () => {
  expect(await place.run(['notify', 'test', '--channel', 'opps'], { env: env() })).toEqual({
    ...{ code: 3, stdout: '' },
    stderr: 'stocktake: channel "opps": no such channel; did you mean ops?\n',
  })
  await place.configure('lake: ./lake')
  expect(await place.run(['notify', 'test'])).toEqual({
    ...{ code: 3, stdout: '' },
    stderr: 'stocktake: notify: no channel; add one to notify in stocktake.yaml\n',
  })
})
