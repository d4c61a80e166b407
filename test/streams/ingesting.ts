import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stream, toStream } from '../../src/config/stream.js'
import { streamSchema } from '../../src/config/streamSchema.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import { type IngestEnd, ingestStream } from '../../src/streams/ingest.js'
import type { IngestEffects, IngestNews } from '../../src/streams/ingestEffects.js'
import { openSocket } from '../../src/streams/socket.js'
import { socketSource } from '../../src/streams/socketSource.js'
import type { Source } from '../../src/streams/source.js'
import { activeFolder, readyFolder } from '../../src/streams/streamPlaces.js'
import { subscribeMessages } from '../../src/streams/subscribeMessages.js'

/** A stream as stocktake.yaml has it. */
export const streamOf = (settings: Readonly<Record<string, unknown>>, name = 'coinbase'): Stream =>
  toStream(name, streamSchema.parse({ source: 'coinbase', products: ['BTC-USD', 'ETH-USD', 'SOL-USD'], ...settings }))

/** An ingest that runs in this process. */
export interface RunningIngest {
  readonly news: readonly IngestNews[]
  /** As a signal does it. */
  stop(): void
  readonly ended: Promise<IngestEnd>
}

export async function realEffects(store: ObjectStore): Promise<IngestEffects & { readonly news: IngestNews[] }> {
  const news: IngestNews[] = []
  return {
    ...{ store, news },
    now: () => new Date(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    random: Math.random,
    signal: new AbortController().signal,
    elapsedMs: () => performance.now(),
    runner: await describeProcess(process.pid),
    host: 'this machine',
    newId: randomUUID,
    told: each => each.kind === 'progress' || news.push(each),
  }
}

export async function startIngest(
  stream: Stream,
  store: ObjectStore,
  changed: Partial<IngestEffects> & { readonly source?: Source } = {},
): Promise<RunningIngest> {
  const stop = new AbortController()
  const effects = { ...(await realEffects(store)), signal: stop.signal, ...changed }
  let connections = 0
  const source =
    changed.source ??
    socketSource(
      {
        ...{ url: stream.url ?? '', agent: 'test', silenceMs: stream.silenceMs },
        maxMessageBytes: stream.maxMessageBytes,
        subscribe: () => subscribeMessages(stream, undefined),
        hasHeartbeats: stream.source === 'coinbase',
        connectionName: () => `c${++connections}`,
      },
      { ...effects, open: openSocket },
    )
  const ended = ingestStream({ stream, source, progressMs: 100 }, effects)
  ended.catch(() => {})
  return { news: effects.news, stop: () => stop.abort(), ended }
}

/** A line of a segment, as who reads segments gets it. */
export interface StoredLine {
  readonly segment: string
  readonly received_at: string
  readonly connection: string | null
  readonly sequence: number | null
  /** The message's text, as it was stored. */
  readonly json?: string
  readonly text?: string
  readonly event?: { readonly kind: string; readonly [name: string]: unknown }
}

/** All lines of the segments that wait, in the order in which they came. */
export async function readReady(store: ObjectStore, stream = 'coinbase'): Promise<StoredLine[]> {
  const lines: StoredLine[] = []
  for (const key of await listKeys(store, readyFolder(stream))) {
    const text = Buffer.from(await store.read(key)).toString()
    if (!text.endsWith('\n')) throw new Error(`${key} ends in the middle of a line`)
    for (const line of text.slice(0, -1).split('\n')) lines.push(parseLine(key, line))
  }
  return lines
}

function parseLine(segment: string, line: string): StoredLine {
  const parsed = JSON.parse(line) as Omit<StoredLine, 'segment'>
  const at = line.indexOf(',"message":')
  const json = 'message' in parsed ? { json: line.slice(at + ',"message":'.length, -1) } : {}
  return { ...parsed, segment, ...json }
}

export async function listKeys(store: ObjectStore, folder: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(`${folder}/`)) keys.push(key)
  return keys
}

export const listActive = (store: ObjectStore, stream = 'coinbase'): Promise<string[]> =>
  listKeys(store, activeFolder(stream))

/** Waits until something holds; the test's own time limit is for what never does. */
export async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(10)
}
