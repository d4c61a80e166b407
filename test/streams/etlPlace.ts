import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stream, toStream } from '../../src/config/stream.js'
import { streamSchema } from '../../src/config/streamSchema.js'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Row } from '../../src/engine/engine.js'
import { quotePaths } from '../../src/engine/sqlText.js'
import { selectFiles } from '../../src/engine/tableScan.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { currentSchema } from '../../src/iceberg/metadata.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { openStore } from '../../src/lake/lake.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import type { EtlEffects } from '../../src/streams/etlSegment.js'

/** A lake in a folder, streams of which a test puts segments there, and an engine for whoever works on them. */
export interface EtlPlace {
  readonly store: ObjectStore
  readonly engine: DuckDB
  /** @param at when the worker lives: after a killed one's lease is over, for one */
  effects(more?: Partial<EtlEffects>): EtlEffects
  /** Puts lines into a segment that waits. @returns its name */
  put(stream: Stream, lines: readonly string[] | Buffer, number?: number): Promise<string>
  /** A table's rows, as its metadata says. */
  tableRows(name: string, columns: string): Promise<Row[]>
  /** What a glob over `processed/` finds, with hive partitioning. */
  globRows(stream: Stream, channel: string, columns: string): Promise<Row[]>
  /** Keys that begin so. */
  keys(prefix: string): Promise<string[]>
  rejected(stream: Stream, segment: string): Promise<unknown[]>
  remove(): Promise<void>
}

/** Who may work at once: each has an engine of its own. */
const WORKERS = 3

/** @param given the lake's store; a folder of its own unless given */
export async function openEtlPlace(given?: ObjectStore): Promise<EtlPlace> {
  const folder = await mkdtemp(join(tmpdir(), "stocktake etl's "))
  const store = given ?? (await openStore(join(folder, 'lake')))
  const tempFolder = join(folder, 'spill')
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, async (_, i) => {
      const engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(tempFolder, String(i)) })
      return [engine, await engine.fork()] as const
    }),
  )
  const [[engine] = []] = workers
  if (!engine) throw new Error('no engine')
  let next = 0
  const runner = await describeProcess(process.pid)
  const now = () => new Date()
  const catalog = filesCatalog(store, { now })
  const keys = async (prefix: string): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of store.list(prefix)) found.push(key)
    return found
  }
  /** Where the engine finds an object: a copy of it, in the same folders, where it isn't a file here. */
  const locate = async (key: string): Promise<string> => {
    if (!given) return store.locate(key)
    const path = join(folder, 'copies', key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, await store.read(key))
    return path
  }
  return {
    store,
    engine,
    effects: (more = {}) => {
      const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
        sleep(ms, undefined, { ...(signal && { signal }), ref: false })
      const base = { store, catalog, runner, host: 'here', now, random: Math.random, sleep: wait, freeMemory: () => {} }
      const effects = {
        ...base,
        engines: workers[next++ % WORKERS] ?? [engine],
        signal: new AbortController().signal,
        ...more,
      }
      return more.store && !more.catalog
        ? { ...effects, catalog: filesCatalog(more.store, { now: effects.now }) }
        : effects
    },
    async put(stream, lines, number = 1) {
      const name = `segment_20260120T10_${String(number).padStart(5, '0')}`
      const bytes = Buffer.isBuffer(lines) ? lines : Buffer.from(lines.map(line => `${line}\n`).join(''))
      const path = join(tempFolder, randomUUID())
      await writeFile(path, bytes)
      await store.putFile(`raw/ready/${stream.name}/${name}.ndjson`, path)
      await rm(path)
      return name
    },
    async tableRows(name, columns) {
      const table = await catalog.load(name)
      if (!table) return []
      const files = await planFiles(table, [])
      const paths = await Promise.all(files.map(({ path }) => locate(resolveFile(table, path))))
      return engine.rows(`select ${columns} from (${selectFiles(currentSchema(table.metadata), paths)}) order by all`)
    },
    async globRows(stream, channel, columns) {
      const types = channel === 'events' ? 'date: date' : 'product_id: varchar, date: date'
      const paths = await Promise.all((await keys(`processed/${stream.name}/${channel}/`)).map(locate))
      if (paths.length === 0) return []
      return engine.rows(
        `select ${columns} from read_parquet(${quotePaths(paths)}, hive_partitioning = true, hive_types = {${types}}) order by all`,
      )
    },
    keys,
    async rejected(stream, segment) {
      const [found] = await keys(`raw/rejected/${stream.name}/${segment}`)
      if (!found) return []
      const text = Buffer.from(await store.read(found)).toString()
      return text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
    },
    async remove() {
      for (const [own, fork] of workers) {
        fork.close()
        own.close()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const coinbase = (more: object = {}): Stream =>
  toStream('coinbase', streamSchema.parse({ source: 'coinbase', ...more }))

export const jsonStream = (more: object = {}): Stream =>
  toStream('ticks', streamSchema.parse({ source: 'json', ...more }))

/** A line of a segment. @param message as it came */
export const recordOf = (message: unknown, sequence = 0): string =>
  `{"received_at":"2026-01-20T10:00:00.123Z","connection":"c1","sequence":${sequence},"message":${typeof message === 'string' ? message : JSON.stringify(message)}}`

export const eventOf = (event: object): string =>
  `{"received_at":"2026-01-20T10:00:00.123Z","connection":null,"sequence":null,"event":${JSON.stringify(event)}}`

const envelope = (channel: string, events: readonly object[], more: object = {}): object => ({
  channel,
  client_id: '',
  timestamp: '2026-01-20T10:00:00.100200300Z',
  sequence_num: 5,
  events,
  ...more,
})

// Messages as the exchange's documentation shows them; `more` replaces fields of the only row, or adds some.

export const TICKER = {
  type: 'ticker',
  product_id: 'BTC-USD',
  price: '21932.98',
  volume_24_h: '16038.28770938',
  low_24_h: '21835.29',
  high_24_h: '23011.18',
  low_52_w: '15460',
  high_52_w: '48240',
  price_percent_chg_24_h: '-4.15775596190603',
  best_bid: '21931.98',
  best_bid_quantity: '8000.21',
  best_ask: '21933.98',
  best_ask_quantity: '8038.07770938',
}
export const tickerOf = (more: object = {}, outer: object = {}): object =>
  envelope('ticker', [{ type: 'snapshot', tickers: [{ ...TICKER, ...more }] }], outer)

export const UPDATE = {
  side: 'bid',
  event_time: '2026-01-20T09:59:59Z',
  price_level: '21921.73',
  new_quantity: '0.06317902',
}
export const level2Of = (more: object = {}, event: object = {}): object =>
  envelope('l2_data', [{ type: 'update', product_id: 'BTC-USD', updates: [{ ...UPDATE, ...more }], ...event }])

export const TRADE = {
  trade_id: '000000001',
  product_id: 'ETH-USD',
  price: '1260.01',
  size: '0.3',
  side: 'BUY',
  time: '2026-01-20T09:59:58.265Z',
}
export const tradesOf = (rows: readonly object[] = [{}], outer: object = {}): object =>
  envelope('market_trades', [{ type: 'update', trades: rows.map(row => ({ ...TRADE, ...row })) }], outer)

export const HEARTBEAT = envelope('heartbeats', [{ current_time: '2026-01-20 10:00:00', heartbeat_counter: 5 }])
