import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEnded, type Job, type JobState, jobSchema } from '../../src/jobs/job.js'
import { claimJob, failClaim, handBackClaim, renewClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { doneKey } from '../../src/jobs/jobPlaces.js'
import { cancelJob, enqueueJob, findJob, type QueueEffects } from '../../src/jobs/jobQueue.js'
import { parseDocument } from '../../src/lake/documentFormat.js'
import type { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { altered, DAY_MS, elsewhere, keysOf, MINUTE_MS, makePlace, orderAt, type QueuePlace } from './queuePlace.js'

// Agents, people and the clock at once, in any order of their single requests to the store: an agent may be suspended before
// any of them for as long as it likes, and may be killed there.

const JOBS = 3
const MOST_ATTEMPTS = 4
const idOf = (job: number): string => `job_${String(job).padStart(32, '0')}`
const ERROR = { message: 'no answer', exit_code: 1 }

class KilledError extends Error {}

/** Which states may follow each; `none` is before a job is made. */
const EDGES: Record<JobState | 'none', readonly JobState[]> = {
  none: ['queued', 'scheduled'],
  queued: ['running', 'cancelled'],
  scheduled: ['running', 'cancelled'],
  running: ['running', 'queued', 'scheduled', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
}

/** What was seen of all that was written. */
interface Seen {
  /** Changes that may not follow the ones before them. */
  readonly wrong: string[]
  /** Owners of leases that were written when their job was among the ended already: such a change must not count. */
  readonly late: Set<string>
}

/** Keeps every number that was ever written, and looks whether each may follow the one before. */
function watched(store: MemoryStore, { wrong, late }: Seen): ObjectStore {
  const all = new Map<string, Job>()
  return altered(store, {
    async putIfAbsent(key, bytes) {
      const [, folder, number] = /^(state\/jobs\/open\/[^/]+\/)(\d+)\.json$/.exec(key) ?? []
      if (folder === undefined) return store.putIfAbsent(key, bytes)
      const next = parseDocument(bytes, jobSchema, key)
      const from: JobState | 'none' = all.get(`${folder}${Number(number) - 1}.json`)?.state ?? 'none'
      const isCreated = await store.putIfAbsent(key, bytes)
      if (!isCreated) return false
      if (!EDGES[from].includes(next.state) || next.attempts > MOST_ATTEMPTS)
        wrong.push(`${from} to ${next.state}, attempt ${next.attempts}`)
      if (!all.has(key)) all.set(key, next) // else by who came too late, and takes it away again
      if (next.lease && store.objects.has(doneKey(next.job_id))) late.add(next.lease.owner)
      return true
    },
  })
}

/** A process that stops before one of its requests if it is told to, and whose requests are made when it is their turn. */
function processOf(place: QueuePlace, scheduler: fc.Scheduler, killedAt: number, random: () => number): QueueEffects {
  let requests = 0
  const turn = async (): Promise<void> => {
    if (++requests >= killedAt) throw new KilledError('killed')
    await scheduler.schedule(Promise.resolve(), 'a request')
  }
  const { store } = place.effects
  const slow = altered(store, {
    read: async key => turn().then(() => store.read(key)),
    find: async key => turn().then(() => store.find(key)),
    putIfAbsent: async (key, bytes) => turn().then(() => store.putIfAbsent(key, bytes)),
    remove: async key => turn().then(() => store.remove(key)),
    async *list(prefix) {
      await turn()
      let listed = 0
      for await (const object of store.list(prefix)) {
        if (++listed % 3 === 0) await turn() // a listing is not of one moment
        yield object
      }
    },
    async *listFolders(prefix) {
      await turn()
      yield* store.listFolders(prefix)
    },
  })
  return { ...place.effects, store: slow, random, sleep: turn }
}

/** What agents were told, by job: the attempts whose result counts. */
type Told = Map<string, string[]>

/** What an agent does with its claims, one after the other. */
type Deed = 'succeed' | 'fail' | 'hand back' | 'forget' | 'renew and succeed'

async function runAgent(
  pid: number,
  deeds: readonly Deed[],
  effects: QueueEffects,
  told: Told,
  { late, wrong }: Seen,
): Promise<void> {
  for (const [number, deed] of deeds.entries()) {
    const claim = await claimJob(elsewhere(pid), effects)
    if (!claim) continue
    if (late.delete(claim.owner)) wrong.push('claimed what had ended')
    const attempt = `${pid}.${number}`
    if (deed === 'renew and succeed' && (await renewClaim(claim, {}, effects)) && late.has(claim.owner))
      wrong.push('renewed what had ended')
    if (deed === 'fail') await failClaim(claim, ERROR, effects)
    if (deed === 'hand back') await handBackClaim(claim, effects)
    if (deed === 'forget' || deed === 'fail' || deed === 'hand back') continue
    const job = await succeedClaim(claim, { attempt }, effects)
    if (job) told.set(job.job_id, [...(told.get(job.job_id) ?? []), attempt])
  }
}

const deed: fc.Arbitrary<Deed> = fc.constantFrom(
  'succeed',
  'succeed',
  'renew and succeed',
  'fail',
  'hand back',
  'forget',
)

const scenario = fc.record({
  scheduler: fc.scheduler(),
  agents: fc.array(
    fc.record({
      deeds: fc.array(deed, { minLength: 1, maxLength: 5 }),
      killedAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 60 })),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  cancelled: fc.option(fc.nat({ max: JOBS - 1 })),
  passing: fc.array(fc.constantFrom(1_000, 30_000, MINUTE_MS, 6 * MINUTE_MS), { maxLength: 12 }),
})

test('each job has one effect and none is lost or comes back, in any order of requests', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ scheduler, agents, cancelled, passing }) => {
      const bare = makePlace()
      const seen: Seen = { wrong: [], late: new Set() }
      const place = { ...bare, effects: { ...bare.effects, store: watched(bare.store, seen) } }
      const told: Told = new Map()
      const enqueueAll = async (effects: QueueEffects): Promise<void> => {
        for (let job = 0; job < JOBS; job++) {
          const due = new Date(Date.parse('2026-01-20T01:00:00Z') + job * 1_000)
          await enqueueJob(orderAt(due, { job_id: idOf(job), max_attempts: MOST_ATTEMPTS }), effects)
        }
      }
      await enqueueAll(place.effects)
      const acts = agents.map(({ deeds, killedAt, chance }, pid) =>
        runAgent(
          pid,
          deeds,
          processOf(place, scheduler, killedAt, () => chance),
          told,
          seen,
        ),
      )
      const person = processOf(place, scheduler, Number.POSITIVE_INFINITY, () => 0.5)
      acts.push(enqueueAll(person), enqueueAll(person)) // as a chain does that isn't sure
      if (cancelled !== null) acts.push(cancelJob(idOf(cancelled), 'jo', person).then(() => undefined))
      acts.push(
        (async () => {
          for (const ms of passing) {
            await scheduler.schedule(Promise.resolve(), 'time')
            place.advance(ms)
          }
        })(),
      )
      await scheduler.waitFor(Promise.all(acts.map(act => act.catch(unlessKilled))))
      await drain(place, told)
      expect(seen.wrong).toEqual([])
    }),
    { numRuns: 400 },
  )
})

function unlessKilled(error: unknown): void {
  if (!(error instanceof KilledError)) throw error
}

/** Brings all jobs to their end, and looks whether that is as was told. */
async function drain(place: QueuePlace, told: Told): Promise<void> {
  const { effects, store } = place
  place.advance(DAY_MS)
  for (let claim = await claimJob(elsewhere(9), effects); claim; claim = await claimJob(elsewhere(9), effects)) {
    expect(told.has(claim.job.job_id)).toBe(false) // has succeeded, and came back
    await succeedClaim(claim, { attempt: 'last' }, effects)
  }
  for (let id = 0; id < JOBS; id++) {
    const job = await findJob(store, idOf(id))
    expect(job && isEnded(job)).toBe(true)
    const attempts = told.get(idOf(id)) ?? []
    expect(attempts.length).toBeLessThanOrEqual(1)
    if (attempts.length === 1) expect(job).toMatchObject({ state: 'succeeded', result: { attempt: attempts[0] } })
  }
  expect(await keysOf(store)).toEqual(Array.from({ length: JOBS }, (_, id) => `state/jobs/done/${idOf(id)}.json`))
}
