import type { ClaimOptions } from '../../src/jobs/jobClaims.js'
import type { JobOrder, QueueEffects } from '../../src/jobs/jobQueue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeProcess, type ProcessFacts } from '../../src/lake/processFacts.js'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** A lake in memory, and a clock that goes when it is told to. */
export interface QueuePlace {
  readonly store: MemoryStore
  readonly effects: QueueEffects
  readonly now: () => Date
  advance(ms: number): void
}

export function makePlace(start = '2026-01-20T01:00:00Z'): QueuePlace {
  let ms = Date.parse(start)
  const now = (): Date => new Date(ms)
  const store = new MemoryStore('memory://lake', now)
  const effects = { store, now, sleep: async () => {}, random: () => 0.5, signal: new AbortController().signal }
  return {
    store,
    effects,
    now,
    advance(by) {
      ms += by
    },
  }
}

/** A process on another machine: nothing is certain about it but the time of its leases. */
export const elsewhere = (pid: number): ClaimOptions => ({
  runner: { pid, space: 'another machine', began: '1' },
  host: `host-${pid}`,
})

/** A process of this machine that is certainly dead: no system gives such a pid. */
export const deadProcess = async (): Promise<ProcessFacts> => ({
  ...(await describeProcess(process.pid)),
  pid: 2 ** 30,
})

export const orderAt = (due: Date, more: Partial<JobOrder> = {}): JobOrder => ({
  type: 'import',
  connector: 'photos',
  params: {},
  due,
  created_by: 'jo',
  ...more,
})

/** The names of all that is in a store. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** A store whose methods a test replaces. */
export function altered(store: ObjectStore, methods: Partial<ObjectStore>): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

export async function gather<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}
