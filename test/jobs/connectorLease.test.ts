import { beforeEach, describe, expect, test } from 'vitest'
import {
  ConnectorBusyError,
  type ConnectorHolder,
  type ConnectorLeaseEffects,
  ConnectorLostError,
  withConnectorLease,
} from '../../src/jobs/connectorLease.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import { idle } from '../streams/virtualTime.js'
import {
  altered,
  deadProcess,
  elsewhere,
  keysOf,
  MINUTE_MS,
  makePlace,
  type QueuePlace,
  SECOND_MS,
} from './queuePlace.js'

/** A lake whose clock wakes those who sleep. */
interface Waking extends QueuePlace {
  /** Lets time pass, second by second, and everybody do what they do then. */
  pass(ms: number): Promise<void>
  readonly sleep: ConnectorLeaseEffects['sleep']
}

function makeWaking(): Waking {
  const place = makePlace()
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>()
  return {
    ...place,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new Error('aborted'))
        const stop = () => sleepers.delete(sleeper) && reject(new Error('aborted'))
        const wake = () => {
          signal.removeEventListener('abort', stop)
          resolve()
        }
        const sleeper = { untilMs: place.now().getTime() + ms, wake }
        sleepers.add(sleeper)
        signal.addEventListener('abort', stop)
      }),
    async pass(ms) {
      await idle()
      for (let passed = 0; passed < ms; passed += SECOND_MS) {
        place.advance(SECOND_MS)
        const sleeping = sleepers.size
        for (const sleeper of sleepers)
          if (sleeper.untilMs <= place.now().getTime() && sleepers.delete(sleeper)) sleeper.wake()
        if (sleepers.size < sleeping) await idle() // whether a process lives is asked of the system
      }
    },
  }
}

let place: Waking
let told: ConnectorHolder[]
beforeEach(() => {
  place = makeWaking()
  told = []
})

const effectsOf = (pid: number, more: Partial<ConnectorLeaseEffects> = {}): ConnectorLeaseEffects => ({
  ...place.effects,
  ...elsewhere(pid),
  sleep: place.sleep,
  waiting: holder => told.push(holder),
  ...more,
})

const options = (more: object = {}) =>
  ({ connectorGuid: 'guid', connector: 'photos', what: 'import', jobId: null, wait: true, ...more }) as const

/** Something under a lease that goes on until it is told to end, or the lease is lost. */
function begin(pid: number, more: Partial<ConnectorLeaseEffects> = {}, which: object = {}) {
  let end: (how?: Error) => void = () => {}
  const work = { isBegun: false, lost: undefined as unknown, end: (how?: Error) => end(how), over: Promise.resolve() }
  work.over = withConnectorLease(options(which), effectsOf(pid, more), lost => {
    work.isBegun = true
    return new Promise<void>((resolve, reject) => {
      end = how => (how ? reject(how) : resolve())
      lost.addEventListener('abort', () => {
        work.lost = lost.reason
        resolve()
      })
    })
  })
  work.over.catch(() => {})
  return work
}

describe('who has a connector', () => {
  test.each([
    ['ends well', undefined],
    ['fails', new Error('no report')],
  ])('has it until its work %s', async (_, how) => {
    const first = begin(1)
    await place.pass(0)
    await expect(withConnectorLease(options({ wait: false }), effectsOf(2), async () => {})).rejects.toThrow(
      'photos: expected one import or scan at a time, got an import on host-1 since 2026-01-20T01:00:00.000Z',
    )
    first.end(how)
    if (how) await expect(first.over).rejects.toThrow(how)
    else await first.over
    expect(await withConnectorLease(options({ wait: false }), effectsOf(2), async () => 'mine')).toBe('mine')
  })

  test('is told to who cannot wait', async () => {
    begin(1, {}, { what: 'scan', jobId: 'job_1' })
    await place.pass(0)
    const busy = await withConnectorLease(options({ wait: false }), effectsOf(2), async () => {}).catch(error => error)
    expect(busy).toBeInstanceOf(ConnectorBusyError)
    expect(busy.holder).toMatchObject({ what: 'scan', job_id: 'job_1', host: 'host-1', since: place.now() })
    expect(told).toEqual([])
  })

  test('is told once to who waits, who begins soon after', async () => {
    const first = begin(1)
    await place.pass(0)
    const second = begin(2)
    await place.pass(20 * MINUTE_MS)
    expect(second.isBegun).toBe(false)
    expect(told).toHaveLength(1)
    first.end()
    await place.pass(5 * SECOND_MS)
    expect(second.isBegun).toBe(true)
    expect(first.lost).toBeUndefined()
  })

  test('does not hinder others', async () => {
    begin(1)
    await place.pass(0)
    const other = options({ connectorGuid: 'other', wait: false })
    expect(await withConnectorLease(other, effectsOf(2), async () => 'mine')).toBe('mine')
  })

  test('leaves a few objects, however long it has it', async () => {
    begin(1)
    await place.pass(60 * MINUTE_MS)
    expect((await keysOf(place.store)).length).toBeLessThan(10)
  })

  test.each(['waits', 'works'])('gives way to a signal while it %s', async doing => {
    const interrupted = new AbortController()
    if (doing === 'waits') begin(1)
    await place.pass(0)
    const work = begin(2, { signal: interrupted.signal })
    await place.pass(5 * SECOND_MS)
    interrupted.abort(new Error('interrupted'))
    if (doing === 'works') work.end(new Error('interrupted'))
    await expect(work.over).rejects.toThrow('interrupted')
    if (doing === 'waits') return
    expect(await withConnectorLease(options({ wait: false }), effectsOf(3), async () => 'free')).toBe('free')
  })
})

