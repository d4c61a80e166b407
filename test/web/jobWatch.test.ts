import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { Job } from '../../src/jobs/job.js'
import { claimJob, renewClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { cancelJob, enqueueJob } from '../../src/jobs/jobQueue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { StoredObject } from '../../src/lake/objectStore.js'
import { createJobLook } from '../../src/web/jobLook.js'
import { createJobWatch } from '../../src/web/jobWatch.js'
import { elsewhere, makePlace, orderAt, type QueuePlace } from '../jobs/queuePlace.js'

const states = (jobs: readonly Job[]): string[] => jobs.map(({ connector, state }) => `${connector} ${state}`)
const order = (place: QueuePlace, connector: string) => enqueueJob(orderAt(place.now(), { connector }), place.effects)

async function claimFrom(place: QueuePlace) {
  const claim = await claimJob(elsewhere(1), place.effects)
  if (!claim) throw new Error('no job to claim')
  return claim
}

describe('a look', () => {
  test('tells what is open first, and then what has changed', async () => {
    const place = makePlace()
    await order(place, 'before')
    await succeedClaim(await claimFrom(place), {}, place.effects) // ended before anybody looked
    await order(place, 'photos')
    const look = createJobLook(place)
    expect(states(await look.changed())).toEqual(['photos queued'])
    expect(await look.changed()).toEqual([])
    const claim = await claimFrom(place)
    expect(states(await look.changed())).toEqual(['photos running'])
    expect(states(look.open())).toEqual(['photos running'])
    const progress = { phase: 'read', done: 3, total: 10, rate: null, unit: 'rows', at: place.now() }
    await renewClaim(claim, { progress }, place.effects)
    expect((await look.changed()).map(job => job.progress?.done)).toEqual([3])
    await succeedClaim(claim, { snapshot: 'x' }, place.effects)
    expect(states(await look.changed())).toEqual(['photos succeeded'])
    expect(look.open()).toEqual([])
    expect(await look.changed()).toEqual([])
  })

  test('tells of one that began and ended since the last', async () => {
    const place = makePlace()
    const look = createJobLook(place)
    await look.changed()
    await order(place, 'quick')
    await succeedClaim(await claimFrom(place), {}, place.effects)
    expect(states(await look.changed())).toEqual(['quick succeeded'])
    expect(await look.changed()).toEqual([])
  })

  test('tells of one that was made long ago and has ended', async () => {
    const place = makePlace()
    const job = await order(place, 'old')
    const look = createJobLook(place)
    await look.changed()
    place.advance(86_400_000)
    await cancelJob(job.job_id, 'jo', place.effects)
    expect(states(await look.changed())).toEqual(['old cancelled'])
  })

  test('passes over what it cannot read', async () => {
    const place = makePlace()
    const { job_id } = await order(place, 'newer')
    const look = createJobLook(place)
    await look.changed()
    const [folder = ''] = await foldersOf(place.store)
    await place.store.put(`${folder}2.json`, new TextEncoder().encode('{"format_version":9}'))
    await order(place, 'photos')
    expect(states(await look.changed())).toEqual(['photos queued'])
    expect(job_id).not.toBe('')
  })

  test('reads only what has changed', async () => {
    const place = makePlace()
    for (const name of ['a', 'b', 'c']) await order(place, name)
    let reads = 0
    const read = place.store.read.bind(place.store)
    place.store.read = async (...args) => {
      reads++
      return read(...args)
    }
    const look = createJobLook(place)
    await look.changed()
    expect(reads).toBe(3)
    await look.changed()
    expect(reads).toBe(3)
  })
})

async function foldersOf(store: MemoryStore): Promise<string[]> {
  const folders: string[] = []
  for await (const folder of store.listFolders('state/jobs/open/')) folders.push(folder)
  return folders
}

describe('a watch', () => {
  /** A lake that counts its listings, and can be away; time goes by itself, quickly. */
  class CountingStore extends MemoryStore {
    looks = 0
    isAway = false
    override list(prefix: string, after?: string): AsyncIterable<StoredObject> {
      if (prefix === 'state/jobs/open/') this.looks++
      if (this.isAway) throw new Error('the disk is away')
      return super.list(prefix, after)
    }
  }

  function openWatch() {
    const place = makePlace()
    const store = new CountingStore('memory://lake', place.now)
    const told: string[] = []
    const waits: number[] = []
    const stop = new AbortController()
    const watch = createJobWatch({
      store,
      now: place.now,
      signal: stop.signal,
      sleep: (ms, signal) => {
        waits.push(ms)
        return sleep(2, undefined, { signal })
      },
      log: { notice: text => told.push(text), warn: text => told.push(text), detail: () => {} },
    })
    return { watch, stop, told, waits, store, place: { ...place, store, effects: { ...place.effects, store } } }
  }
  const settle = () => sleep(40)
  const soon = (check: () => void) => vi.waitFor(check, { timeout: 60_000 })

  test('looks once for all who listen, and not for nobody', async () => {
    const { watch, store, place } = openWatch()
    await order(place, 'photos')
    await settle()
    expect(store.looks).toBe(0)
    const heard: string[][] = [[], [], []]
    const leave = heard.map(list => watch.listen(job => list.push(job.state)))
    await soon(() => expect(heard).toEqual([['queued'], ['queued'], ['queued']]))
    const late: string[] = []
    const leaveLate = watch.listen(job => late.push(job.state))
    expect(late).toEqual(['queued']) // what is known, at once
    await claimFrom(place)
    await soon(() => expect([...heard, late]).toEqual(Array(4).fill(['queued', 'running'])))
    for (const each of [...leave, leaveLate]) each()
    leaveLate() // once more is nothing
    expect(watch.count).toBe(0)
    await settle()
    const { looks } = store
    await settle()
    expect(store.looks).toBe(looks)
  })

  test('begins anew for whoever comes later', async () => {
    const { watch, place } = openWatch()
    watch.listen(() => {})()
    await settle()
    await order(place, 'photos')
    const heard: string[] = []
    const leave = watch.listen(job => heard.push(job.state))
    await soon(() => expect(heard).toEqual(['queued']))
    leave()
  })

  test('goes on when the lake is back, says so once, and tells what was missed', async () => {
    const { watch, store, place, told, waits } = openWatch()
    const heard: string[] = []
    const leave = watch.listen(job => heard.push(`${job.connector} ${job.state}`))
    await order(place, 'photos')
    await soon(() => expect(heard).toEqual(['photos queued']))
    const claim = await claimFrom(place)
    store.isAway = true
    await soon(() => expect(waits).toContain(4_000))
    store.isAway = false
    await succeedClaim(claim, {}, place.effects)
    await soon(() => expect(heard.at(-1)).toBe('photos succeeded'))
    leave()
    expect(told).toEqual(["jobs can't be watched now: the disk is away", 'jobs can be watched again'])
    expect(waits.slice(0, 1)).toEqual([1_000])
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
  })

  test('a lake that answers slowly is asked once at a time, whoever comes and goes', async () => {
    const { watch, store } = openWatch()
    let answer = (): void => {}
    let asked = 0
    store.list = async function* () {
      asked++
      await new Promise<void>(resolve => {
        answer = resolve
      })
    }
    for (let i = 0; i < 5; i++) {
      const leave = watch.listen(() => {})
      await settle()
      leave()
    }
    expect(asked).toBe(1)
    answer()
  })

  test('ends with the server', async () => {
    const { watch, store, stop } = openWatch()
    watch.listen(() => {})
    await settle()
    stop.abort()
    await settle()
    const { looks } = store
    await settle()
    expect(store.looks).toBe(looks)
  })
})
