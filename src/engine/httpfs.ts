import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StocktakeError } from '../errors.js'
import type { DuckDB } from './duckdb.js'
import { type Engine, QueryError, type Row } from './engine.js'
import { quoteString } from './sqlText.js'

/** What came of the search for the extension by which DuckDB reads `s3://`. */
export type FoundHttpfs =
  | { readonly kind: 'loaded'; readonly from: string }
  | { readonly kind: 'absent'; readonly reason: string }

/** There is no httpfs here. */
export class HttpfsAbsentError extends StocktakeError {}

/** A network that swallows packets would let INSTALL wait for minutes. */
const INSTALL_MS = 15_000

/**
 * Loads httpfs: from the folder, where one is named and has it; as it is installed; or by INSTALL, where the network
 * allows it. DuckDB loads signed extensions only.
 * @param folder holds `httpfs.duckdb_extension`, itself or as DuckDB lays it out (`v1.5.5/linux_amd64/`)
 */
export async function loadHttpfs(engine: Engine, folder: string | undefined): Promise<FoundHttpfs> {
  const reasons: string[] = []
  const attempt = async (from: string, act: () => Promise<void>): Promise<FoundHttpfs | undefined> => {
    try {
      await act()
      return { kind: 'loaded', from }
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      reasons.push(firstLine(error.facts.got ?? error.message))
      return undefined
    }
  }
  const path = folder && (await findExtension(engine, folder))
  if (folder !== undefined && path === undefined) reasons.push(`no ${FILE_NAME} for this DuckDB in ${folder}`)
  return (
    (path && (await attempt(path, () => engine.run(`load ${quoteString(path)}`)))) ||
    (await attempt('installed', () => engine.run('load httpfs'))) ||
    (await attempt('installed now', () => install(engine))) || { kind: 'absent', reason: reasons.join('; ') }
  )
}

const FILE_NAME = 'httpfs.duckdb_extension'

async function findExtension(engine: Engine, folder: string): Promise<string | undefined> {
  const [version] = await engine.rows('select library_version as version from pragma_version()')
  const [platform] = await engine.rows('select platform from pragma_platform()')
  const laidOut = join(folder, String(version?.version), String(platform?.platform), FILE_NAME)
  return [join(folder, FILE_NAME), laidOut].find(path => existsSync(path))
}

async function install(engine: Engine): Promise<void> {
  const installing = engine.run('install httpfs')
  const stop = new AbortController()
  try {
    await Promise.race([installing, sleep(INSTALL_MS, undefined, { signal: stop.signal }).then(tooLong)])
  } finally {
    stop.abort()
    installing.catch(() => undefined)
  }
  await engine.run('load httpfs')
}

function tooLong(): never {
  throw new QueryError({ subject: 'install httpfs', got: `no answer of DuckDB's repository in ${INSTALL_MS / 1000} s` })
}

/** Who may read, and where S3 is: what DuckDB's secrets hold. */
export interface S3Access {
  readonly region: string
  /** `https://host:port`; without one AWS's own. */
  readonly endpoint?: string | undefined
  readonly pathStyle: boolean
  /** Good for some minutes at least; asked for before each statement. */
  readonly credentials: () => Promise<{
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }>
}

export interface HttpSettings {
  /** How often a request is sent again that failed in passing. */
  readonly retries: number
  /** For an answer to go on. */
  readonly timeoutMs: number
}

/**
 * Lets an engine that has httpfs read `s3://`: with verified certificates, bounded waits, and a secret that is renewed
 * before a statement whenever there are other credentials. A statement that runs for longer than its credentials are good
 * fails; imports have none that long.
 */
export async function openS3Access(
  engine: DuckDB,
  access: S3Access,
  { retries, timeoutMs }: HttpSettings,
): Promise<void> {
  const settings = {
    // httpfs takes them from the environment when it is loaded, and duckdb_settings() would show them. The secret has them.
    s3_access_key_id: '',
    s3_secret_access_key: '',
    s3_session_token: '',
    enable_server_cert_verification: 'true',
    http_timeout: String(Math.ceil(timeoutMs / 1000)),
    http_retries: String(retries),
    http_retry_wait_ms: '100',
    http_retry_backoff: '2',
  }
  for (const [name, value] of Object.entries(settings)) await engine.set(name, value)
  let known = ''
  await engine.beforeEach(async run => {
    const sql = formatSecret(access, await access.credentials())
    if (sql === known) return
    try {
      await run(sql)
    } catch {
      // Neither the statement nor DuckDB's message, which may quote it.
      throw new QueryError({ subject: 'credentials of S3', expected: 'some that DuckDB takes', got: 'others' })
    }
    known = sql
  })
}

type Credentials = Awaited<ReturnType<S3Access['credentials']>>

function formatSecret({ region, endpoint, pathStyle }: S3Access, credentials: Credentials): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const url = endpoint === undefined ? undefined : new URL(endpoint)
  const options = [
    'type s3',
    `key_id ${quoteString(accessKeyId)}`,
    `secret ${quoteString(secretAccessKey)}`,
    ...(sessionToken === undefined ? [] : [`session_token ${quoteString(sessionToken)}`]),
    `region ${quoteString(region)}`,
    ...(url ? [`endpoint ${quoteString(url.host)}`, `use_ssl ${url.protocol === 'https:'}`] : []),
    `url_style ${quoteString(pathStyle ? 'path' : 'vhost')}`,
  ]
  return `create or replace temporary secret stocktake (${options.join(', ')})`
}

/** Whether DuckDB takes the URL as it is: it reads `?` as options, and `*` and `[` as patterns that it would list. */
export const isPlainUrl = (url: string): boolean => !/[?*[\]\\]/.test(url)

/** A request that httpfs made. */
export interface HttpRequest {
  readonly method: string
  /** The path, decoded; with the bucket in front of the key, unless the host has it. */
  readonly path: string
  /** 206; 0 where no answer came. */
  readonly status: number
  /** Without quotes. */
  readonly eTag: string | undefined
  /** Of the body that came. */
  readonly bodyBytes: number
}

/** From now on requests are logged, in memory and headers included, until {@link takeHttpRequests}. */
export const logHttpRequests = (engine: Engine): Promise<unknown> => engine.rows(`call enable_logging('HTTP')`)

/** The requests since {@link logHttpRequests}, which are logged no more, and forgotten. */
export async function takeHttpRequests(engine: Engine): Promise<HttpRequest[]> {
  const rows = await engine.rows(`
    select request.type as method, request.url as url, response.status as status,
      list_filter(map_entries(response.headers), entry -> lower(entry.key) = 'etag')[1].value as e_tag,
      list_filter(map_entries(response.headers), entry -> lower(entry.key) = 'content-length')[1].value as length
    from duckdb_logs_parsed('HTTP')`)
  await engine.rows('call disable_logging()')
  await engine.rows('call truncate_duckdb_logs()')
  return rows.map(toRequest)
}

function toRequest({ method, url, status, e_tag: eTag, length }: Row): HttpRequest {
  return {
    method: String(method),
    path: decodePath(String(url)),
    status: Number(/\d+$/.exec(String(status ?? ''))?.[0] ?? 0),
    eTag: typeof eTag === 'string' ? eTag.replace(/^"|"$/g, '') : undefined,
    bodyBytes: method === 'GET' ? Number(length ?? 0) : 0,
  }
}

function decodePath(url: string): string {
  const path = new URL(url).pathname
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
