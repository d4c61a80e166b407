import { beforeEach, describe, expect, test } from 'vitest'
import { cancelClaim, claimJob, failClaim, handBackClaim, renewClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import {
  cancelJob,
  enqueueJob,
  findJob,
  JobNotFoundError,
  listEndedJobs,
  listOpenJobs,
  makeJobId,
  pruneJobs,
} from '../../src/jobs/jobQueue.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import {
  altered,
  DAY_MS,
  deadProcess,
  elsewhere,
  gather,
  HOUR_MS,
  keysOf,
  MINUTE_MS,
  makePlace,
  orderAt,
  type QueuePlace,
  SECOND_MS,
} from './queuePlace.js'

const ID = 'job_019bd8e5b2807000800000000000abcd'

let place: QueuePlace
beforeEach(() => {
  place = makePlace()
})

const enqueue = (inMs = 0, more: Parameters<typeof orderAt>[1] = {}) =>
  enqueueJob(orderAt(new Date(place.now().getTime() + inMs), more), place.effects)

const claim = (pid = 1, more: object = {}) => claimJob({ ...elsewhere(pid), ...more }, place.effects)

async function claimed(pid = 1, more: object = {}) {
  const made = await claim(pid, more)
  if (!made) throw new Error('nothing was claimed')
  return made
}

const ERROR = { message: 'no answer', exit_code: 1 }

test('ids sort by when they were made', () => {
  const bytes = (fill: number) => new Uint8Array(10).fill(fill)
  const ids = [
    makeJobId(new Date(1), bytes(255)),
    makeJobId(new Date(2), bytes(0)),
    makeJobId(new Date(1e12), bytes(0)),
  ]
  expect(ids[0]).toBe('job_0000000000017fffbfffffffffffffff')
  expect([...ids].sort()).toEqual(ids)
})

describe('a job', () => {
  test('waits where its name says when it is due, and is put away when it has ended', async () => {
    const job = await enqueue(0, { job_id: ID })
    expect(job).toMatchObject({ job_id: ID, state: 'queued', attempts: 0, max_attempts: 3, lease: null, chain: null })
    expect(await keysOf(place.store)).toEqual([`state/jobs/open/20260120T010000.000Z-${ID}/1.json`])

    const mine = await claimed()
    expect(mine.job).toMatchObject({
      state: 'running',
      attempts: 1,
      started_at: place.now(),
      lease: { host: 'host-1' },
    })
    expect(await findJob(place.store, ID)).toEqual(mine.job)
    expect(await claim(2)).toBeUndefined()

    place.advance(90 * SECOND_MS)
    const ended = await succeedClaim(mine, { object_count: 7 }, place.effects)
    expect(ended).toMatchObject({
      state: 'succeeded',
      result: { object_count: 7 },
      ended_at: place.now(),
      progress: null,
    })
    expect(await keysOf(place.store)).toEqual([`state/jobs/done/${ID}.json`])
    expect(await findJob(place.store, ID)).toEqual(ended)
    expect(await claim()).toBeUndefined()
  })

  test('of an id is there once, whoever asks for it and however often', async () => {
    const asked = await Promise.all([1, 2, 3].map(() => enqueue(0, { job_id: ID })))
    expect(new Set(asked.map(({ created_at }) => created_at.getTime())).size).toBe(1)
    expect(await gather(listOpenJobs(place.store))).toHaveLength(1)
    await succeedClaim(await claimed(), {}, place.effects)
    expect(await enqueue(0, { job_id: ID })).toMatchObject({ state: 'succeeded' })
    expect(await enqueue(HOUR_MS, { job_id: ID })).toMatchObject({ state: 'succeeded' })
    expect(await gather(listOpenJobs(place.store))).toEqual([])
  })

  test('that is due later is not claimed before', async () => {
    expect((await enqueue(HOUR_MS)).state).toBe('scheduled')
    place.advance(HOUR_MS - 1)
    expect(await claim()).toBeUndefined()
    place.advance(1)
    expect((await claimed()).job.state).toBe('running')
  })

  test('is not found where there is none', async () => {
    expect(await findJob(place.store, ID)).toBeUndefined()
    await expect(cancelJob(ID, 'jo', place.effects)).rejects.toThrow(JobNotFoundError)
  })
})

