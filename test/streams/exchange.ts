import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { type ExchangeSession, exchangeSession } from '../../src/demo/exchangeSession.js'
import { type Market, makeMarket } from '../../src/demo/market.js'
import { between, randomFrom } from '../../src/demo/seededRandom.js'

/** What an exchange sent on one connection, in order. */
export interface SentConnection {
  readonly sent: (string | Buffer)[]
  /** What the client sent. */
  readonly received: string[]
  /** Sequence numbers that were left out on purpose. */
  skipped: number
  /** Whether it ended in good order, or goes on: then all that was sent arrives. */
  isWhole: boolean
}

export interface Faults {
  /** One in so many messages: the connection is closed in good order. */
  readonly close?: number
  /** The connection breaks. */
  readonly breakOff?: number
  /** Messages are never sent, and their numbers are missing. */
  readonly skip?: number
  /** Something that is no message comes between. */
  readonly rubbish?: number
}

const RUBBISH: readonly (string | Buffer)[] = [
  'not JSON',
  '{"channel":"ticker","events":[',
  Buffer.from([0xff, 0xfe, 0x00]),
  '',
  'null',
  '{\r\n  "channel": "unheard of",\n  "sequence_num": "12"\r\n}',
  '"\u2028"',
]

/** A real WebSocket server that sends messages of the documented shapes, and misbehaves as it is told to. */
export class TestExchange {
  readonly connections: SentConnection[] = []
  readonly #market: Market = makeMarket()
  readonly #open = new Map<WebSocket, { session: ExchangeSession; connection: SentConnection }>()
  readonly #random = randomFrom(7)
  readonly #http: Server
  readonly #server: WebSocketServer
  /** How a handshake is answered instead. */
  refusal: number | undefined

  constructor() {
    this.#http = createServer()
    this.#server = new WebSocketServer({
      server: this.#http,
      verifyClient: (_info, answer) => (this.refusal === undefined ? answer(true) : answer(false, this.refusal)),
    })
    this.#server.on('connection', socket => {
      const connection: SentConnection = { sent: [], received: [], skipped: 0, isWhole: true }
      const session = exchangeSession(this.#market)
      this.connections.push(connection)
      this.#open.set(socket, { session, connection })
      socket.on('error', () => {})
      socket.on('close', () => this.#open.delete(socket))
      socket.on('message', data => {
        connection.received.push(String(data))
        for (const text of session.receive(String(data))) this.#send(socket, text)
      })
    })
  }

  async start(): Promise<string> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    const address = this.#http.address()
    return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Sends something to whoever is connected. */
  say(text: string | Buffer): void {
    for (const socket of this.#open.keys()) this.#send(socket, text)
  }

  /** So many steps of the market, or until the signal; none happens while nobody has subscribed to trades. */
  async trade(steps: number, perSecond: number, faults: Faults = {}, signal?: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    for (let step = 0; step < steps && !signal?.aborted; ) {
      await sleep(5)
      const due = Math.min(steps, ((performance.now() - startedMs) / 1000) * perSecond)
      for (; step < due && this.isSubscribed(); step++) this.#step(faults)
    }
  }

  /** Whether somebody is connected, and has subscribed. */
  isSubscribed(): boolean {
    return [...this.#open.values()].some(({ connection }) => connection.received.length >= 4)
  }

  /** Waits until whoever is connected has read all that was sent: a ping is answered in its turn. */
  async drained(): Promise<void> {
    const answered = [...this.#open.keys()].map(socket => {
      socket.ping()
      return Promise.race([once(socket, 'pong'), once(socket, 'close')])
    })
    await Promise.all(answered)
  }

  beat(): void {
    for (const [socket, { session }] of this.#open) for (const text of session.beat()) this.#send(socket, text)
  }

  async stop(): Promise<void> {
    for (const socket of this.#open.keys()) socket.terminate()
    this.#server.close()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #step(faults: Faults): void {
    const happens = (oneIn: number | undefined): boolean => oneIn !== undefined && between(this.#random, 0, oneIn) === 0
    const isSkipped = happens(faults.skip)
    const step = this.#market.step()
    for (const [socket, { session, connection }] of this.#open) {
      const messages = session.tell(step)
      if (isSkipped && messages.length > 0) connection.skipped++
      else for (const text of messages) this.#send(socket, text)
      if (happens(faults.rubbish)) this.#send(socket, RUBBISH[between(this.#random, 0, RUBBISH.length)] ?? '')
      if (happens(faults.close)) this.#end(socket, () => socket.close(1012, 'restarts'))
      else if (happens(faults.breakOff)) {
        connection.isWhole = false
        this.#end(socket, () => socket.terminate())
      }
    }
  }

  #end(socket: WebSocket, act: () => void): void {
    this.#open.delete(socket)
    act()
  }

  #send(socket: WebSocket, text: string | Buffer): void {
    this.#open.get(socket)?.connection.sent.push(text)
    socket.send(text, () => {})
  }
}
