import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Health, HealthPortError, type HealthState, startHealth } from '../../src/jobs/health.js'

const started: Health[] = []
afterEach(async () => {
  for (const health of started.splice(0)) await health.close()
})

const READY: HealthState = {
  ready: () => ({ ok: true, reasons: [] }),
  metrics: { text: async () => 'a_metric 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' },
}

async function start(state: HealthState = READY): Promise<Health> {
  const health = await startHealth({ port: 0, host: '127.0.0.1' }, state)
  started.push(health)
  return health
}

const LATE: HealthState = { ...READY, ready: () => ({ ok: false, reasons: ['the lake can’t be reached'] }) }
const BROKEN: HealthState = {
  ready: () => {
    throw new Error('broken')
  },
  metrics: { ...READY.metrics, text: () => Promise.reject(new Error('secret detail')) },
}

test.each<[string, string, HealthState, number, string]>([
  ['GET', '/healthz', READY, 200, 'ok\n'],
  ['GET', '/healthz?again', READY, 200, 'ok\n'],
  ['HEAD', '/healthz', READY, 200, ''],
  ['GET', '/readyz', READY, 200, '{"ok":true,"reasons":[]}\n'],
  ['GET', '/readyz', LATE, 503, '{"ok":false,"reasons":["the lake can’t be reached"]}\n'],
  ['HEAD', '/readyz', LATE, 503, ''],
  ['GET', '/healthz', LATE, 200, 'ok\n'],
  ['GET', '/metrics', READY, 200, 'a_metric 1\n'],
  ['GET', '/metrics', BROKEN, 500, 'failed\n'],
  ['GET', '/readyz', BROKEN, 500, 'failed\n'],
  ['GET', '/healthz', BROKEN, 200, 'ok\n'],
  ['GET', '/', READY, 404, 'not found\n'],
  ['GET', '/healthz/', READY, 404, 'not found\n'],
  ['GET', '/constructor', READY, 404, 'not found\n'],
  ['GET', '//evil/healthz', READY, 404, 'not found\n'],
  ['POST', '/metrics', READY, 405, 'GET and HEAD only\n'],
  ['DELETE', '/nowhere', READY, 404, 'not found\n'],
])('%s %s', async (method, path, state, status, text) => {
  const { port } = await start(state)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  expect([answer.status, await answer.text()]).toEqual([status, text])
})

test('what is answered is told', async () => {
  const { port } = await start()
  const typeOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).headers.get('content-type')
  expect(await typeOf('/metrics')).toBe(READY.metrics.contentType)
  expect(await typeOf('/readyz')).toBe('application/json')
  const refused = await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST', body: 'x'.repeat(100) })
  expect([refused.headers.get('allow'), refused.headers.get('connection')]).toEqual(['GET, HEAD', 'close'])
})

test('a port that is taken is an error which says what to do', async () => {
  const { port } = await start()
  const again = startHealth({ port, host: '127.0.0.1' }, READY)
  await expect(again).rejects.toThrow(HealthPortError)
  await expect(again).rejects.toThrow(
    `daemon.port ${port}: expected to listen on 127.0.0.1:${port}, got another program listens there, ` +
      'maybe a daemon that still runs; set daemon.port in stocktake.yaml to another, or to 0 for any that is free',
  )
})

test('the port is free when it has closed', async () => {
  const { port, close } = await startHealth({ port: 0, host: '127.0.0.1' }, READY)
  await (await fetch(`http://127.0.0.1:${port}/healthz`)).text() // a connection that is kept
  await close()
  const again = await startHealth({ port, host: '127.0.0.1' }, READY)
  await again.close()
})

test('it closes although somebody never ends a request', async () => {
  const health = await startHealth({ port: 0, host: '127.0.0.1' }, READY)
  const slow = connect(health.port, '127.0.0.1').on('error', () => {})
  await once(slow, 'connect')
  slow.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  await health.close()
  await once(slow, 'close')
})

test('who sends headers without end is let go', async () => {
  const { port } = await start()
  const slow = connect(port, '127.0.0.1').on('error', () => {})
  const closed = once(slow, 'close')
  slow.write('GET /healthz HTTP/1.1\r\n')
  const drip = setInterval(() => slow.write('X-Slow: 1\r\n'), 100)
  await closed
  clearInterval(drip)
})

test.each([
  ['a header that is too long', `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['no HTTP', 'hello\r\n\r\n'],
])('%s ends the connection, and nothing else', async (_what, sent) => {
  const { port } = await start()
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.resume()
  const closed = once(socket, 'close')
  socket.write(sent)
  await closed
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
})

test('it listens on the loopback only', async () => {
  const { port } = await start()
  const answer = once(request({ host: '127.0.0.2', port, path: '/healthz' }).end(), 'response')
  await expect(answer).rejects.toThrow('ECONNREFUSED')
})