describe('of several', () => {
  test('the earliest goes first; ids, types and what later versions wrote are passed over', async () => {
    const [late, early, scan] = [await enqueue(-1), await enqueue(-HOUR_MS), await enqueue(-2, { type: 'scan' })]
    await place.store.put(
      'state/jobs/open/20200120T010000.000Z-job_00000000000000000000000000000000/1.json',
      Buffer.from(JSON.stringify({ format_version: 2, commit: crypto.randomUUID(), value: {} })),
    )
    await place.store.put('state/jobs/open/notes/1.json', Buffer.from('?'))
    expect((await claimed(1, { types: ['scan'] })).job.job_id).toBe(scan.job_id)
    expect((await claimed(1, { skip: new Set([early.job_id]) })).job.job_id).toBe(late.job_id)
    expect((await claimed()).job.job_id).toBe(early.job_id)
    expect(await claim()).toBeUndefined()
  })

  test('lists have the open ones by due, and the ended ones by their end, the last first', async () => {
    const jobs = [await enqueue(5), await enqueue(3), await enqueue(4)]
    expect((await gather(listOpenJobs(place.store))).map(({ job_id }) => job_id)).toEqual(
      [jobs[1], jobs[2], jobs[0]].map(job => job?.job_id),
    )
    for (const job of jobs) {
      place.advance(SECOND_MS)
      await cancelJob(job.job_id, 'jo', place.effects)
    }
    expect((await gather(listEndedJobs(place.store))).map(({ job_id }) => job_id)).toEqual(
      jobs.map(({ job_id }) => job_id).reverse(),
    )
    expect(await gather(listOpenJobs(place.store))).toEqual([])
  })

  test('agents that race each get one, and none gets one twice', async () => {
    for (let i = 0; i < 40; i++) await enqueue(-i)
    const effects = { ...place.effects, random: Math.random }
    const got = await Promise.all(Array.from({ length: 40 }, (_, pid) => claimJob(elsewhere(pid), effects)))
    expect(new Set(got.map(each => each?.job.job_id)).size).toBe(40)
  })

  test('a claim reads a few of them, however many there are', async () => {
    for (let i = 0; i < 500; i++) await enqueue(-1)
    let [reads, listed] = [0, 0]
    const store = altered(place.store, {
      read: key => {
        reads++
        return place.store.read(key)
      },
      list: async function* (prefix) {
        for await (const object of place.store.list(prefix)) {
          listed++
          yield object
        }
      },
    })
    for (let i = 0; i < 10; i++) await claimJob(elsewhere(i), { ...place.effects, store })
    expect(reads).toBeLessThan(10 * 12)
    expect(listed).toBeLessThan(10 * 50)
  })
})

describe('a lease', () => {
  test('holds for a minute, and as long as it is renewed', async () => {
    await enqueue()
    const mine = await claimed()
    for (let i = 0; i < 20; i++) {
      place.advance(59 * SECOND_MS)
      const progress = { phase: 'read', done: i, total: 20, rate: null, unit: 'files', at: place.now() }
      expect(await renewClaim(mine, { progress }, place.effects)).toMatchObject({ progress, state: 'running' })
      expect(await claim(2)).toBeUndefined()
    }
    expect((await keysOf(place.store)).length).toBeLessThan(5) // renewals don't pile up
  })

  test('that ran out is taken over, which is an attempt; who had it can do nothing more', async () => {
    await enqueue()
    const first = await claimed(1)
    place.advance(MINUTE_MS)
    const second = await claimed(2)
    expect(second.job).toMatchObject({ attempts: 2, lease: { host: 'host-2' } })
    expect(await renewClaim(first, {}, place.effects)).toBeUndefined()
    expect(await succeedClaim(first, { of: 1 }, place.effects)).toBeUndefined()
    expect(await failClaim(first, ERROR, place.effects)).toBeUndefined()
    expect(await cancelClaim(first, place.effects)).toBeUndefined()
    expect(await handBackClaim(first, place.effects)).toBeUndefined()
    expect(await succeedClaim(second, { of: 2 }, place.effects)).toMatchObject({ result: { of: 2 } })
    expect(await succeedClaim(first, { of: 1 }, place.effects)).toBeUndefined()
  })

  test('that ran out and that nobody took is its owner’s still', async () => {
    await enqueue()
    const mine = await claimed()
    place.advance(HOUR_MS)
    expect(await renewClaim(mine, {}, place.effects)).toMatchObject({ state: 'running', attempts: 1 })
    expect(await claim(2)).toBeUndefined()
  })

  test('runs out as often as a job may be begun', async () => {
    const { job_id } = await enqueue()
    for (let i = 0; i < 3; i++) {
      await claimed(i)
      place.advance(MINUTE_MS)
    }
    expect(await claim()).toBeUndefined()
    expect(await findJob(place.store, job_id)).toMatchObject({
      state: 'failed',
      attempts: 3,
      error: { message: 'its process died or could not reach the lake, 3 times', exit_code: 1 },
    })
    expect(await keysOf(place.store)).toEqual([`state/jobs/done/${job_id}.json`])
  })

  test.each([
    ['both alive', false, false, false],
    ['the agent dead, its worker alive', true, false, false],
    ['both dead', true, true, true],
  ])('of processes of this machine, %s', async (_, isRunnerDead, isWorkerDead, isFree) => {
    const [alive, dead] = [await describeProcess(process.pid), await deadProcess()]
    await enqueue()
    const mine = await claimed(1, { runner: isRunnerDead ? dead : alive })
    await renewClaim(mine, { worker: isWorkerDead ? dead : alive }, place.effects)
    expect((await claim(2)) !== undefined).toBe(isFree)
  })

  test('that a wrong clock made is not believed for more than a day', async () => {
    await enqueue()
    await claimJob(elsewhere(1), { ...place.effects, now: () => new Date(place.now().getTime() + 400 * DAY_MS) })
    expect(await claimed(2)).toMatchObject({ job: { attempts: 2 } })
  })
})

