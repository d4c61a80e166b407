import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket, WebSocketServer } from 'ws'
import { toStream } from '../src/config/stream.js'
import { streamSchema } from '../src/config/streamSchema.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { describeProcess } from '../src/lake/processFacts.js'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { ingestStream } from '../src/streams/ingest.js'
import { openSocket } from '../src/streams/socket.js'
import { socketSource } from '../src/streams/socketSource.js'

// How many records a second an ingest takes, into a folder, with its default flush (100 records or a second, each on the
// disk before it counts). The sender is a process of its own, and sends as fast as it is read, and then at a fixed rate.
// Beside it: the same messages from the same sender, written to a file as they come, without a look at them, and without fsync.

const MESSAGES = 600_000
const PRODUCTS = ['BTC-USD', 'ETH-USD', 'SOL-USD']
const RATE = 50_000

if (process.argv[2] === 'send') await send()
else await main()

/** Messages of about 250 bytes, as those of Coinbase's channel market_trades. */
function messageOf(sequence: number): string {
  const product = PRODUCTS[sequence % PRODUCTS.length]
  const time = new Date(Date.UTC(2026, 0, 20, 10) + sequence).toISOString()
  const trade = `{"trade_id":"${1_000_000 + sequence}","product_id":"${product}","price":"93012.${10 + (sequence % 90)}","size":"0.0${1000 + (sequence % 9000)}","side":"BUY","time":"${time}"}`
  return `{"channel":"market_trades","client_id":"","timestamp":"${time}","sequence_num":${sequence},"events":[{"type":"update","trades":[${trade}]}]}`
}

/** Sends to each that connects, at the rate of its URL, or as fast as it reads; and tells when all has left. */
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

async function main(): Promise<void> {
  const sender = fork(fileURLToPath(import.meta.url), ['send'])
  const [port] = (await once(sender, 'message')) as [number]
  const bytes = Buffer.byteLength(messageOf(123_456))
  process.stdout.write(`${formatCount(MESSAGES)} messages of ${bytes} bytes\n\n`)
  process.stdout.write('| what | sent at | records/s | CPU of it | peak memory |\n| --- | --- | --- | --- | --- |\n')
  try {
    for (const rate of [0, RATE]) {
      const url = `ws://127.0.0.1:${port}/${rate}`
      const sentAt = rate === 0 ? 'as fast as it reads' : `${formatCount(rate)}/s`
      for (let run = 0; run < 3; run++) {
        await report('file without fsync', sentAt, folder => writePlain(url, folder))
        await report('ingest', sentAt, folder => ingest(url, folder))
      }
    }
  } finally {
    await end(sender)
  }
}

async function report(what: string, sentAt: string, act: (folder: string) => Promise<number>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-bench-ingest-'))
  const usage = process.cpuUsage()
  const startedMs = performance.now()
  let peakBytes = 0
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }, 50)
  try {
    const stored = await act(folder)
    const ms = performance.now() - startedMs
    const { user, system } = process.cpuUsage(usage)
    if (stored !== MESSAGES) throw new RangeError(`${stored} of ${MESSAGES} messages were stored`)
    const cpu = `${Math.round((user + system) / 10 / ms)} %`
    process.stdout.write(
      `| ${what} | ${sentAt} | ${formatCount(Math.round((stored / ms) * 1000))} | ${cpu} | ${formatBytes(peakBytes)} |\n`,
    )
  } finally {
    clearInterval(watch)
    await rm(folder, { recursive: true })
  }
}

/** @returns how many were stored */
async function ingest(url: string, folder: string): Promise<number> {
  const stop = new AbortController()
  const settings = { source: 'coinbase', url, products: PRODUCTS, channels: ['market_trades'] }
  const stream = toStream('bench', streamSchema.parse(settings))
  const effects = {
    ...{ store: new FolderStore(folder), now: () => new Date(), elapsedMs: () => performance.now() },
    ...{ random: Math.random, newId: () => crypto.randomUUID(), host: '', runner: await describeProcess(process.pid) },
    sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
    signal: stop.signal,
    told: (news: { readonly kind: string; readonly received?: number }) => {
      if (news.kind === 'progress' && news.received === MESSAGES) stop.abort()
    },
  }
  const { silenceMs, maxMessageBytes } = stream
  const source = socketSource(
    {
      ...{ url, agent: 'bench', subscribe: () => [], silenceMs, hasHeartbeats: true, maxMessageBytes },
      connectionName: String,
    },
    { ...effects, open: openSocket },
  )
  return (await ingestStream({ stream, source, progressMs: 100 }, effects)).records
}

/** As `cat` would: each message and a line's end. */
async function writePlain(url: string, folder: string): Promise<number> {
  const file = createWriteStream(join(folder, 'plain.ndjson'))
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
  let count = 0
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('message', data => {
      file.write(data as Buffer)
      const isRoom = file.write('\n')
      if (++count === MESSAGES) return resolve()
      if (isRoom || socket.isPaused) return
      socket.pause()
      file.once('drain', () => socket.resume())
    })
  })
  socket.terminate()
  file.end()
  await once(file, 'finish')
  const written = await open(join(folder, 'plain.ndjson'))
  await written.close()
  return count
}

async function end(child: ChildProcess): Promise<void> {
  child.kill()
  await once(child, 'exit')
}
