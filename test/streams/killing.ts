import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { activeFolder, readyFolder } from '../../src/streams/streamPlaces.js'
import { PROGRAM } from '../commands/agentPlace.js'
import { listKeys } from './ingesting.js'

/** Processes of this program, until {@link end}. */
export class KilledProcesses {
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly #running = new Set<ChildProcess>()
  #hasEnded = false

  /** @param folder where they run */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.#env = { PATH: process.env.PATH ?? '', AWS_EC2_METADATA_DISABLED: 'true', ...env }
  }

  start(...args: readonly string[]): ChildProcess {
    if (this.#hasEnded) throw new Error('no more processes are wanted')
    const [program, ...first] = PROGRAM
    const child = spawn(program, [...first, ...args, '--quiet'], {
      ...{ cwd: this.#folder, env: this.#env, stdio: ['ignore', 'ignore', 'inherit'] },
    })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  /** Kills whatever of them still runs. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await Promise.all([...this.#running].map(kill))
  }
}

/** @throws where it had ended by itself */
export async function kill(child: ChildProcess): Promise<void> {
  requireRunning(child)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** As a person stops it. @returns its exit code */
export async function stop(child: ChildProcess): Promise<number | null> {
  requireRunning(child)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await exited
  return code
}

/** For what never takes so long, and should say what it was waiting for. */
const LONGEST_WAIT_MS = 60_000

/** Waits until something holds that a process does. @param what it is, now */
export async function untilDone(
  child: ChildProcess,
  what: () => string,
  isDone: () => boolean | Promise<boolean>,
): Promise<void> {
  const startedMs = performance.now()
  while (!(await isDone())) {
    requireRunning(child)
    if (performance.now() - startedMs > LONGEST_WAIT_MS) throw new Error(`after a minute: ${what()}`)
    await sleep(40)
  }
}

function requireRunning({ exitCode, signalCode, spawnargs }: ChildProcess): void {
  if (exitCode !== null || signalCode !== null)
    throw new Error(`${spawnargs.slice(2).join(' ')} ended by itself: ${exitCode ?? signalCode}`)
}

/** What has been seen of a stream's segments and chunks, by whoever looks from outside. */
export class SeenSegments {
  /** Messages that have rows, by their connection and number. */
  readonly messages = new Set<string>()
  readonly #highest = new Map<string, number>()
  readonly #trades = new Map<string, string>()
  readonly #done = new Set<string>()
  readonly #store: ObjectStore

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** The connection that was told a trade when it happened. */
  findTold(trade: string): string | undefined {
    return this.#trades.get(trade)
  }

  /** The highest number that was seen of a connection's messages. */
  highest(connection: string): number {
    return this.#highest.get(connection) ?? -1
  }

  async look(): Promise<void> {
    // In the order in which a segment goes through them: it is missed only where an etl is done with it.
    for (const stage of [activeFolder('coinbase'), readyFolder('coinbase')])
      for (const key of await listKeys(this.#store, stage)) {
        if (this.#done.has(key)) continue
        const text = await this.#store.read(key).then(
          bytes => Buffer.from(bytes).toString(),
          () => '', // it isn't there any more
        )
        for (const line of text.split('\n').slice(0, -1)) this.#see(line)
        const mayGrow = stage === activeFolder('coinbase') && !/\/\d{8,}$/.test(key)
        if (text !== '' && !mayGrow) this.#done.add(key)
      }
  }

  #see(line: string): void {
    const [, connection, number] = /"connection":"([^"]+)","sequence":(\d+),"message":/.exec(line) ?? []
    if (connection === undefined) return
    this.#highest.set(connection, Math.max(this.highest(connection), Number(number)))
    const [, trade] = NEW_TRADE.exec(line) ?? []
    if (trade !== undefined) this.#trades.set(trade, connection)
    if (/"channel":"(ticker|l2_data|market_trades)"/.test(line) && !isEmpty(line))
      this.messages.add(`${connection} ${number}`)
  }
}

/** As the exchange writes a message of one. */
export const NEW_TRADE = /"type":"update","trades":\[\{"trade_id":"(\d+)"/

/** A snapshot of nothing has no rows. */
const isEmpty = (text: string): boolean => text.includes('"updates":[]') || text.includes('"trades":[]')