describe('an attempt that failed', () => {
  test.each([
    ['no answer', 1, 'scheduled'],
    ['killed', 137, 'scheduled'],
    ['a wrong setting', 2, 'failed'],
    ['no report', 3, 'failed'],
    ['a report that cannot be trusted', 4, 'failed'],
  ])('by %s, exit code %i: %s', async (message, exit_code, state) => {
    await enqueue()
    const error = { message, exit_code }
    expect(await failClaim(await claimed(), error, place.effects)).toMatchObject({ state, error, attempts: 1 })
  })

  test.each([
    ['early', 0, [48, 240]],
    ['in the middle', 0.5, [60, 300]],
    ['late', 0.999_999, [72, 360]],
  ])('is tried again after 1 and 5 minutes, by chance %s', async (_, chance, seconds) => {
    await enqueue()
    for (const wait of seconds) {
      await failClaim(await claimed(), ERROR, { ...place.effects, random: () => chance })
      place.advance(wait * SECOND_MS - 2)
      expect(await claim()).toBeUndefined()
      place.advance(2)
    }
    expect(await failClaim(await claimed(), ERROR, place.effects)).toMatchObject({ state: 'failed', attempts: 3 })
  })

  test('that was handed back is none', async () => {
    await enqueue()
    for (let i = 0; i < 5; i++)
      expect(await handBackClaim(await claimed(), place.effects)).toMatchObject({ state: 'queued', attempts: 0 })
    const later = new Date(place.now().getTime() + MINUTE_MS)
    expect(await handBackClaim(await claimed(), place.effects, later)).toMatchObject({ state: 'scheduled' })
    expect(await claim()).toBeUndefined()
    place.advance(MINUTE_MS)
    expect((await claimed()).job).toMatchObject({ attempts: 1, not_before: null })
  })
})

describe('cancelling', () => {
  test('ends a job that waits at once, and stays with the first who asked', async () => {
    const { job_id } = await enqueue(HOUR_MS)
    const cancelled = await cancelJob(job_id, 'jo', place.effects)
    expect(cancelled).toMatchObject({ state: 'cancelled', cancel: { by: 'jo', at: place.now() }, attempts: 0 })
    place.advance(DAY_MS)
    expect(await cancelJob(job_id, 'someone else', place.effects)).toEqual(cancelled)
    expect(await claim()).toBeUndefined()
  })

  test('is told to who runs the job', async () => {
    const { job_id } = await enqueue()
    const mine = await claimed()
    expect(await cancelJob(job_id, 'jo', place.effects)).toMatchObject({ state: 'running', cancel: { by: 'jo' } })
    expect(await renewClaim(mine, {}, place.effects)).toMatchObject({ cancel: { by: 'jo' } })
    expect(await cancelClaim(mine, place.effects)).toMatchObject({ state: 'cancelled', cancel: { by: 'jo' } })
  })

  test.each([
    ['succeeds before it is heard of', succeeds, 'succeeded'],
    ['fails', fails, 'cancelled'],
    ['is handed back', handsBack, 'cancelled'],
    ['is never heard of again', isSilent, 'cancelled'],
  ])('of a job that %s', async (_, end, state) => {
    const { job_id } = await enqueue()
    const mine = await claimed()
    await cancelJob(job_id, 'jo', place.effects)
    await end(mine)
    expect((await findJob(place.store, job_id))?.state).toBe(state)
  })

  test('of a job whose agent was never heard of again ends it at once', async () => {
    const { job_id } = await enqueue()
    await claimed()
    place.advance(MINUTE_MS)
    expect(await cancelJob(job_id, 'jo', place.effects)).toMatchObject({ state: 'cancelled' })
  })
})

type Mine = Awaited<ReturnType<typeof claimed>>
const succeeds = (mine: Mine) => succeedClaim(mine, {}, place.effects)
const fails = (mine: Mine) => failClaim(mine, ERROR, place.effects)
const handsBack = (mine: Mine) => handBackClaim(mine, place.effects)
const isSilent = async () => {
  place.advance(MINUTE_MS)
  expect(await claim()).toBeUndefined()
}

