import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { StocktakeError } from '../errors.js'
import { closeServer, listenOn } from './listenOn.js'
import type { Metrics } from './prometheus.js'

export interface HealthOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** Of this machine only: what it says is for nobody else, and nobody is asked who they are. */
  readonly host: '127.0.0.1'
}

/** What the answers are made of; asked at each request, and quick. */
export interface HealthState {
  ready(): Readiness
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
}

export interface Readiness {
  readonly ok: boolean
  /** Why not, in words. */
  readonly reasons: readonly string[]
}

export interface Health {
  /** That it listens on. */
  readonly port: number
  /** Ends it: answers under way are finished, up to a second. */
  close(): Promise<void>
}

/** The port can't be listened on. */
export class HealthPortError extends StocktakeError {}

/**
 * Answers GET and HEAD of `/healthz` (200 while the process lives), `/readyz` (200, or 503, and why) and `/metrics`.
 * @throws {HealthPortError}
 */
export async function startHealth({ port, host }: HealthOptions, state: HealthState): Promise<Health> {
  const server = createServer(LIMITS, (request, response) => void answer(request, response, state))
  server.maxConnections = 64
  const listening = await listenOn(server, port, host).catch(error => Promise.reject(toPortError(error, port, host)))
  return { port: listening, close: () => closeServer(server) }
}

/** Who sends slowly, much or nothing is let go: a request has no body, and few headers. */
const LIMITS = {
  headersTimeout: 3_000,
  requestTimeout: 3_000,
  keepAliveTimeout: 30_000, // longer than between two scrapes is of no use
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const

const toPortError = (error: NodeJS.ErrnoException, port: number, host: string): HealthPortError =>
  new HealthPortError({
    subject: `daemon.port ${port}`,
    expected: `to listen on ${host}:${port}`,
    got: GOT[error.code ?? ''] ?? error.message,
    fix: 'set daemon.port in stocktake.yaml to another, or to 0 for any that is free',
    cause: error,
  })

const GOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there, maybe a daemon that still runs',
  EACCES: 'only root may',
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

async function answer(request: IncomingMessage, response: ServerResponse, state: HealthState): Promise<void> {
  const { status, type, text, headers } = await answerOf(request, state).catch(failed)
  if (response.destroyed) return
  const body = Buffer.from(text)
  // A body that was sent along is not read: the connection ends with the answer.
  const ending = hasBody(request) ? { connection: 'close' } : {}
  response.writeHead(status, { ...SHARED, ...headers, ...ending, 'content-type': type, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const SHARED = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

const TEXT = 'text/plain; charset=utf-8'

const failed = (): Answer => ({ status: 500, type: TEXT, text: 'failed\n' })

async function answerOf({ method, url = '' }: IncomingMessage, state: HealthState): Promise<Answer> {
  const find = PATHS.get(url.split('?', 1)[0] ?? '')
  if (!find) return { status: 404, type: TEXT, text: 'not found\n' }
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, type: TEXT, text: 'GET and HEAD only\n', headers: { allow: 'GET, HEAD' } }
  return find(state)
}

const PATHS = new Map<string, (state: HealthState) => Answer | Promise<Answer>>([
  ['/healthz', () => ({ status: 200, type: TEXT, text: 'ok\n' })],
  ['/readyz', state => readyAnswer(state.ready())],
  ['/metrics', metricsAnswer],
])

const readyAnswer = ({ ok, reasons }: Readiness): Answer => ({
  status: ok ? 200 : 503,
  type: 'application/json',
  text: `${JSON.stringify({ ok, reasons })}\n`,
})

async function metricsAnswer({ metrics }: HealthState): Promise<Answer> {
  return { status: 200, type: metrics.contentType, text: await metrics.text() }
}
