import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken, revokeToken, type TokenRole } from '../../src/lake/tokens.js'
import { createApp } from '../../src/web/createApp.js'
import { describeApi } from '../../src/web/routes/openapiRoutes.js'
import { bareWorld } from './bareWorld.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-page-'))
  await mkdir(join(folder, 'ui', 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.js'), 'secret')
  await writeFile(join(folder, 'ui', 'secret.js'), 'secret')
  await writeFile(join(folder, 'ui', 'index.html'), '<!doctype html><head><title>Stocktake</title></head>')
  await writeFile(join(folder, 'ui', 'assets', 'index-abc.js'), 'let page')
  await writeFile(join(folder, 'ui', 'assets', 'index-abc.js.gz'), gzipSync('let page'))
  await writeFile(join(folder, 'ui', 'assets', '.env'), 'secret')
  await writeFile(join(folder, 'ui', 'assets', 'page.html'), 'secret')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A server that nobody needs a token for, or everybody; and its lake. */
function openServer(needsToken = false) {
  const world = bareWorld()
  const access = { needsToken, hosts: needsToken ? ['lake.example'] : [] }
  const app = createApp(world, { access, pageFolder: join(folder, 'ui') })
  const ask = (line: string, headers: Readonly<Record<string, string>> = {}, body?: string) => {
    const [method = '', path = ''] = line.split(' ')
    const sent = new Headers({ host: 'localhost:8080', ...headers })
    if (body === undefined) return app.request(path, { method, headers: sent })
    if (!sent.has('content-length')) sent.set('content-length', String(body.length))
    return app.request(path, { method, headers: sent, body })
  }
  const giveToken = (name: string, role: TokenRole, lifeMs?: number) =>
    createToken({ name, role, ...(lifeMs !== undefined && { lifeMs }) }, 'root', world.store, world)
  return { world, app, ask, giveToken }
}

const JSON_TYPE = { 'content-type': 'application/json' }
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

/** Every operation of the API as a request line, `POST /api/connectors/x/scan`. */
const operations = Object.entries(describeApi(openServer().app, '').paths ?? {}).flatMap(([path, methods]) =>
  Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, 'x')}`),
)
const changes = operations.filter(line => !/^GET /.test(line))

describe('every operation', () => {
  test('is known', () => expect(changes.length).toBeGreaterThan(3))

  test.each(operations)('%s is not for another host', async line => {
    const answer = await openServer().ask(line, { host: 'evil.example' })
    expect([answer.status, await answer.json()]).toMatchObject([403, { subject: 'host' }])
  })

  test.each(operations)('%s is not for a page of another origin', async line => {
    const { ask } = openServer()
    const cookies = { cookie: 'a=b', ...JSON_TYPE }
    expect((await ask(line, { ...cookies, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(
      403,
    )
    expect((await ask(line, { ...cookies, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' })).status).toBe(403)
    const frame = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
    expect((await ask(line, { ...cookies, ...frame })).status).toBe(403)
    if (changes.includes(line))
      expect((await ask(line, { ...cookies, origin: 'http://evil.example' })).status).toBe(403)
  })

  test.each(operations.filter(line => !line.endsWith('/api/session')))('%s needs a token', async line => {
    const { ask } = openServer(true)
    const none = await ask(line)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="stocktake"'])
    expect((await ask(line, bearer('stocktake_wrong'))).status).toBe(401)
    expect((await ask(line, { authorization: 'Basic YTpi' })).status).toBe(401)
  })

  test.each(changes.filter(line => !/\/api\/(query|session)$/.test(line)))('%s needs a role', async line => {
    const { ask, giveToken } = openServer(true)
    const { text } = await giveToken('anna', 'read')
    const answer = await ask(line, bearer(text))
    expect([answer.status, await answer.json()]).toMatchObject([403, { subject: 'token anna' }])
  })

  test.each(changes)('%s takes JSON only, of some length, and says so', async line => {
    const { ask } = openServer()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask(line, form, '{"token":"a"}=')).status).toBe(415)
    expect((await ask(line, { 'content-type': 'text/plain' }, '{}')).status).toBe(415)
    expect((await ask(line, { ...JSON_TYPE, 'content-length': '1048577' }, '{}')).status).toBe(413)
    expect((await ask(line, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, '{}')).status).toBe(411)
  })
})

describe('a session', () => {
  test('is begun with a token, and ended', async () => {
    const { ask, giveToken } = openServer(true)
    const { text } = await giveToken('anna', 'read')
    const nobody = { role: null, name: null, needs_token: true }
    expect(await (await ask('GET /api/session')).json()).toEqual(nobody)
    const begun = await ask('POST /api/session', JSON_TYPE, JSON.stringify({ token: text }))
    expect(await begun.json()).toEqual({ role: 'read', name: 'anna', needs_token: true })
    const [cookie = ''] = begun.headers.getSetCookie()
    expect(cookie).toMatch(/^stocktake-session-8080=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(text.slice(10))
    const mine = { cookie: cookie.split(';')[0] ?? '' }
    expect(await (await ask('GET /api/session', mine)).json()).toMatchObject({ name: 'anna' })
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(200)
    await ask('DELETE /api/session', mine)
    expect(await (await ask('GET /api/session', mine)).json()).toEqual(nobody)
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(401)
  })

  test('is for TLS alone where the page came by it', async () => {
    const { ask, giveToken } = openServer(true)
    const { text } = await giveToken('anna', 'read')
    const from = { host: 'lake.example', origin: 'https://lake.example', 'sec-fetch-site': 'same-origin' }
    const begun = await ask('POST /api/session', { ...from, ...JSON_TYPE }, JSON.stringify({ token: text }))
    expect(begun.headers.getSetCookie()[0]).toMatch(/^stocktake-session-default=.*; Secure;/)
  })

  test.each(['', 'stocktake_', 'x'.repeat(200), 'null'])('is not begun with %j', async token => {
    const { ask, giveToken } = openServer(true)
    await giveToken('anna', 'operate')
    const answer = await ask('POST /api/session', JSON_TYPE, JSON.stringify({ token }))
    expect(answer.status).toBe(token === '' ? 400 : 401)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('ends with its token', async () => {
    const { ask, giveToken, world } = openServer(true)
    const { text } = await giveToken('anna', 'read', 3_600_000)
    const begun = await ask('POST /api/session', JSON_TYPE, JSON.stringify({ token: text }))
    const mine = { cookie: begun.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(200)
    world.clock.now = new Date('2026-01-20T11:00:00Z')
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(401)
  })

  test('ends after twelve hours', async () => {
    const { ask, giveToken, world } = openServer(true)
    const { text } = await giveToken('anna', 'read')
    const begun = await ask('POST /api/session', JSON_TYPE, JSON.stringify({ token: text }))
    const mine = { cookie: begun.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    world.clock.now = new Date('2026-01-20T21:59:59Z')
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(200)
    world.clock.now = new Date('2026-01-20T22:00:00Z')
    expect((await ask('GET /api/openapi.json', mine)).status).toBe(401)
  })
})

test('a token that is revoked is refused within five seconds, one that is made is known within one', async () => {
  const { ask, giveToken, world } = openServer(true)
  const { text } = await giveToken('anna', 'read')
  const statusAt = async (time: string, token: string) => {
    world.clock.now = new Date(`2026-01-20T10:00:${time}Z`)
    return (await ask('GET /api/openapi.json', bearer(token))).status
  }
  expect(await statusAt('00.000', text)).toBe(200)
  await revokeToken('anna', 'root', world.store, world)
  expect(await statusAt('05.000', text)).toBe(401)
  const again = await giveToken('anna', 'read')
  expect(await statusAt('06.000', again.text)).toBe(200)
})

test('a token that is sent where none is needed still says who asks, and what they may do', async () => {
  const { ask, giveToken } = openServer()
  const { text } = await giveToken('anna', 'read')
  expect(await (await ask('GET /api/session')).json()).toEqual({ role: 'operate', name: null, needs_token: false })
  expect((await ask('DELETE /api/connectors/x', bearer(text))).status).toBe(403)
  expect((await ask('GET /api/session', bearer('stocktake_wrong'))).status).toBe(401)
})

describe('the page', () => {
  test.each(['/', '/overview', '/folders?connector=a&path=..%2F', '/collections/col_1', '/sql?q=%3Cscript%3E'])(
    '%s is its document, with a nonce that comes but once',
    async path => {
      const { ask } = openServer(true)
      const [one, other] = [await ask(`GET ${path}`), await ask(`GET ${path}`)]
      const html = await one.text()
      const nonce = /<meta property="csp-nonce" nonce="([\w-]{22})">/.exec(html)?.[1] ?? ''
      expect([one.status, one.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(one.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}';`)
      expect(await other.text()).not.toContain(nonce)
      expect(html).not.toMatch(/script>|\.\./)
    },
  )

  test('its files are as they were built, for a year', async () => {
    const answer = await openServer(true).ask('GET /assets/index-abc.js')
    expect([answer.status, await answer.text()]).toEqual([200, 'let page'])
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  test.each([
    ['gzip, deflate, br', 'gzip'],
    ['br;q=1.0, gzip;q=0.8', 'gzip'],
    ['GZIP', 'gzip'],
    ['identity', null],
    ['br, gzip;q=0', null],
    ['br, gzip; q=0.0', null],
  ])('a browser that takes %s gets a file as %s', async (accepted, encoding) => {
    const answer = await openServer(true).ask('GET /assets/index-abc.js', { 'accept-encoding': accepted })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([encoding, 'accept-encoding'])
    expect((encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()).toBe('let page')
  })

  test.each([
    '/assets/../secret.js',
    '/assets/..%2fsecret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/%2e%2e/secret.js',
    '/assets/..%5csecret.js',
    '/assets/%2e%2e%2fsecret.js',
    '/assets/....//secret.js',
    '/assets//etc/passwd',
    '/assets/%2fetc%2fpasswd',
    '/assets/index-abc.js%00.css',
    '/assets/.env',
    '/assets/page.html',
    '/assets/index-abc.js/',
    '/assets/',
    '/assets/none.js',
    '/assets/index-abc.constructor',
    '/secret.js',
    '/index.html',
    '//overview',
    '/overview/a/b',
    '/nowhere',
  ])('%s is not there', async path => {
    const answer = await openServer().ask(`GET ${path}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toMatch(/^secret$|let page/)
  })
})

describe('a place that there is not', () => {
  const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  test.each([
    ['/nowhere', page, 'text/html'],
    ['/overview/a/b', page, 'text/html'],
    ['/nowhere', { accept: '*/*' }, 'application/problem+json'],
    ['/assets/none.js', page, 'application/problem+json'],
    ['/api/nowhere', page, 'application/problem+json'],
  ])('%s for %j is told as %s', async (path, headers, type) => {
    const answer = await openServer().ask(`GET ${path}`, headers)
    expect([answer.status, answer.headers.get('content-type')?.split(';')[0]]).toEqual([404, type])
  })
})

describe('every answer', () => {
  test.each([
    'GET /',
    'GET /assets/index-abc.js',
    'GET /api/session',
    'GET /nowhere',
    'PUT /api/session',
    'GET /api/overview',
  ])('to %s keeps a browser from more', async line => {
    const { headers } = await openServer().ask(line)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'( 'nonce-[\w-]+')?; connect-src 'self'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'self'$/,
    )
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('cache-control')).not.toBeNull()
  })

  test('of a failure says nothing of the server, whose log has it', async () => {
    const { ask, world } = openServer()
    const answer = await ask('GET /api/overview')
    const text = await answer.text()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
    expect(text).not.toContain('private')
    expect(world.warnings).toEqual(['GET /api/overview: look at /private/place'])
  })

  test('of a failure is a line of the log, whatever is in the request', async () => {
    const { ask, app, world } = openServer()
    app.get('/api/broken/:key', c => {
      throw new Error(`no ${c.req.param('key')}`)
    })
    expect((await ask('GET /api/broken/a%0Awarning:%20b%0D')).status).toBe(500)
    expect(world.warnings).toEqual([String.raw`GET /api/broken/a\nwarning: b\r: no a\nwarning: b\r`])
  })

  test.each(operations.filter(line => line.startsWith('GET ')))('to %s with a NUL is a problem', async line => {
    const answer = await openServer().ask(`${line}?cursor=a%00b`)
    expect([answer.status, await answer.json()]).toMatchObject([400, { subject: 'cursor' }])
  })

  test.each<[string, string, number]>([
    ['no JSON', '{"token":', 400],
    ['another shape', '{"token":1}', 400],
    ['no object', '[]', 400],
    ['nothing', '', 400],
    ['a deep one', `${'['.repeat(4_000)}`, 400],
    ['a deep one that is whole', `${'['.repeat(2_000)}${']'.repeat(2_000)}`, 400],
    ['more than a token', JSON.stringify({ token: 'a'.repeat(4_096) }), 413],
    ['a prototype', '{"__proto__":{"token":"a"}}', 400],
  ])('to a body of %s is a problem', async (_name, body, status) => {
    const answer = await openServer().ask('POST /api/session', JSON_TYPE, body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  test('to no body where there must be one is a problem', async () => {
    const answer = await openServer().ask('PATCH /api/connectors/x')
    expect([answer.status, await answer.json()]).toMatchObject([400, { subject: 'body', got: 'none' }])
  })

  test('to settings that lie deep in each other is a problem', async () => {
    const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`
    const body = `{"name":"a","settings":{"source_bucket":"a","aws":${deep}}}`
    const answer = await openServer().ask('POST /api/connectors', JSON_TYPE, body)
    expect([answer.status, await answer.json()]).toMatchObject([400, { subject: 'body' }])
  })

  test.each([
    '{"name":"a","settings":{"source_bucket":"a","__proto__":{}}}',
    '{"name":"a","settings":{"source_bucket":"a","\\u005f_proto__":1}}',
    '{"name":"a","settings":{"inventory":{"fields":{"__proto__":"a"}}}}',
  ])('to a key that would be dropped is a problem: %s', async body => {
    const answer = await openServer().ask('POST /api/connectors', JSON_TYPE, body)
    expect([answer.status, await answer.json()]).toMatchObject([422, { subject: '__proto__', got: 'unknown key' }])
  })

  test('of another method names those that there are', async () => {
    const answer = await openServer().ask('PUT /api/session')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE'])
  })
})
