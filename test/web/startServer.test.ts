import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/web/createApp.js'
import { type RunningServer, SERVER_LIMITS, ServerPortError, startServer } from '../../src/web/startServer.js'
import { bareWorld } from './bareWorld.js'

const started: RunningServer[] = []
afterEach(async () => {
  for (const server of started.splice(0)) await server.close()
})

async function start(limits = SERVER_LIMITS): Promise<RunningServer> {
  const app = createApp(bareWorld(), { access: { needsToken: false, hosts: [] }, pageFolder: '/nowhere' })
  app.get('/api/slow', () => new Promise(() => {}))
  app.get('/api/endless', () => new Response(endless()))
  const server = await startServer({ limits, port: 0, host: '127.0.0.1' }, app)
  started.push(server)
  return server
}

let whenCut = (): void => {}
const cut = new Promise<void>(resolve => {
  whenCut = resolve
})
/** Rows without end; it is told when nobody wants them any more. */
const endless = () =>
  new ReadableStream({
    pull: rows => rows.enqueue(new Uint8Array(65_536)),
    cancel: () => whenCut(),
  })

/** Sends bytes as they are, and gives what comes until the server ends the connection, or a first answer is whole. */
async function send(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let got = ''
  socket.on('data', data => {
    got += data
    if (/\r\n\r\n/.test(got)) socket.end()
  })
  socket.on('error', () => {}) // it is ended from the other side
  socket.write(text)
  await once(socket, 'close')
  return got.split('\r\n')[0] ?? ''
}

const HOST = 'Host: localhost\r\n'
const POST = `POST /api/session HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`

describe('bytes that no browser sends', () => {
  test.each([
    ['GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n', '200 OK'],
    ['GET /api/session HTTP/1.1\r\nHost: [::1]:1\r\n\r\n', '200 OK'],
    ['GET / HTTP/1.0\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    ['GET /api/session HTTP/1.1\r\nHost: evil.example\r\n\r\n', '403 Forbidden'],
    ['GET /api/session HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n', '403 Forbidden'],
    ['GET http://localhost/api/session HTTP/1.1\r\nHost: evil.example\r\n\r\n', '403 Forbidden'],
    ['GET /api/session HTTP/1.1\r\nHost: user@localhost\r\n\r\n', '400 Bad Request'],
    [`GET /assets/../../../cli.js HTTP/1.1\r\n${HOST}\r\n`, '404 Not Found'],
    [`GET /assets/..%2f..%2fcli.js HTTP/1.1\r\n${HOST}\r\n`, '404 Not Found'],
    [`GET /assets\\..\\..\\cli.js HTTP/1.1\r\n${HOST}\r\n`, '400 Bad Request'],
    [`GET //etc/passwd HTTP/1.1\r\n${HOST}\r\n`, '404 Not Found'],
    [`GET /api/connectors/%ff HTTP/1.1\r\n${HOST}\r\n`, '404 Not Found'],
    [`TRACE /api/session HTTP/1.1\r\n${HOST}\r\n`, '405 Method Not Allowed'],
    [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, '400 Bad Request'],
    ['CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', undefined],
    [`${POST}Content-Length: 2000000\r\n\r\n{"token":"`, '413 Payload Too Large'],
    [`${POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{"tok`, '411 Length Required'],
    [`${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, undefined],
    [`${POST}Content-Length: -1\r\n\r\n`, undefined],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, undefined],
    ['no HTTP at all\r\n\r\n', undefined],
    ['\x16\x03\x01\x02', undefined], // TLS
  ])('%j: %s', async (text, answer) => {
    const { port } = await start()
    expect(await send(port, text)).toBe(answer === undefined ? '' : `HTTP/1.1 ${answer}`)
  })
})

describe('who stands still is let go', () => {
  test.each([
    ['in the middle of headers', { ...SERVER_LIMITS, headersMs: 100, requestMs: 100 }, 'GET / HTTP/1.1\r\nHost: loc'],
    [
      'in the middle of a body',
      { ...SERVER_LIMITS, headersMs: 100, requestMs: 100 },
      `${POST}Content-Length: 20\r\n\r\n{"token`,
    ],
    ['saying nothing', { ...SERVER_LIMITS, idleMs: 100 }, ''],
  ])('%s', async (_name, limits, text) => {
    const { port } = await start(limits)
    expect(await send(port, text)).toBe('')
  })

  test('while it does not read what it asked for', async () => {
    const { port } = await start({ ...SERVER_LIMITS, idleMs: 200 })
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.pause()
    socket.write(`GET /api/endless HTTP/1.1\r\n${HOST}\r\n`)
    await cut
    socket.destroy()
  })
})

test('a port that is taken is an error which says what to do', async () => {
  const { port } = await start()
  const again = startServer({ port, host: '127.0.0.1' }, { fetch: () => new Response() })
  await expect(again).rejects.toThrow(ServerPortError)
  await expect(again).rejects.toThrow(`--port ${port}: expected to listen on 127.0.0.1, got another program`)
})

test('it ends while somebody waits for an answer, and while somebody sends nothing', async () => {
  const server = await start()
  const slow = send(server.port, `GET /api/slow HTTP/1.1\r\n${HOST}\r\n`)
  const idle = connect(server.port, '127.0.0.1').on('error', () => {})
  await once(idle, 'connect')
  await server.close()
  await server.close() // a second time is fine
  expect(await slow).toBe('')
  if (!idle.closed) await once(idle, 'close')
})
