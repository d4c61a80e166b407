import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from 'hono'
import { RequestRefusedError } from './problems.js'
import { contentSecurityPolicy } from './securityHeaders.js'
import type { WebApp } from './webApp.js'

/** The pages that there are: each is the same document, which reads its own URL. */
const PAGES = [
  'overview',
  'folders',
  'changes',
  'gaps',
  'collections',
  'connectors',
  'jobs',
  'reports',
  'sql',
  'streams',
]

/** What the page's build makes beside its document; each file's name has the hash of what is in it. */
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
}

const YEAR_S = 31_536_000

/**
 * Adds the page: its document for each place in it, and the files that it loads. A file's name is one part of a path and
 * begins with a letter, a digit or `_`, so none leads out of the folder.
 * @param folder where the page was built
 */
export function addStaticFiles(app: WebApp, folder: string): void {
  const sendDocument = (): Promise<Response> => answerDocument(folder)
  app.get('/', sendDocument)
  for (const page of PAGES) app.get(`/${page}`, sendDocument).get(`/${page}/:name`, sendDocument)
  app.get('/assets/:file', async c => {
    const file = c.req.param('file')
    const ending = /^\w[\w.-]*\.([a-z0-9]+)$/.exec(file)?.[1] ?? ''
    const type = Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined
    if (type === undefined) return c.notFound()
    const path = join(folder, 'assets', file)
    const headers = {
      'content-type': type,
      'cache-control': `public, max-age=${YEAR_S}, immutable`,
      vary: 'accept-encoding',
    }
    const packed = takesGzip(c.req.header('accept-encoding')) ? await findBytes(`${path}.gz`) : undefined
    if (packed) return new Response(packed, { headers: { ...headers, 'content-encoding': 'gzip' } })
    const bytes = await findBytes(path)
    return bytes ? new Response(bytes, { headers }) : c.notFound()
  })
}

/**
 * The document for a person who asks for a place that there isn't: it says so, and where to go. Nothing for programs, for the API and
 * for the files that the page loads.
 */
export async function findAbsentPage(c: Context, folder: string): Promise<Response | undefined> {
  const { method, path } = c.req
  const isPlace = method === 'GET' && !/^\/(api|assets)(\/|$)/.test(path)
  if (!isPlace || !/\btext\/html\b/i.test(c.req.header('accept') ?? '')) return undefined
  return answerDocument(folder, 404).catch(() => undefined)
}

const findBytes = (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => readFile(path).catch(() => undefined)

/** Whether `Accept-Encoding` names gzip, and doesn't refuse it. */
const takesGzip = (accepted = ''): boolean =>
  accepted.split(',').some(each => /^\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(each))

/** The document, with a nonce of its own: where Vite and those who make style sheets look for it. */
async function answerDocument(folder: string, status = 200): Promise<Response> {
  const text = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new RequestRefusedError(404, { subject: 'page', got: 'not built', fix: 'npm run build makes it' })
  const nonce = randomBytes(16).toString('base64url')
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(nonce),
    'cache-control': 'no-store',
  }
  return new Response(text.replace('</head>', `  <meta property="csp-nonce" nonce="${nonce}">\n  </head>`), {
    status,
    headers,
  })
}
