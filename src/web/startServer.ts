import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { StocktakeError } from '../errors.js'
import { closeServer, listenOn } from '../jobs/listenOn.js'
import type { WebApp } from './webApp.js'

export interface ServerOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** The address that is listened on. */
  readonly host: string
  /** {@link SERVER_LIMITS} unless given. */
  readonly limits?: ServerLimits
}

export interface ServerLimits {
  /** How long a request's headers may take to come. */
  readonly headersMs: number
  /** How long all of a request may. How long its answer takes is not limited: a whole table may be read at leisure. */
  readonly requestMs: number
  /** How long a connection may stand still, in the middle of an answer too. A page that follows jobs hears of them more often. */
  readonly idleMs: number
}

export const SERVER_LIMITS: ServerLimits = { headersMs: 10_000, requestMs: 30_000, idleMs: 300_000 }

/** A server that listens. */
export interface RunningServer {
  readonly port: number
  /** Ends it: answers under way have a second to finish. */
  close(): Promise<void>
}

/** The port can't be listened on. */
export class ServerPortError extends StocktakeError {}

/** Answers requests with an app. @throws {ServerPortError} */
export async function startServer(options: ServerOptions, app: Pick<WebApp, 'fetch'>): Promise<RunningServer> {
  const { port, host, limits = SERVER_LIMITS } = options
  const answer = getRequestListener(request => app.fetch(request), { overrideGlobalObjects: false })
  const server = createServer(limitsOf(limits), (request, response) => void answer(request, response))
  server.maxConnections = MOST_CONNECTIONS
  server.setTimeout(limits.idleMs)
  const listening = await listenOn(server, port, host).catch(error => Promise.reject(toPortError(error, port, host)))
  return { port: listening, close: () => closeServer(server) }
}

/** Who sends slowly or much is let go. */
const limitsOf = ({ headersMs, requestMs }: ServerLimits) => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  connectionsCheckingInterval: Math.ceil(headersMs / 4),
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16_384,
})

/** A page holds up to six, one of them open for as long as it is. */
const MOST_CONNECTIONS = 1_000

const toPortError = (error: NodeJS.ErrnoException, port: number, host: string): ServerPortError =>
  new ServerPortError({
    subject: `--port ${port}`,
    expected: `to listen on ${host}`,
    got: GOT[error.code ?? ''] ?? error.message,
    fix: 'choose another with --port, or 0 for any that is free',
    cause: error,
  })

const GOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program that listens there',
  EACCES: 'a port that only root may have',
  EADDRNOTAVAIL: 'an address that this machine does not have',
}
