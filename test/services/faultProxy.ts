import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What goes wrong with one request; the server behind the proxy does what it does. */
export type Fault =
  /** Answered by the proxy: the server never sees it. */
  | {
      readonly kind: 'refuse'
      readonly status: number
      readonly code: string
      readonly headers?: Headers
      /** Instead of S3's. */
      readonly body?: string
    }
  /** The connection is reset, and the server never sees the request. */
  | { readonly kind: 'reset' }
  /** The server does what was asked, and its answer is lost. */
  | { readonly kind: 'lose' }
  /** No answer, and the connection stays open. */
  | { readonly kind: 'silence' }
  /** So much of the body, then a reset; its length was announced. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** So much of the body, then an orderly end of the connection; its length was announced. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** So much of the body, then nothing. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The body in so many pieces, with a pause after each. */
  | { readonly kind: 'slow'; readonly pieces: number; readonly pauseMs: number }
  /** Another body, its length announced. */
  | { readonly kind: 'alter'; readonly alter: (body: Buffer) => Buffer }

type Headers = Readonly<Record<string, string>>

/** One request as it came. */
export interface SeenRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

/** An S3 server's stand-in on its own port: it hands on what it gets, and spoils what it is told to. */
export interface FaultProxy {
  readonly endpoint: string
  /** All requests since the last `spoil`. */
  readonly requests: readonly SeenRequest[]
  /**
   * Says what goes wrong from now on.
   * @param choose asked for each request; `undefined` hands it on. `n` counts the requests from 0; what it awaits, happens
   *   before the server sees the request
   */
  spoil(choose: (request: SeenRequest, n: number) => Fault | undefined | Promise<Fault | undefined>): void
  stop(): Promise<void>
}

/** Starts a proxy that hands everything on. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let choose: Parameters<FaultProxy['spoil']>[0] = () => undefined
  const requests: SeenRequest[] = []
  const server = createServer(async (incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers }
    const n = requests.push(seen) - 1
    try {
      await answer(target, incoming, outgoing, await choose(seen, n))
    } catch {
      outgoing.destroy() // the client has gone, or the server; a test sees which
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spoil(chooser) {
      requests.length = 0
      choose = chooser
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined) {
  const asked = await collect(incoming)
  if (fault?.kind === 'silence') return
  if (fault?.kind === 'reset') return void incoming.socket.resetAndDestroy()
  if (fault?.kind === 'refuse') return refuse(outgoing, fault)
  const answered = await forward(target, incoming, asked)
  if (fault?.kind === 'lose') return void incoming.socket.resetAndDestroy()
  const body = fault?.kind === 'alter' ? fault.alter(answered.body) : answered.body
  const isHead = incoming.method === 'HEAD'
  const { 'transfer-encoding': _, ...headers } = answered.headers
  outgoing.writeHead(answered.status, { ...headers, ...(!isHead && { 'content-length': String(body.length) }) })
  if (isHead) outgoing.end()
  else await send(outgoing, body, fault)
}

async function send(outgoing: ServerResponse, body: Buffer, fault: Fault | undefined): Promise<void> {
  switch (fault?.kind) {
    case 'cut':
    case 'truncate':
    case 'stall':
      await new Promise(resolve => outgoing.write(body.subarray(0, fault.afterBytes), resolve))
      if (fault.kind === 'stall') return
      await sleep(100) // what was written arrives before the end does
      if (fault.kind === 'cut') outgoing.socket?.resetAndDestroy()
      else outgoing.socket?.end()
      return
    case 'slow': {
      const pieceBytes = Math.ceil(body.length / fault.pieces)
      for (let at = 0; at < body.length; at += pieceBytes) {
        outgoing.write(body.subarray(at, at + pieceBytes))
        await sleep(fault.pauseMs)
      }
      outgoing.end()
      return
    }
    default:
      outgoing.end(body)
  }
}

function refuse(outgoing: ServerResponse, { status, code, headers, body }: Extract<Fault, { kind: 'refuse' }>): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml', ...headers })
  outgoing.end(body ?? `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} it is</Message></Error>`)
}

interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answered> {
  const { hostname, port } = new URL(target)
  // The Host that was signed, and the path as it came: a URL would tidy up its dots.
  const outgoing = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: response.headers, body: await collect(response) }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
