import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type ExchangeSession, exchangeSession } from './exchangeSession.js'
import { makeMarket } from './market.js'

export interface ExchangeOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** How many trades there are in all. */
  readonly trades: number
  readonly tradesPerSecond: number
}

export interface ExchangeEffects {
  /** Milliseconds that only grow. */
  readonly elapsedMs: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends it. */
  readonly signal: AbortSignal
  readonly told: (news: ExchangeNews) => void
}

export type ExchangeNews =
  | { readonly kind: 'serving'; readonly url: string }
  | { readonly kind: 'connected' | 'disconnected'; readonly clients: number; readonly sent: number }
  | { readonly kind: 'all sent'; readonly sent: number }

const HOST = '127.0.0.1'
const TICK_MS = 20
const BEAT_MS = 1_000
/** Of a client that reads no more so much waits; then nothing happens until it does. */
const WAITING_BYTES = 1 << 20

/**
 * Serves a made-up exchange on this machine, until the signal.
 *
 * Trades happen only while somebody has subscribed, and wait for who reads slowly. As at a real exchange, what was sent is
 * not sent again; who comes new gets the last trades as a snapshot.
 */
export async function serveExchange(options: ExchangeOptions, effects: ExchangeEffects): Promise<void> {
  const { elapsedMs, sleep, signal, told } = effects
  const market = makeMarket()
  const clients = new Map<WebSocket, ExchangeSession>()
  let sent = 0
  const http = createServer((_request, response) => response.writeHead(426).end('a WebSocket, please\n'))
  const server = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 1 << 16 })
  server.on('connection', socket => {
    const session = exchangeSession(market)
    clients.set(socket, session)
    told({ kind: 'connected', clients: clients.size, sent })
    socket
      .on('message', data => sendAll(socket, session.receive(String(data))))
      .on('error', () => {})
      .on('close', () => {
        clients.delete(socket)
        told({ kind: 'disconnected', clients: clients.size, sent })
      })
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    http.listen(options.port, HOST, () => {
      const address = http.address()
      resolve(typeof address === 'object' && address ? address.port : options.port)
    })
  })
  told({ kind: 'serving', url: `ws://${HOST}:${port}` })
  const beating = beat(clients, effects)
  let owed = 0
  let lastMs = elapsedMs()
  while (!signal.aborted) {
    await sleep(TICK_MS, signal).catch(() => {})
    const passedMs = elapsedMs() - lastMs
    lastMs += passedMs
    if (!canTrade(clients)) continue
    owed = Math.min(owed + (passedMs / 1000) * options.tradesPerSecond, options.tradesPerSecond)
    const isBefore = sent < options.trades
    for (; owed >= 1 && sent < options.trades; owed--, sent++) {
      const step = market.step()
      for (const [socket, session] of clients) sendAll(socket, session.tell(step))
    }
    if (isBefore && sent === options.trades) told({ kind: 'all sent', sent })
  }
  await beating
  for (const socket of clients.keys()) socket.terminate()
  server.close()
  await new Promise<void>(resolve => http.close(() => resolve()))
}

function canTrade(clients: ReadonlyMap<WebSocket, ExchangeSession>): boolean {
  const isWanted = [...clients.values()].some(({ isSubscribed }) => isSubscribed)
  return isWanted && [...clients.keys()].every(({ bufferedAmount }) => bufferedAmount < WAITING_BYTES)
}

async function beat(clients: ReadonlyMap<WebSocket, ExchangeSession>, { sleep, signal }: ExchangeEffects) {
  while (!signal.aborted) {
    await sleep(BEAT_MS, signal).catch(() => {})
    for (const [socket, session] of clients) sendAll(socket, session.beat())
  }
}

function sendAll(socket: WebSocket, messages: readonly string[]): void {
  for (const message of messages) socket.send(message, () => {}) // a client that has gone is told of as such
}
