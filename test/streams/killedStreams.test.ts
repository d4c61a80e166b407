import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { between, randomFrom } from '../../src/demo/seededRandom.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { activeFolder, readyFolder } from '../../src/streams/streamPlaces.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { compareStored, type Promised } from './compareStored.js'
import { type SentConnection, TestExchange } from './exchange.js'
import { listKeys } from './ingesting.js'
import { KilledProcesses, kill, NEW_TRADE, SeenSegments, stop, untilDone } from './killing.js'
import { CHANNELS, readStored } from './storedMessages.js'

/** Of each process, in each place. */
const KILLS = 25
const STEPS_PER_SECOND = 150

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

test('in a folder, what was flushed is in the tables once, and no more is lost than a flush, however often it is killed', () =>
  holds(openFolder))

describeWithOracles('on S3', () => {
  test('what was flushed is in the tables once, and no more is lost than a flush, however often it is killed', () =>
    holds(openS3))
})

/** When what was received is made durable; and how many messages may wait for that, for however long. */
const FLUSHES = {
  both: { settings: 'flush: { records: 100, every: 1s }', mayWait: 0 },
  records: { settings: 'flush: { records: 100, every: 1h }', mayWait: 99 },
  time: { settings: 'flush: { records: 100000, every: 1s }', mayWait: 0 },
} as const
type Flush = keyof typeof FLUSHES

interface Trial {
  readonly exchange: TestExchange
  readonly trading: Trading
  readonly processes: KilledProcesses
  readonly seen: SeenSegments
  /** Of each connection whose ingest lived long enough. */
  readonly promised: Map<number, Promised>
}

async function holds(openPlace: () => Promise<KillPlace>): Promise<void> {
  const place = await openPlace()
  const { store } = place
  const exchange = new TestExchange()
  const processes = new KilledProcesses(folder, place.env)
  const trading = new Trading(exchange)
  try {
    await writeSettings(place, await exchange.start())
    const trial: Trial = { exchange, trading, processes, seen: new SeenSegments(store), promised: new Map() }
    trading.goOn()
    const [etl] = await Promise.all([killEtls(processes), killIngests(trial)])
    const ingest = await startIngest(trial, 'both')
    await untilSent(ingest, 20)
    await promiseSent(trial, ingest) // what was sent last, too
    expect([await stop(ingest.child), await stop(etl)]).toEqual([0, 0])
    const [exitCode] = await once(processes.start('streams', 'etl', 'coinbase', '--once'), 'exit')
    expect(exitCode).toBe(0)
    const stored = await readStored(store, folder)
    const { problems, lost } = compareStored(exchange.connections, stored, trial.promised, trial.seen.messages)
    expect(problems).toEqual([])
    expect(lost).toBeGreaterThan(0) // else none was killed at work
    expect(trial.promised.size).toBeGreaterThan(KILLS / 2)
    for (const channel of CHANNELS)
      expect(stored.messages.filter(message => message.channel === channel).length).toBeGreaterThan(500)
    expect(await listKeys(store, readyFolder('coinbase'))).toEqual([])
    expect(await listKeys(store, activeFolder('coinbase'))).toEqual([])
  } finally {
    await trading.hold()
    await processes.end()
    await exchange.stop()
    await place.stop()
  }
}

/** For etl, and for an ingest by each flush. */
async function writeSettings({ settings }: KillPlace, url: string): Promise<void> {
  const of = (flush: string): string => `${settings}
streams:
  coinbase:
    source: coinbase
    url: ${url}
    products: [BTC-USD, ETH-USD]
    rotate: { size: 200kB, every: 1s }
    ${flush}
`
  await writeFile(join(folder, 'stocktake.yaml'), of(FLUSHES.both.settings))
  for (const [name, flush] of Object.entries(FLUSHES)) await writeFile(join(folder, `${name}.yaml`), of(flush.settings))
}

/** The exchange's, until it is held. */
class Trading {
  readonly #exchange: TestExchange
  #held = new AbortController()
  #steps: Promise<void> = Promise.resolve()