describe('what comes too late', () => {
  /** A job that has ended, and the numbers that it had before. */
  async function endedWith(): Promise<{ id: string; mine: Mine; numbers: Map<string, Uint8Array> }> {
    const { job_id: id } = await enqueue(0, { job_id: ID })
    const mine = await claimed()
    const numbers = new Map([...place.store.objects].map(([key, { bytes }]) => [key, bytes]))
    await succeedClaim(mine, { of: 1 }, place.effects)
    return { id, mine, numbers }
  }

  test('a number of a job that has ended is not claimed, but removed', async () => {
    const { id, numbers } = await endedWith()
    for (const [key, bytes] of numbers) {
      await place.store.put(key, bytes)
      place.advance(HOUR_MS)
      expect(await findJob(place.store, id)).toMatchObject({ state: 'succeeded' })
      expect(await claim(2)).toBeUndefined()
      expect(await keysOf(place.store)).toEqual([`state/jobs/done/${id}.json`])
    }
  })

  test('its own number does not let an agent end a job again', async () => {
    const { id, mine, numbers } = await endedWith()
    const [last] = [...numbers].reverse()
    if (last) await place.store.put(...last)
    expect(await renewClaim(mine, {}, place.effects)).toBeUndefined()
    expect(await failClaim(mine, ERROR, place.effects)).toMatchObject({ state: 'succeeded' }) // as it ended it
    expect(await keysOf(place.store)).toEqual([`state/jobs/done/${id}.json`])
  })

  test('an order is not carried out after another has been', async () => {
    let isFirst = true
    const slow = altered(place.store, {
      async putIfAbsent(key, bytes) {
        if (isFirst) {
          isFirst = false
          await endedWith()
        }
        return place.store.putIfAbsent(key, bytes)
      },
    })
    const order = orderAt(place.now(), { job_id: ID })
    expect(await enqueueJob(order, { ...place.effects, store: slow })).toMatchObject({ state: 'succeeded' })
    expect(await keysOf(place.store)).toEqual([`state/jobs/done/${ID}.json`])
  })

  test('an end that others recorded first is told to who made it', async () => {
    await enqueue(0, { job_id: ID })
    const mine = await claimed()
    const slow = altered(place.store, {
      async putIfAbsent(key, bytes) {
        const isCreated = await place.store.putIfAbsent(key, bytes)
        if (key.endsWith('/3.json')) expect(await claim(2)).toBeUndefined() // meets the ended job, and puts it away
        return isCreated
      },
    })
    const ended = await succeedClaim(mine, { of: 1 }, { ...place.effects, store: slow })
    expect(ended).toMatchObject({ state: 'succeeded', result: { of: 1 } })
    expect(await keysOf(place.store)).toEqual([`state/jobs/done/${ID}.json`])
  })
})

describe('jobs that ended long ago', () => {
  test('are removed, but the last ones stay', async () => {
    for (let day = 0; day < 10; day++) {
      await cancelJob((await enqueue()).job_id, 'jo', place.effects)
      place.advance(DAY_MS)
    }
    const prune = (keptDays: number, least: number) => pruneJobs({ keptMs: keptDays * DAY_MS, least }, place.effects)
    expect(await prune(0, 100)).toBe(0)
    expect(await prune(20, 0)).toBe(0)
    expect(await prune(6, 0)).toBe(3)
    place.advance(1000 * DAY_MS) // a clock that jumps removes nothing
    expect(await prune(6, 0)).toBe(0)
    expect(await prune(0, 2)).toBe(5)
    expect(await gather(listEndedJobs(place.store))).toHaveLength(2)
  })

  test('stay for as long as something of them is among the open ones', async () => {
    const { job_id } = await enqueue(-1)
    const left = await place.store.read((await keysOf(place.store))[0] ?? '')
    await cancelJob(job_id, 'jo', place.effects)
    place.advance(DAY_MS)
    await cancelJob((await enqueue()).job_id, 'jo', place.effects)
    const key = `state/jobs/open/20260120T005959.999Z-${job_id}/1.json`
    await place.store.put(key, left)
    const store = altered(place.store, { remove: () => Promise.reject(new Error('access denied')) })
    expect(await pruneJobs({ keptMs: 0, least: 0 }, { ...place.effects, store })).toBe(0)
    expect(await findJob(place.store, job_id)).toMatchObject({ state: 'cancelled' })
    expect(await pruneJobs({ keptMs: 0, least: 0 }, place.effects)).toBe(1)
    expect((await keysOf(place.store)).filter(each => each.includes(job_id))).toEqual([])
  })
})
