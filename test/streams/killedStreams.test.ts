import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { between, randomFrom } from '../../src/demo/seededRandom.js'
import { openDuckDB } from '../../src/engine/duckdb.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { activeFolder, processedFolder, readyFolder } from '../../src/streams/streamPlaces.js'
import { PROGRAM } from '../commands/agentPlace.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { TestExchange } from './exchange.js'
import { listKeys, until } from './ingesting.js'

/** Of each place; half of them, about, meet the ingest, the others the etl. */
const KILLS = 50
const STEPS_PER_SECOND = 150
const CHANNELS = ['ticker', 'level2', 'market_trades']

interface KillPlace {
  readonly store: ObjectStore
  /** Of stocktake.yaml. */
  readonly settings: string
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-killed-streams-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const openFolder = async (): Promise<KillPlace> => ({
  ...{ store: new FolderStore(join(folder, 'lake')), settings: 'lake: ./lake', env: {} },
  stop: async () => {},
})

async function openS3(): Promise<KillPlace> {
  const service = await startMiniStack()
  const bucket = await createBucket(service)
  const { accessKeyId, secretAccessKey } = service.credentials
  return {
    store: await openTestStore(service, { bucket, prefix: 'lake' }),
    settings: `lake: s3://${bucket}/lake\naws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }`,
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    stop: () => service.stop(),
  }
}

test('in a folder, what was flushed is in the tables once, however often ingest and etl are killed', () =>
  holds(openFolder))

describeWithOracles('on S3', () => {
  test('what was flushed is in the tables once, however often ingest and etl are killed', () => holds(openS3))
})

async function holds(openPlace: () => Promise<KillPlace>): Promise<void> {
  const place = await openPlace()
  const exchange = new TestExchange()
  try {
    const url = await exchange.start()
    await writeFile(join(folder, 'stocktake.yaml'), settingsOf(place, url))
    const flushed = new Set<string>()
    await killMany(place, exchange, flushed)
    const rows = await readTables(place.store)
    const problems = compare(exchange, rows, flushed)
    expect(problems).toEqual([])
    expect(flushed.size).toBeGreaterThan(500)
    for (const channel of CHANNELS) expect(rows.filter(row => row.channel === channel).length).toBeGreaterThan(500)
    expect(await listKeys(place.store, readyFolder('coinbase'))).toEqual([])
    expect(await listKeys(place.store, activeFolder('coinbase'))).toEqual([])
  } finally {
    await exchange.stop()
    await place.stop()
  }
}

const settingsOf = ({ settings }: KillPlace, url: string): string => `${settings}
streams:
  coinbase:
    source: coinbase
    url: ${url}
    products: [BTC-USD, ETH-USD]
    rotate: { size: 200kB, every: 1s }
`

/** Runs an ingest and an etl, and kills one of them again and again; at last both end in good order. */
async function killMany(place: KillPlace, exchange: TestExchange, flushed: Set<string>): Promise<void> {
  const random = randomFrom(20)
  const stopTrading = new AbortController()
  const trading = tradeUntil(exchange, stopTrading.signal)
  const processes = { ingest: start(place, 'ingest'), etl: start(place, 'etl') }
  for (let kill = 0; kill < KILLS; kill++) {
    const connections = exchange.connections.length
    await sleep(between(random, 0, 1_000))
    const name = random() % 2 === 0 ? 'ingest' : 'etl'
    const killed = processes[name]
    if (killed.exitCode !== null) throw new Error(`${name} ended by itself, exit code ${killed.exitCode}`)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    if (name === 'ingest') for (const line of await readRaw(place.store)) flushed.add(line)
    processes[name] = start(place, name)
    if (name === 'ingest' && random() % 4 !== 0) await until(() => exchange.connections.length > connections)
  }
  await sleep(1_000)
  stopTrading.abort()
  await trading
  await until(() => exchange.isDrained())
  for (const child of [processes.ingest, processes.etl]) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  expect(processes.ingest.exitCode).toBe(0)
  const last = start(place, 'etl', '--once')
  await once(last, 'exit')
  expect(last.exitCode).toBe(0)
}

async function tradeUntil(exchange: TestExchange, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await exchange.trade(STEPS_PER_SECOND / 5, STEPS_PER_SECOND, {}, signal)
}

function start({ env }: KillPlace, ...args: string[]): ChildProcess {
  const [program, ...first] = PROGRAM
  const [what = '', ...flags] = args
  return spawn(program, [...first, 'streams', what, 'coinbase', '--quiet', ...flags], {
    ...{ cwd: folder, env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', ...env } },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** What is in segments and chunks now, whole lines of messages, each by its connection and number. */
async function readRaw(store: ObjectStore): Promise<string[]> {
  const found: string[] = []
  for (const stage of [activeFolder('coinbase'), readyFolder('coinbase')])
    for (const key of await listKeys(store, stage)) {
      const text = await store.read(key).then(
        bytes => Buffer.from(bytes).toString(),
        () => '', // done with by the etl meanwhile
      )
      for (const line of text.split('\n').slice(0, -1)) {
        const [, connection, sequence] = /"connection":"([^"]+)","sequence":(\d+),"message":/.exec(line) ?? []
        if (connection !== undefined && /"channel":"(ticker|l2_data|market_trades)"/.test(line) && !isEmpty(line))
          found.push(`${connection} ${sequence}`)
      }
    }
  return found
}

/** A snapshot of nothing has no rows. */
const isEmpty = (text: string): boolean => text.includes('"updates":[]') || text.includes('"trades":[]')

interface TableRow {
  readonly channel: string
  readonly connection: string
  readonly sequence: number
  /** How many rows a message has, and how many different ones. */
  readonly rows: number
  readonly different: number
  readonly trade: string | null
}

/** A row for each message in the tables; what lies in processed/ must be the same files. */
async function readTables(store: ObjectStore): Promise<TableRow[]> {
  const catalog = filesCatalog(store, { now: () => new Date() })
  const engine = await openDuckDB({ memoryBytes: 300_000_000, threads: 2, tempFolder: join(folder, 'spill') })
  const rows: TableRow[] = []
  try {
    for (const channel of CHANNELS) {
      const table = await catalog.load(`coinbase.${channel}`)
      const keys = table ? (await planFiles(table, [])).map(({ path }) => resolveFile(table, path)).sort() : []
      expect((await listKeys(store, processedFolder('coinbase', channel))).sort()).toEqual(keys)
      const copies = join(folder, 'copies', channel)
      await mkdir(copies, { recursive: true })
      for (const [index, key] of keys.entries())
        await writeFile(join(copies, `${index}.parquet`), await store.read(key))
      if ((await readdir(copies)).length === 0) continue
      const trade = channel === 'market_trades' ? `max(trade_id) filter (where type <> 'snapshot')` : 'null'
      const item = channel === 'ticker' ? 'line' : '(line, item)'
      const found = await engine.rows(
        `select connection, sequence, count(*) as "rows", count(distinct (segment, ${item})) as different, ${trade} as trade
        from read_parquet('${copies}/*.parquet') group by connection, sequence order by connection, sequence`,
      )
      for (const { connection, sequence, rows: count, different, trade } of found)
        rows.push({
          ...{ channel, connection: String(connection), sequence: Number(sequence) },
          ...{ rows: Number(count), different: Number(different), trade: trade === null ? null : String(trade) },
        })
    }
  } finally {
    engine.close()
  }
  return rows
}

/** What is wrong: a message that is missing among those before it, or there twice, or other than it was sent. */
function compare(exchange: TestExchange, rows: readonly TableRow[], flushed: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const stored = new Map<string, Map<number, TableRow>>()
  for (const row of rows) {
    const of = stored.get(row.connection) ?? new Map<number, TableRow>()
    if (of.has(row.sequence)) problems.push(`${row.connection} ${row.sequence}: in two tables`)
    stored.set(row.connection, of.set(row.sequence, row))
  }
  const connectionOf = new Map<string, string>() // by the trades that only it was told
  for (const { trade, connection } of rows) if (trade !== null) connectionOf.set(trade, connection)
  for (const { sent } of exchange.connections) {
    const messages = sent.map(text => parseSent(String(text)))
    const name = messages.flatMap(({ trade }) => (trade === undefined ? [] : (connectionOf.get(trade) ?? [])))[0]
    const found = name === undefined ? undefined : stored.get(name)
    if (!found || name === undefined) continue // killed before anything of it was flushed
    stored.delete(name)
    const last = Math.max(...found.keys())
    for (const { channel, sequence, rows } of messages) {
      const row = found.get(sequence)
      if (rows === 0 || channel === undefined) continue
      if (!row && sequence < last) problems.push(`${name} ${sequence}: missing before ${last}`)
      if (row && (row.channel !== channel || row.rows !== rows || row.different !== rows))
        problems.push(`${name} ${sequence}: ${rows} rows of ${channel} sent, ${JSON.stringify(row)} stored`)
      found.delete(sequence)
    }
    if (found.size > 0) problems.push(`${name}: ${found.size} that were never sent`)
  }
  const all = new Set(rows.map(({ connection, sequence }) => `${connection} ${sequence}`))
  for (const message of flushed) if (!all.has(message)) problems.push(`${message}: was flushed, and is missing`)
  return problems
}

interface SentMessage {
  readonly channel: string | undefined
  readonly sequence: number
  readonly rows: number
  readonly trade: string | undefined
}

function parseSent(text: string): SentMessage {
  const { channel, sequence_num: sequence, events } = JSON.parse(text)
  const [{ type, trades, updates, tickers }] = events
  const table = channel === 'l2_data' ? 'level2' : CHANNELS.find(name => name === channel)
  const rows = (trades ?? updates ?? tickers ?? []).length
  return { channel: table, sequence, rows, trade: type === 'update' ? trades?.[0]?.trade_id : undefined }
}
