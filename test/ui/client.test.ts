import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ApiError, apiUrl, getJson, sendJson } from '../../src/ui/app/client.js'

test.each([
  ['/snapshots', undefined, '/api/snapshots'],
  ['/snapshots', { connector: undefined, format: 'csv' }, '/api/snapshots?format=csv'],
  ['/collections/suggest', { folder: ['a b/', '2020/&'] }, '/api/collections/suggest?folder=a+b%2F&folder=2020%2F%26'],
  ['/jobs', { limit: 5, all: true, state: '' }, '/api/jobs?limit=5&all=true&state='],
])('%s with %j is %s', (path, query, url) => expect(apiUrl(path, query)).toBe(url))

describe('an answer', () => {
  let server: Server
  beforeAll(async () => {
    server = createServer((request, response) => {
      const body: Buffer[] = []
      request.on('data', part => body.push(part))
      request.on('end', () => {
        const { status, type, text } = ANSWERS[request.url ?? ''] ?? { status: 200, type: 'application/json', text: '' }
        const echo = { method: request.method, body: Buffer.concat(body).toString(), headers: request.headers }
        response.writeHead(status, { 'content-type': type, location: '/api/jobs/1', etag: '"2"' })
        response.end(text ?? JSON.stringify(echo))
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    // A page asks for paths of its own origin; here that origin has to be said.
    const { fetch } = globalThis
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => fetch(`http://127.0.0.1:${port}${url}`, init))
  })
  afterAll(() => {
    vi.unstubAllGlobals()
    server.closeAllConnections()
    server.close()
  })

  const json = 'application/json'
  const problem = {
    title: 'Conflict',
    status: 409,
    detail: 'photos: there is one in the lake',
    fix: 'take another name',
  }
  const ANSWERS: Record<string, { status: number; type: string; text?: string }> = {
    '/api/echo': { status: 202, type: json },
    '/api/taken': { status: 409, type: 'application/problem+json', text: JSON.stringify(problem) },
    '/api/proxy': { status: 502, type: 'text/html', text: '<h1>Bad gateway</h1>' },
    '/api/cut': { status: 500, type: 'application/problem+json', text: '{"tit' },
    '/api/page': { status: 200, type: 'text/html', text: '<h1>Sign in to the hotel</h1>' },
    '/api/gone': { status: 200, type: json, text: '' },
  }
  const problemOf = (path: string) =>
    getJson(path).then(
      () => undefined,
      (error: ApiError) => error.problem,
    )

  test('has its value, its place and its ETag', async () => {
    const { value, location, etag } = await sendJson<Record<string, unknown>>(
      'POST',
      '/echo',
      { at: 1 },
      { 'if-match': '"1"' },
    )
    expect({ location, etag }).toEqual({ location: '/api/jobs/1', etag: '"2"' })
    expect(value).toMatchObject({ method: 'POST', body: '{"at":1}' })
    expect(value.headers).toMatchObject({ 'content-type': 'application/json', 'if-match': '"1"' })
  })

  test('without a body is undefined', async () => expect(await getJson('/gone')).toBeUndefined())

  test.each([
    ['/taken', { status: 409, detail: problem.detail, fix: problem.fix }],
    ['/proxy', { status: 502, detail: 'The server answered 502.' }],
    ['/cut', { status: 500, detail: 'The server answered 500.' }],
    ['/page', { status: 0, detail: '/api/page answered with something else than JSON.' }],
  ])('of %s is a problem', async (path, expected) => expect(await problemOf(path)).toMatchObject(expected))

  test('that nobody waits for any more is no problem', async () => {
    const stop = AbortSignal.abort()
    await expect(getJson('/echo', {}, stop)).rejects.not.toBeInstanceOf(ApiError)
  })

  test('that never comes says so', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')))
    expect(await problemOf('/echo')).toMatchObject({ status: 0, title: 'No answer' })
  })
})
