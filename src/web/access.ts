import { RequestRefusedError } from './problems.js'

/** Whom the server lets in, and by which names it is called. */
export interface Access {
  /** Whether a token is asked for; else whoever reaches the server may do everything. */
  readonly needsToken: boolean
  /** Names that requests may be for, in lower case, without a port; beside those of this machine. */
  readonly hosts: readonly string[]
}

/** This machine, as a browser names it. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * That a request is for a name of this server. A page that somebody else serves can have its own name lead here (DNS
 * rebinding), and the browser then takes the two for one place; but it says that name.
 * @throws {RequestRefusedError} 403
 */
export function requireHost(header: string | undefined, { hosts }: Pick<Access, 'hosts'>): void {
  const name = header === undefined ? undefined : hostName(header)
  if (name !== undefined && [...LOOPBACK, ...hosts].includes(name)) return
  throw new RequestRefusedError(403, {
    subject: 'host',
    expected: 'a name of this server',
    got: header?.slice(0, 200) ?? 'none',
    fix: 'start it with --allow-host and that name, if it is one',
  })
}

/** `lake.example` of `Lake.Example:8080`; nothing where that isn't one. */
function hostName(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(header.toLowerCase())?.[1]?.replace(/\.$/, '')
}

/** What a browser says of where a request comes from. */
export interface RequestOrigin {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Sec-Fetch-Site */
  readonly site: string | undefined
  /** Sec-Fetch-Mode */
  readonly mode: string | undefined
  /** Sec-Fetch-Dest */
  readonly dest: string | undefined
  /** As it is looked for: percent-decoded. */
  readonly path: string
}

/** Methods that change nothing. */
export const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'

/**
 * That a request isn't made by a page of another origin: such a page has the cookies of this one, or, on this machine, needs
 * none. Another port of this machine is another origin, too. To follow a link to the page from anywhere is fine; not into a
 * frame, and not to the API, where a GET can be much work.
 * @throws {RequestRefusedError} 403
 */
export function requireOrigin(request: RequestOrigin): void {
  const { method, host, origin, site, mode, dest = 'document', path } = request
  const isToPage = !path.startsWith('/api/')
  const isLink = isSafe(method) && mode === 'navigate' && dest === 'document' && isToPage
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink) throw foreign('sec-fetch-site', site)
  if (!isSafe(method) && origin !== undefined && !isOurs(origin, host)) throw foreign('origin', origin)
}

/** Of either scheme: what speaks TLS in front of this server says https, and this server can't see it. */
const isOurs = (origin: string, host: string | undefined): boolean =>
  host !== undefined && [`http://${host}`, `https://${host}`].includes(origin)

const foreign = (subject: string, got: string): RequestRefusedError =>
  new RequestRefusedError(403, {
    subject,
    expected: 'a page of this server',
    got: got.slice(0, 200),
    fix: 'programs that are no browser need to say neither',
  })
