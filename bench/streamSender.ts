import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'

// Sends messages to each that connects, at the rate of its URL, or as fast as it reads; a process of its own: it tells its port
// to who started it.

export const MESSAGES = 600_000
export const PRODUCTS = ['BTC-USD', 'ETH-USD', 'SOL-USD']

/** Messages of about 250 bytes, as those of Coinbase's channel market_trades. */
export function messageOf(sequence: number): string {
  const product = PRODUCTS[sequence % PRODUCTS.length]
  const time = new Date(Date.UTC(2026, 0, 20, 10) + sequence).toISOString()
  const trade = `{"trade_id":"${1_000_000 + sequence}","product_id":"${product}","price":"93012.${10 + (sequence % 90)}","size":"0.0${1000 + (sequence % 9000)}","side":"BUY","time":"${time}"}`
  return `{"channel":"market_trades","client_id":"","timestamp":"${time}","sequence_num":${sequence},"events":[{"type":"update","trades":[${trade}]}]}`
}

export interface Sender {
  /** @param perSecond 0 for as fast as it is read */
  url(perSecond: number): string
  stop(): Promise<void>
}

export async function startSender(): Promise<Sender> {
  const child = fork(fileURLToPath(import.meta.url), ['send'])
  const [port] = (await once(child, 'message')) as [number]
  return { url: perSecond => `ws://127.0.0.1:${port}/${perSecond}`, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill()
  await once(child, 'exit')
}

async function send(): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', async (socket, { url = '/' }) => {
    const perSecond = Number(url.slice(1)) || Infinity
    const startedMs = performance.now()
    for (let sent = 0; sent < MESSAGES; ) {
      const due = Math.min(MESSAGES, ((performance.now() - startedMs) / 1000) * perSecond)
      while (sent < due && socket.bufferedAmount < 1 << 20) socket.send(messageOf(sent++))
      await sleep(1)
    }
  })
  await once(server, 'listening')
  process.send?.((server.address() as { port: number }).port)
  process.on('disconnect', () => process.exit()) // who measures has gone
}

if (process.argv[2] === 'send' && process.argv[1] === fileURLToPath(import.meta.url)) await send()