describe('who is gone', () => {
  const unreachable = (isDown: () => boolean): ObjectStore =>
    altered(place.store, {
      async *list(prefix) {
        if (isDown()) throw new Error('no network')
        yield* place.store.list(prefix)
      },
    })

  test('is followed at once if it is certain', async () => {
    const dead = begin(1, { runner: await deadProcess() })
    await place.pass(0)
    expect(dead.isBegun).toBe(true)
    expect(await withConnectorLease(options({ wait: false }), effectsOf(2), async () => 'mine')).toBe('mine')
  })

  test('is not followed while it lives', async () => {
    begin(1, { runner: await describeProcess(process.pid) })
    await place.pass(5 * MINUTE_MS)
    await expect(withConnectorLease(options({ wait: false }), effectsOf(2), async () => {})).rejects.toThrow(
      ConnectorBusyError,
    )
  })

  test('and may live is followed after a minute, and learns that it lost', async () => {
    let isDown = false
    const first = begin(1, { store: unreachable(() => isDown) })
    await place.pass(0)
    isDown = true
    const second = begin(2)
    await place.pass(59 * SECOND_MS)
    expect([first.lost, second.isBegun]).toEqual([undefined, false])
    await place.pass(12 * SECOND_MS)
    expect(first.lost).toBeInstanceOf(ConnectorLostError)
    expect(second.isBegun).toBe(true)
  })

  test('gets no answer at all, and knows in time that it may have lost', async () => {
    let isDown = false
    const hanging = altered(place.store, {
      async *list(prefix) {
        if (isDown) await new Promise(() => {})
        yield* place.store.list(prefix)
      },
    })
    const first = begin(1, { store: hanging })
    await place.pass(0)
    isDown = true
    const second = begin(2)
    await place.pass(58 * SECOND_MS)
    expect([first.lost, second.isBegun]).toEqual([undefined, false])
    await place.pass(4 * SECOND_MS)
    await place.pass(0)
    expect(first.lost).toBeInstanceOf(ConnectorLostError)
    expect(second.isBegun).toBe(true)
  })

  test.each([
    ['dead', true],
    ['alive', false],
  ])('and whose clock was hours ahead is followed after a minute if it is %s', async (_, isDead) => {
    const ahead = () => new Date(place.now().getTime() + 5 * 60 * MINUTE_MS)
    const sleep: typeof place.sleep = (ms, signal) => (isDead ? new Promise(() => {}) : place.sleep(ms, signal))
    begin(1, { now: ahead, sleep })
    await place.pass(0)
    const second = begin(2)
    await place.pass(60 * SECOND_MS)
    expect(second.isBegun).toBe(false)
    await place.pass(5 * MINUTE_MS)
    await place.pass(0)
    expect(second.isBegun).toBe(isDead)
  })

  test('was only suspended, and learns that another has it', async () => {
    let isSuspended = false
    const sleep: typeof place.sleep = (ms, signal) =>
      isSuspended ? place.sleep(10 * MINUTE_MS, signal) : place.sleep(ms, signal)
    isSuspended = true
    const first = begin(1, { sleep })
    await place.pass(0)
    const second = begin(2)
    await place.pass(2 * MINUTE_MS)
    await place.pass(0)
    expect([first.lost, second.isBegun]).toEqual([undefined, true])
    await place.pass(9 * MINUTE_MS)
    expect(first.lost).toBeInstanceOf(ConnectorLostError)
    expect(second.lost).toBeUndefined()
  })

  test('for a moment only goes on', async () => {
    let isDown = false
    const first = begin(1, { store: unreachable(() => isDown) })
    await place.pass(0)
    isDown = true
    await place.pass(40 * SECOND_MS)
    isDown = false
    await place.pass(10 * MINUTE_MS)
    expect(first.lost).toBeUndefined()
  })
})

test('of ten who want a connector one has it at a time, and each has had it', async () => {
  let [having, most, had] = [0, 0, 0]
  const wanting = Array.from({ length: 10 }, (_, pid) =>
    withConnectorLease(options(), effectsOf(pid, { random: Math.random }), async () => {
      most = Math.max(most, ++having)
      await place.sleep(3 * SECOND_MS, new AbortController().signal)
      having--
      had++
    }),
  )
  await place.pass(5 * MINUTE_MS)
  await Promise.all(wanting)
  expect([having, most, had]).toEqual([0, 1, 10])
})