  constructor(exchange: TestExchange) {
    this.#exchange = exchange
  }

  goOn(): void {
    this.#held = new AbortController()
    this.#steps = this.#trade(this.#held.signal)
  }

  /** A fifth of a second at a time: what nobody had subscribed to isn't made up for all at once. */
  async #trade(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#exchange.trade(STEPS_PER_SECOND / 5, STEPS_PER_SECOND, {}, signal)
  }

  /** No more is sent, then. */
  async hold(): Promise<void> {
    this.#held.abort()
    await this.#steps
  }
}

/** @returns the one that goes on, when the others are killed */
async function killEtls(processes: KilledProcesses): Promise<ChildProcess> {
  const random = randomFrom(20)
  for (let killed = 0; ; killed++) {
    const etl = processes.start('streams', 'etl', 'coinbase')
    if (killed === KILLS) return etl
    await sleep(between(random, 0, 2_500))
    await kill(etl)
  }
}

/** One at a time: some as they begin, the others at any moment after something was certain of them. */
async function killIngests(trial: Trial): Promise<void> {
  const random = randomFrom(21)
  const flushes = Object.keys(FLUSHES) as Flush[]
  for (let killed = 0; killed < KILLS; killed++) {
    const flush = flushes[killed % flushes.length] as Flush
    if (killed % 4 === 3) {
      const { child } = beginIngest(trial, flush)
      await sleep(between(random, 0, 800))
      await kill(child)
    } else {
      const ingest = await startIngest(trial, flush)
      await untilSent(ingest, between(random, 20, 400))
      await promiseSent(trial, ingest)
      trial.trading.goOn()
      await sleep(between(random, 0, 300))
      await kill(ingest.child)
    }
    await trial.seen.look()
  }
}

interface BegunIngest {
  readonly child: ChildProcess
  readonly flush: Flush
  /** Of the connection that it makes. */
  readonly number: number
}

/** One that has a connection, and what was sent on it. */
type SentIngest = BegunIngest & Pick<SentConnection, 'sent'>

const beginIngest = ({ exchange, processes }: Trial, flush: Flush): BegunIngest => ({
  child: processes.start('streams', 'ingest', 'coinbase', '--config', `${flush}.yaml`),
  ...{ flush, number: exchange.connections.length },
})

async function startIngest(trial: Trial, flush: Flush): Promise<SentIngest> {
  const begun = beginIngest(trial, flush)
  const find = () => trial.exchange.connections[begun.number]
  await untilDone(
    begun.child,
    () => 'no connection',
    () => find() !== undefined,
  )
  return { ...begun, sent: find()?.sent ?? [] }
}

const tradesOf = (sent: SentConnection['sent']): string[] =>
  sent.flatMap(text => NEW_TRADE.exec(String(text))?.[1] ?? [])

/** Waits for so many messages, with a trade among them, which tells in the lake whose they are. */
const untilSent = ({ child, sent }: SentIngest, many: number): Promise<void> =>
  untilDone(
    child,
    () => `${sent.length} of ${many} messages sent, ${tradesOf(sent).length} of them trades`,
    () => sent.length >= many && tradesOf(sent).length > 0,
  )

/**
 * Holds the trading, and waits until what was sent is durable, but for what a flush may wait for: that much is promised, from
 * now on. Nothing that comes later pushes it.
 */
async function promiseSent(
  { trading, seen, promised }: Trial,
  { child, flush, number, sent }: SentIngest,
): Promise<void> {
  await trading.hold()
  const messages = sent.length - FLUSHES[flush].mayWait
  if (messages <= 0) return
  const trades = tradesOf(sent)
  const find = () => trades.flatMap(trade => seen.findTold(trade) ?? [])[0]
  const durable = () => seen.highest(find() ?? '') + 1
  await untilDone(
    child,
    () => `${durable()} messages durable of ${sent.length}, with ${FLUSHES[flush].settings}`,
    async () => {
      await seen.look()
      return durable() >= messages
    },
  )
  promised.set(number, { connection: find() ?? '', messages })
}
