import type { Context } from 'hono'
import { type Access, isSafe, requireHost, requireOrigin } from './access.js'
import type { Askers } from './askers.js'
import { RequestRefusedError } from './problems.js'
import type { WebApp } from './webApp.js'

/** The largest body: settings, a list of folders, a statement. */
const MOST_BODY_BYTES = 1_048_576
/** Of anybody: a token. */
const MOST_SESSION_BYTES = 4_096

/** What is asked without a token: who one is. */
const SESSION = '/api/session'
/** What changes nothing, though its method could. */
const READING_POSTS: readonly string[] = [SESSION, '/api/query']

/** Adds what every request must pass before it is looked at: for whom it is, from where, by whom, and in which form. */
export function addRequestChecks(app: WebApp, access: Access, askers: Askers): void {
  app.use(async (c, next) => {
    const [host, origin, site, mode, dest] = CHECKED.map(name => c.req.header(name))
    requireHost(host, access)
    requireOrigin({ method: c.req.method, path: c.req.path, host, origin, site, mode, dest })
    await next()
  })
  app.use('/api/*', async (c, next) => {
    if (c.req.path !== SESSION) {
      const asker = await askers.identify(c)
      if (!asker) throw new RequestRefusedError(401, { subject: 'token', expected: 'one', got: 'none', fix: HOW })
      if (asker.role !== 'operate' && !isSafe(c.req.method) && !READING_POSTS.includes(c.req.path))
        throw readsOnly(asker.who)
      c.set('who', asker.who)
      c.set('role', asker.role)
      c.set('isLetIn', () => isLetIn(c, askers))
    }
    requireNoNul(c.req.queries())
    const mostBytes = c.req.path === SESSION ? MOST_SESSION_BYTES : MOST_BODY_BYTES
    if (requireBody(c.req.raw.headers, mostBytes)) {
      const json = await c.req.text() // the handler gets the same text
      requireShallow(json)
      if (c.req.path.startsWith('/api/connectors')) requireSayableKeys(json) // where keys are free
    }
    await next()
  })
}

const CHECKED = ['host', 'origin', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'] as const

const HOW = 'send it as Authorization: Bearer TOKEN; stocktake token create makes one'

/** Where that can't be found out, they are as they were. */
async function isLetIn(c: Context, askers: Askers): Promise<boolean> {
  try {
    return (await askers.identify(c)) !== undefined
  } catch (error) {
    return !(error instanceof RequestRefusedError)
  }
}

/** The engine's texts end at a NUL, which no key has. @throws {RequestRefusedError} 400 */
function requireNoNul(query: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, texts] of Object.entries(query))
    for (const text of [name, ...texts])
      if (text.includes('\0'))
        throw new RequestRefusedError(400, {
          subject: name.replaceAll('\0', '␀').slice(0, 100),
          expected: 'text without NUL',
          got: JSON.stringify(text.slice(0, 100)),
        })
}

/**
 * That a body says how long it is, isn't too long, and is JSON: a form of another page can send other types without asking.
 * What it says is what is read of it.
 * @returns whether there is one
 * @throws {RequestRefusedError} 411, 413 or 415
 */
function requireBody(headers: Headers, mostBytes: number): boolean {
  if (headers.has('transfer-encoding'))
    throw new RequestRefusedError(411, { subject: 'content-length', expected: 'the length of the body', got: 'none' })
  const sizeBytes = Number(headers.get('content-length') ?? 0)
  if (sizeBytes === 0) return false
  const expected = `${mostBytes} bytes at most`
  if (!(sizeBytes <= mostBytes))
    throw new RequestRefusedError(413, { subject: 'body', expected, got: String(sizeBytes) })
  const type = headers.get('content-type') ?? 'none'
  if (!/^application\/(merge-patch\+)?json *(;|$)/i.test(type))
    throw new RequestRefusedError(415, {
      subject: 'content-type',
      expected: 'application/json',
      got: type.slice(0, 200),
    })
  return true
}

/** What is checked part by part would take the stack of a body that lies deep in itself. @throws {RequestRefusedError} 400 */
function requireShallow(json: string): void {
  let depth = 0
  for (let at = 0, isText = false; at < json.length; at++) {
    const letter = json[at]
    if (letter === '"') isText = !isText
    else if (isText && letter === '\\') at++
    else if (!isText && (letter === '{' || letter === '[')) depth++
    else if (!isText && (letter === '}' || letter === ']')) depth--
    if (depth > MOST_DEPTH)
      throw new RequestRefusedError(400, { subject: 'body', expected: `${MOST_DEPTH} levels at most`, got: 'more' })
  }
}

const MOST_DEPTH = 32

/** That no key is one that the check of settings would drop without a word. @throws {RequestRefusedError} 422 */
function requireSayableKeys(json: string): void {
  if (!/proto|\\u/i.test(json)) return
  let isDropped = false
  try {
    JSON.parse(json, (key, value) => {
      isDropped ||= key === '__proto__'
      return value
    })
  } catch {
    return // no JSON, which is told when it is looked at
  }
  if (isDropped) throw new RequestRefusedError(422, { subject: '__proto__', got: 'unknown key' })
}

const readsOnly = (who: string): RequestRefusedError =>
  new RequestRefusedError(403, {
    subject: `token ${who}`,
    expected: 'one of role operate',
    got: 'one that can only read',
  })
