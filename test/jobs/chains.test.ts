import { beforeEach, describe, expect, test } from 'vitest'
import { parseConnector } from '../../src/config/connector.js'
import type { Chain, ChainSpec } from '../../src/jobs/chain.js'
import { findChain, listChains, syncChain, syncChains } from '../../src/jobs/chains.js'
import type { Job } from '../../src/jobs/job.js'
import { claimJob, failClaim, handBackClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { cancelJob, enqueueJob, listEndedJobs, listOpenJobs, type QueueEffects } from '../../src/jobs/jobQueue.js'
import { importChainName, wantedChains } from '../../src/jobs/wantedChains.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { FailingStore } from '../iceberg/storeFakes.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 20)
const NAME = 'import-con_1'

const AGENT = { runner: { pid: 1, space: null, began: null }, host: 'here' }

/** A lake whose clock stands still until it is moved. */
class World implements QueueEffects {
  readonly store: ObjectStore
  readonly signal = new AbortController().signal
  ms = START
  #asked = 0

  constructor(store: ObjectStore = new MemoryStore()) {
    this.store = store
  }
  now = (): Date => new Date(this.ms)
  sleep = async (): Promise<void> => {}
  /** Never the same twice, so that ids differ. */
  random = (): number => {
    this.#asked++
    return (this.#asked * 0.61803398875) % 1
  }

  /** Does the job that is due. @returns whether there was one */
  async work(end: 'succeed' | 'fail' | 'hand back' = 'succeed'): Promise<boolean> {
    const claim = await claimJob(AGENT, this)
    if (!claim) return false
    if (end === 'succeed') await succeedClaim(claim, { snapshot: '2026-01-20T01-00Z' }, this)
    else if (end === 'fail') await failClaim(claim, { message: 'refused', exit_code: 4 }, this)
    else await handBackClaim(claim, this)
    return true
  }
}

const spec = (given: Partial<ChainSpec> = {}): ChainSpec => ({
  ...{ name: NAME, type: 'import', connector: 'photos', params: {} },
  ...{ schedule: { kind: 'every', every_ms: DAY }, isEnabled: true },
  ...given,
})
const WEEKLY = { schedule: { kind: 'every', every_ms: 7 * DAY } } as const

const hours = (time: Date | null | undefined): number | undefined =>
  time ? (time.getTime() - START) / HOUR : undefined

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

/** `link state` of each job of chains, by link; `due` in hours for those that wait. */
async function links(world: World): Promise<string[]> {
  const jobs = [...(await collect(listEndedJobs(world.store))), ...(await collect(listOpenJobs(world.store)))]
  const text = ({ chain, state, due, ended_at }: Job) => `${chain?.link} ${ended_at ? state : `due in ${hours(due)} h`}`
  return jobs
    .filter(({ chain }) => chain !== null)
    .sort((a, b) => (a.chain?.link ?? 0) - (b.chain?.link ?? 0))
    .map(text)
}

let world: World
beforeEach(() => {
  world = new World()
})

describe('a chain', () => {
  test('begins at once, and goes on when a link ends', async () => {
    await syncChain(spec(), world)
    expect(await links(world)).toEqual(['1 due in 0 h'])
    world.ms += HOUR
    expect(await world.work()).toBe(true)
    const chain = await syncChain(spec(), world)
    expect(await links(world)).toEqual(['1 succeeded', '2 due in 25 h'])
    expect(chain).toMatchObject({
      link: 2,
      failures: 0,
      last: { link: 1, state: 'succeeded', snapshot: '2026-01-20T01-00Z' },
    })
    expect(await world.work()).toBe(false)
  })

  test('stays as it is however often it is looked at', async () => {
    await syncChain(spec(), world)
    await world.work()
    await syncChain(spec(), world)
    const objects = [...(world.store as MemoryStore).objects.keys()]
    for (let i = 0; i < 5; i++) await Promise.all([syncChain(spec(), world), syncChain(spec(), world)])
    expect([...(world.store as MemoryStore).objects.keys()]).toEqual(objects)
  })

  test('goes on after a failure, sooner', async () => {
    await syncChain(spec(), world)
    await world.work('fail')
    expect(await syncChain(spec(), world)).toMatchObject({ failures: 1, last: { error: { exit_code: 4 } } })
    expect(await links(world)).toEqual(['1 failed', '2 due in 0.25 h'])
  })

  test('that slept past its time runs once', async () => {
    await syncChain(spec(), world)
    await world.work()
    await syncChain(spec(), world)
    world.ms += 30 * DAY
    await syncChain(spec(), world)
    while (await world.work()) await syncChain(spec(), world)
    expect(await links(world)).toEqual(['1 succeeded', '2 succeeded', `3 due in ${31 * 24} h`])
  })

  test('has no link more when it is disabled, and begins anew when it is enabled', async () => {
    await syncChain(spec(), world)
    expect(await syncChain(spec({ isEnabled: false }), world)).toMatchObject({
      is_enabled: false,
      job_id: null,
      due: null,
    })
    expect(await links(world)).toEqual(['1 cancelled'])
    await syncChain(spec({ isEnabled: false }), world)
    world.ms += HOUR
    await syncChain(spec(), world)
    expect(await links(world)).toEqual(['1 cancelled', '2 due in 1 h'])
  })

  test('lets a link that runs end when it is disabled', async () => {
    await syncChain(spec(), world)
    const claim = await claimJob(AGENT, world)
    await syncChain(spec({ isEnabled: false }), world)
    if (claim) await succeedClaim(claim, {}, world)
    expect(await syncChain(spec({ isEnabled: false }), world)).toMatchObject({
      last: { state: 'succeeded' },
      job_id: null,
    })
    expect(await links(world)).toEqual(['1 succeeded'])
  })

  test('takes back a link that was handed back while it was disabled', async () => {
    await syncChain(spec(), world)
    const claim = await claimJob(AGENT, world)
    await syncChain(spec({ isEnabled: false }), world)
    if (claim) await handBackClaim(claim, world)
    await syncChain(spec({ isEnabled: false }), world)
    expect(await links(world)).toEqual(['1 cancelled'])
  })

  test('follows its schedule when that is another, counted from its last link', async () => {
    await syncChain(spec(), world)
    await world.work()
    await syncChain(spec(), world)
    world.ms += HOUR
    expect(await syncChain(spec(WEEKLY), world)).toMatchObject({ last: { link: 1, state: 'succeeded' } })
    expect(await links(world)).toEqual(['1 succeeded', '2 cancelled', '3 due in 168 h'])
  })

  test('is brought forward', async () => {
    await syncChain(spec(), world)
    await world.work()
    await syncChain(spec(), world)
    world.ms += HOUR
    await syncChain(spec({ isWantedNow: true }), world)
    expect(await links(world)).toEqual(['1 succeeded', '2 cancelled', '3 due in 1 h'])
  })

  test('leaves out a link that a person cancelled', async () => {
    const chain = await syncChain(spec(), world)
    await cancelJob(chain?.job_id ?? '', 'ann', world)
    await syncChain(spec(), world)
    expect(await links(world)).toEqual(['1 cancelled', '2 due in 24 h'])
  })

  test('is not touched by what a person imports', async () => {
    await syncChain(spec(), world)
    await world.work()
    const before = await syncChain(spec(), world)
    const order = { type: 'import', connector: 'photos', params: {}, due: world.now(), created_by: 'ann' } as const
    await enqueueJob(order, world)
    expect(await world.work()).toBe(true)
    expect(await syncChain(spec(), world)).toEqual(before)
  })

  test.each([
    ['ahead', 400 * DAY],
    ['back', -400 * DAY],
  ])('goes on when the clock is set %s', async (_, byMs) => {
    await syncChain(spec(), world)
    await world.work()
    await syncChain(spec(), world)
    world.ms += byMs
    const runs = async (): Promise<number> => {
      let count = 0
      for (let tick = 0; tick < 48; tick++) {
        await syncChain(spec(), world)
        if (await world.work()) count++
        world.ms += HOUR
      }
      return count
    }
    expect(await runs()).toBe(byMs > 0 ? 2 : 1) // at once; or a day from when the clock was seen to be back
    expect(await runs()).toBe(2)
  })
})

describe('all chains', () => {
  const connector = (name: string, schedule: string, more = {}) =>
    parseConnector(name, { source_bucket: 'a-bucket', schedule, ...more }, '/')
  const connectors = [
    connector('photos', 'daily'),
    connector('logs', 'manual'),
    connector('market', 'inventory'),
    connector('backup', 'inventory', { scan_mode: 'full' }),
  ]
  const wanted = (isEnabled = true) => wantedChains({ connectors, reconcile: { isEnabled, intervalMs: HOUR } })
  const shown = ({ name, type, connector, schedule, is_enabled }: Chain) =>
    [name, type, connector, schedule.kind === 'every' ? schedule.every_ms / HOUR : 'reports', is_enabled].join(' ')

  test('are those of connectors with a schedule, reconcile and maintain', async () => {
    const chains = await syncChains(wanted(), world)
    expect(chains.map(shown).sort()).toEqual(
      [
        `${importChainName(connectors[0] as never)} import photos 24 true`,
        `${importChainName(connectors[2] as never)} import market reports true`,
        `${importChainName(connectors[3] as never)} scan backup 24 true`,
        'reconcile reconcile  1 true',
        'maintain maintain  24 true',
      ].sort(),
    )
    const jobs = await collect(listOpenJobs(world.store))
    expect(jobs.map(({ type, params }) => [type, params]).sort()).toEqual([
      ['import', {}],
      ['import', {}],
      ['maintain', {}],
      ['reconcile', { run_tasks: true }],
      ['scan', {}],
    ])
    expect(await listChains(world.store)).toEqual(chains)
  })

  test('publish where that is wanted, which ends with the setting', async () => {
    const reconcile = { isEnabled: false, intervalMs: HOUR }
    const published = wantedChains({ connectors: [], reconcile, publish: { intervalMs: 2 * HOUR } })
    expect((await syncChains(published, world)).map(shown)).toContain('publish publish  2 true')
    const chains = await syncChains(wantedChains({ connectors: [], reconcile }), world)
    expect(chains.map(shown)).toContain('publish publish  2 false')
    expect((await collect(listOpenJobs(world.store))).map(({ type }) => type)).toEqual(['maintain'])
  })

  test('end with their connectors, and with daemon.reconcile', async () => {
    await syncChains(wanted(), world)
    await syncChains(wanted(false).slice(1), world)
    const chains = await syncChains(wanted(false).slice(1), world)
    expect(
      chains
        .filter(({ is_enabled }) => is_enabled)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['import', 'maintain', 'scan'])
    const ended = await collect(listEndedJobs(world.store))
    expect(ended.map(({ type, state }) => `${type} ${state}`).sort()).toEqual([
      'import cancelled',
      'reconcile cancelled',
    ])
  })
})

describe('a crash', () => {
  /** All that happens to a chain; each step is tried again, by another process, until it has worked. */
  async function live(world: World): Promise<string[]> {
    const survive = async (step: () => Promise<unknown>): Promise<void> => {
      for (;;)
        try {
          await step()
          return
        } catch {
          // the process is dead; the next one comes
        }
    }
    const sync = (given: Partial<ChainSpec> = {}) => survive(() => syncChains([spec(given)], world))
    await sync()
    await survive(() => world.work())
    world.ms += 2 * HOUR // of a worker that died the lease is over
    await survive(() => world.work())
    await sync()
    await sync(WEEKLY)
    await survive(() => syncChains([], world))
    await sync({ isWantedNow: true })
    // What has ended and wasn't put away is, when an agent comes by its time.
    const { now } = world
    await claimJob({ ...AGENT, types: [] }, { ...world, now: () => new Date(now().getTime() + 30 * DAY) })
    return links(world)
  }
  const expected = ['1 succeeded', '2 cancelled', '3 cancelled', '4 due in 2 h']

  test('nowhere: the writes that there are', async () => {
    const store = new FailingStore(new MemoryStore(), Number.POSITIVE_INFINITY, 'before')
    expect(await live(new World(store))).toEqual(expected)
    expect(store.writes).toBeGreaterThan(20)
    expect(store.writes).toBeLessThan(80)
  })

  test.each(['before', 'after'] as const)('%s any write neither breaks nor doubles a chain', async when => {
    for (let failAt = 1; failAt < 80; failAt++) {
      const world = new World(new FailingStore(new MemoryStore(), failAt, when))
      expect([failAt, await live(world)]).toEqual([failAt, expected])
      const chain = await findChain(world.store, NAME)
      expect(chain).toMatchObject({ link: 4, last: { link: 1, state: 'succeeded' }, failures: 0 })
      const [job, ...others] = await collect(listOpenJobs(world.store))
      expect([job?.job_id, others]).toEqual([chain?.job_id, []])
    }
  })

  test('of one process while others go on is as if it had not been', async () => {
    for (let failAt = 1; failAt < 12; failAt++) {
      const shared = new MemoryStore()
      const [one, two, three] = [0, 0, 0].map(() => new World(shared)) as [World, World, World]
      const dying = new FailingStore(shared, failAt, 'after')
      Object.assign(dying, { objects: shared.objects })
      await Promise.allSettled([
        syncChains([spec()], new World(dying)),
        ...[one, two, three].map(world => syncChains([spec()], world)),
      ])
      await syncChains([spec()], one)
      expect(await links(one)).toEqual(['1 due in 0 h'])
    }
  })
})
