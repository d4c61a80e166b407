import { setTimeout as sleep } from 'node:timers/promises'
import { toStream } from '../src/config/stream.js'
import { streamSchema } from '../src/config/streamSchema.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { describeProcess } from '../src/lake/processFacts.js'
import { ingestStream } from '../src/streams/ingest.js'
import { openSocket } from '../src/streams/socket.js'
import { socketSource } from '../src/streams/socketSource.js'
import { printMeasured } from './measured.js'
import { MESSAGES, PRODUCTS } from './streamSender.js'

// An ingest of all messages of a sender into a folder, with its default flush (100 records or a second, each on the disk before
// it counts): node streamIngestOnce.js URL FOLDER
const startedAt = performance.now()
const [, , url = '', folder = ''] = process.argv
const stop = new AbortController()
const stream = toStream(
  'bench',
  streamSchema.parse({ source: 'coinbase', url, products: PRODUCTS, channels: ['market_trades'] }),
)
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
const { records } = await ingestStream({ stream, source, progressMs: 100 }, effects)
printMeasured(startedAt, {}, { records })
