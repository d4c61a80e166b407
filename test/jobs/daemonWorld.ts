import { parseConnector } from '../../src/config/connector.js'
import { runDaemon } from '../../src/jobs/daemon.js'
import type { DaemonEffects, DaemonEvent } from '../../src/jobs/daemonEffects.js'
import { type DaemonState, newDaemonState } from '../../src/jobs/daemonState.js'
import type { Job } from '../../src/jobs/job.js'
import type { Worker, WorkerEnd } from '../../src/jobs/jobProcess.js'
import { listEndedJobs } from '../../src/jobs/jobQueue.js'
import { wantedChains } from '../../src/jobs/wantedChains.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { EMPTY } from './exampleFacts.js'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

interface Timer {
  readonly atMs: number
  readonly ring: () => void
}

/** A lake, and time that passes as fast as what waits for it lets it. */
export class DaemonWorld {
  /** Time that has really passed. */
  ms = Date.UTC(2026, 0, 20)
  /** How wrong the clock is. */
  offMs = 0
  readonly store = new MemoryStore('memory://lake', () => this.now())
  /** What the daemons told, with when in minutes since the beginning. */
  readonly told: string[] = []
  readonly cycles: Job[] = []
  /** What a job comes to after so long; changed by tests. */
  work: (job: Job) => { readonly takesMs: number; readonly end: WorkerEnd } = () => ({
    takesMs: 30 * SECOND,
    end: { kind: 'succeeded', result: { snapshot: '2026-01-20T01-00Z', gaps: {} } },
  })
  /** Whether the lake answers. */
  isUp = true
  /** Whether it is the lake that daemons began with. */
  isSame = true
  /** What couldn't be found out about what is wanted. */
  unsure: Error | undefined
  readonly #timers = new Set<Timer>()
  #asked = 0
  readonly #startMs = this.ms

  now = (): Date => new Date(this.ms + this.offMs)
  random = (): number => {
    this.#asked++
    return (this.#asked * 0.61803398875) % 1
  }

  sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const over = (): void => {
        this.#timers.delete(timer)
        signal.removeEventListener('abort', stop)
      }
      const stop = (): void => {
        over()
        reject(signal.reason)
      }
      const ring = (): void => {
        over()
        resolve()
      }
      const timer = { atMs: this.ms + ms, ring }
      this.#timers.add(timer)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop)
    })

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.ms + ms
    for (;;) {
      await settle()
      const timers = [...this.#timers]
      const nextMs = Math.min(...timers.map(({ atMs }) => atMs))
      if (nextMs > untilMs) break
      this.ms = Math.max(this.ms, nextMs)
      for (const { atMs, ring } of timers) if (atMs <= nextMs) ring()
    }
    this.ms = untilMs
  }

  /** A daemon of this lake, which runs until it is stopped; or until it is dead, and does nothing more. */
  start(name: string): RunningDaemon {
    const stop = new AbortController()
    const state = newDaemonState()
    let isDead = false
    const never = new Promise<never>(() => {})
    const effects = this.effects(name, stop.signal)
    const alive = <T>(act: () => Promise<T>): Promise<T> =>
      isDead ? never : act().then(value => (isDead ? never : value))
    const dying: DaemonEffects = {
      ...effects,
      store: wrapped(effects.store, alive),
      sleep: (ms, signal) => alive(() => this.sleep(ms, signal)),
      told: event => isDead || effects.told(event),
      startWorker: job => {
        const worker = effects.startWorker(job, () => {})
        return { ...worker, ended: alive(() => worker.ended) }
      },
    }
    const kill = (): void => {
      isDead = true
    }
    const over = runDaemon(OPTIONS, state, dying)
    return { state, over, stop: () => stop.abort(new Error('stopped')), kill }
  }

  effects(name: string, signal: AbortSignal): DaemonEffects {
    const { now, random, sleep } = this
    return {
      ...{ now, random, sleep, signal },
      store: wrapped(this.store, act => (this.isUp ? act() : Promise.reject(new Error('no answer')))),
      runner: { pid: 1, space: null, began: null }, // of which nothing is certain but the lease
      host: name,
      startWorker: job => this.#startWorker(job),
      requireSameLake: async () => {
        if (!this.isSame) throw new Error('another lake')
      },
      wanted: async failed => {
        if (this.unsure) failed?.(this.unsure)
        return this.wanted()
      },
      readFacts: async () => ({ ...EMPTY, at: now() }),
      metrics: { update: () => {}, updateStreams: () => {}, observeJob: () => {}, clear: () => {} },
      readStreams: async () => [],
      streams: { works: [], start: () => ({ pid: 1, ended: new Promise(() => {}), interrupt() {}, kill() {} }) },
      notify: async () => [],
      afterCycle: async job => {
        this.cycles.push(job)
        return { isGood: true, outcome: 'exit code 0' }
      },
      told: event => {
        const text = eventText(event)
        if (text !== undefined) this.told.push(`${Math.round((this.ms - this.#startMs) / MINUTE)} ${name} ${text}`)
      },
    }
  }

  wanted() {
    const photos = parseConnector('photos', { source_bucket: 'a-bucket', schedule: 'daily' }, '/')
    return wantedChains({ connectors: [photos], reconcile: { isEnabled: true, intervalMs: HOUR } })
  }

  /** How many jobs of each type came to what. */
  async ended(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for await (const { type, state } of listEndedJobs(this.store))
      counts[`${type} ${state}`] = (counts[`${type} ${state}`] ?? 0) + 1
    return counts
  }

  #startWorker(job: Job): Worker {
    const { takesMs, end } = this.work(job)
    const asked = new AbortController()
    const ended = this.sleep(takesMs, asked.signal).then(
      () => end,
      (): WorkerEnd => ({ kind: 'interrupted' }),
    )
    return { pid: undefined, ended, interrupt: () => asked.abort(), kill: () => asked.abort() }
  }
}

export interface RunningDaemon {
  readonly state: DaemonState
  readonly over: Promise<void>
  stop(): void
  kill(): void
}

export const OPTIONS = { parallel: 2, idleMs: 5 * SECOND, graceMs: 20 * SECOND, killMs: 8 * SECOND }

function eventText(event: DaemonEvent): string | undefined {
  switch (event.kind) {
    case 'claimed':
      return `begun ${event.job.type}`
    case 'ended':
      return `${event.job.state} ${event.job.type}`
    case 'handed back':
    case 'lost':
      return `${event.kind} ${event.job.type}`
    case 'standing by':
      return `stands by for ${event.holder.host}`
    case 'trouble':
      return `${event.what}: ${event.error instanceof Error ? event.error.message : event.error}`
    case 'leading':
    case 'lost the loop':
      return event.kind
    default:
      return undefined
  }
}

/** A store each of whose calls is made by `call`. */
function wrapped(store: ObjectStore, call: <T>(act: () => Promise<T>) => Promise<T>): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      return (...args: unknown[]) => {
        if (!String(name).startsWith('list')) return call(async () => Reflect.apply(own, target, args))
        return iterate(() => Reflect.apply(own, target, args) as AsyncIterable<unknown>, call)
      }
    },
  })
}

async function* iterate<T>(
  made: () => AsyncIterable<T>,
  call: <R>(act: () => Promise<R>) => Promise<R>,
): AsyncGenerator<T> {
  await call(async () => undefined)
  yield* made()
}

/** All that doesn't wait for time is done. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}
