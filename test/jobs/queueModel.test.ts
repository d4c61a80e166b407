import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEnded, type Job } from '../../src/jobs/job.js'
import {
  type Claim,
  cancelClaim,
  claimJob,
  failClaim,
  handBackClaim,
  renewClaim,
  succeedClaim,
} from '../../src/jobs/jobClaims.js'
import { cancelJob, enqueueJob, findJob, JobNotFoundError, pruneJobs } from '../../src/jobs/jobQueue.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { altered, DAY_MS, elsewhere, keysOf, MINUTE_MS, makePlace, orderAt, type QueuePlace } from './queuePlace.js'

// The queue against a model of it: jobs are plain values, a change is made at once. Any step may be cut off at any write to
// the store, as if its process were killed there: the queue is then as before it, or as after one of its changes.

const JOBS = 4
const AGENTS = 3
const MOST_ATTEMPTS = 3
const HELD_MS = MINUTE_MS

/** A job of the model. */
interface Plain {
  readonly state: Job['state']
  readonly attempts: number
  readonly isCancelWanted: boolean
  readonly notBefore: number
  /** The claim that has it, or that ended it: its number among all that were tried. */
  readonly claim: number | undefined
  readonly until: number
}
type Queue = ReadonlyMap<number, Plain>

/** The real queue beside what the model says. */
interface World {
  readonly place: QueuePlace
  queue: Queue
  /** What each claim was given; of one that was cut off nobody knows. */
  readonly claims: Map<number, { readonly job: number; readonly claim: Claim }>
  claimsTried: number
  /** How each job ended, which must not change. */
  readonly ends: Map<number, Job>
  /** Claims that were told that their job has succeeded. */
  readonly told: Map<number, number>
}

const idOf = (job: number): string => `job_${String(job).padStart(32, '0')}`
const START_MS = Date.parse('2026-01-20T01:00:00Z')
const dueOf = (job: number): number => START_MS + job * 20_000

const hasEnded = ({ state }: Plain): boolean => isEnded({ state })
const ended = (job: Plain, state: Job['state']): Plain => ({ ...job, state, notBefore: 0 })
const abandoned = (job: Plain): Plain => ({ ...job, claim: undefined })
const withJob = (queue: Queue, id: number, job: Plain): Queue => new Map(queue).set(id, job)

/** The changes that a claim makes, one after the other; the last of them took a job if there is one to take. */
function planClaim(queue: Queue, nowMs: number, claim: number): { readonly steps: Queue[]; readonly taken?: number } {
  const steps: Queue[] = []
  let last = queue
  for (const id of [...queue.keys()].sort((a, b) => a - b)) {
    const job = last.get(id)
    if (!job || hasEnded(job) || dueOf(id) > nowMs || job.notBefore > nowMs) continue
    if (job.state === 'running' && job.until > nowMs) continue
    const isOver = job.isCancelWanted || job.attempts >= MOST_ATTEMPTS
    const next: Plain = isOver
      ? ended(abandoned(job), job.isCancelWanted ? 'cancelled' : 'failed')
      : { ...job, state: 'running', attempts: job.attempts + 1, notBefore: 0, claim, until: nowMs + HELD_MS }
    last = withJob(last, id, next)
    steps.push(last)
    if (!isOver) return { steps, taken: id }
  }
  return { steps }
}

const ENDS = ['succeed', 'fail', 'fail for good', 'hand back', 'cancel', 'renew'] as const
type End = (typeof ENDS)[number]

function planEnd(job: Plain, end: End, nowMs: number): Plain {
  const waits = (state: 'queued' | 'scheduled', notBefore: number, attempts: number): Plain =>
    job.isCancelWanted ? ended(job, 'cancelled') : { ...abandoned(job), state, notBefore, attempts }
  if (end === 'renew') return { ...job, until: nowMs + HELD_MS }
  if (end === 'succeed') return ended(job, 'succeeded')
  if (end === 'cancel') return ended(job, 'cancelled')
  if (end === 'hand back') return waits('queued', 0, job.attempts - 1)
  if (job.isCancelWanted) return ended(job, 'cancelled')
  if (end === 'fail for good' || job.attempts >= MOST_ATTEMPTS) return ended(job, 'failed')
  return waits('scheduled', nowMs + (job.attempts === 1 ? MINUTE_MS : 5 * MINUTE_MS), job.attempts)
}

const ERROR = { message: 'no answer', exit_code: 1 }

function runEnd(end: End, claim: Claim, claimNumber: number, effects: QueuePlace['effects']): Promise<Job | undefined> {
  if (end === 'renew') return renewClaim(claim, {}, effects)
  if (end === 'succeed') return succeedClaim(claim, { claim: claimNumber }, effects)
  if (end === 'cancel') return cancelClaim(claim, effects)
  if (end === 'hand back') return handBackClaim(claim, effects)
  return failClaim(claim, end === 'fail' ? ERROR : { ...ERROR, exit_code: 4 }, effects)
}

/** Where a step is cut off: before or after a write, counted from 1. */
type Fault = { readonly write: number; readonly isDone: boolean } | null

class KilledError extends Error {}

/** A store of a process that is killed at one of its writes: nothing that it does after that reaches the store. */
function killedAt(store: ObjectStore, fault: Fault): ObjectStore {
  let writes = 0
  let isDead = false
  const alive = (): void => {
    if (isDead) throw new KilledError('killed')
  }
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    alive()
    isDead = ++writes === fault?.write
    if (!isDead || fault?.isDone) await (isDead ? act() : undefined)
    alive()
    return act()
  }
  return altered(store, {
    async read(key) {
      alive()
      return store.read(key)
    },
    async find(key) {
      alive()
      return store.find(key)
    },
    async *list(prefix) {
      alive()
      yield* store.list(prefix)
    },
    putIfAbsent: (key, bytes) => write(() => store.putIfAbsent(key, bytes)),
    remove: key => write(() => store.remove(key)),
  })
}

/** Runs a step; one that was cut off gives nothing. */
async function runStep<T>(
  { place }: World,
  fault: Fault,
  step: (effects: QueuePlace['effects']) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await step({ ...place.effects, store: killedAt(place.store, fault) }) }
  } catch (error) {
    if (error instanceof KilledError) return undefined
    throw error
  }
}

/** What the store says of all jobs, as the model has them; claims are left out, as the store doesn't number them. */
async function look({ place, ends }: World): Promise<string> {
  const seen: unknown[] = []
  for (let id = 0; id < JOBS; id++) {
    const job = await findJob(place.store, idOf(id))
    if (job && isEnded(job)) {
      const before = ends.get(id) ?? job
      ends.set(id, before)
      expect(job).toEqual(before)
    }
    if (!job) continue
    const untilMs = (job.state === 'running' ? job.lease?.until : job.not_before)?.getTime() ?? 0
    seen.push(textOf(id, job.state, job.attempts, job.cancel !== null, untilMs))
  }
  return seen.join('\n')
}

const describeQueue = (queue: Queue): string =>
  [...queue]
    .sort(([a], [b]) => a - b)
    .map(([id, { state, attempts, isCancelWanted, notBefore, until }]) =>
      textOf(id, state, attempts, isCancelWanted, state === 'running' ? until : notBefore),
    )
    .join('\n')

/** A job that waits for a time of its own is the same whichever of the two it is called. */
const textOf = (id: number, state: string, attempts: number, isCancelWanted: boolean, untilMs: number): string =>
  `${id}: ${state.replace('scheduled', 'queued')}, ${attempts}, ${isCancelWanted}, ${untilMs}`

/** After a step, the queue is as after the last of its changes; after one that was cut off, as before or after any. */
async function settle(world: World, steps: readonly Queue[], isWhole: boolean): Promise<void> {
  const found = await look(world)
  const possible = isWhole ? [steps.at(-1) ?? world.queue] : [world.queue, ...steps]
  const now = possible.findLast(queue => describeQueue(queue) === found)
  expect(possible.map(describeQueue)).toContain(found)
  world.queue = now ?? world.queue
}

/** A step of the test: what it does, and what the model says to it. */
interface Step {
  readonly text: string
  run(world: World): Promise<void>
}

const faults = fc.option(fc.record({ write: fc.integer({ min: 1, max: 5 }), isDone: fc.boolean() }), { freq: 2 })
const jobs = fc.nat({ max: JOBS - 1 })

const FRESH = { state: 'queued', attempts: 0, isCancelWanted: false, notBefore: 0, claim: undefined, until: 0 } as const

const enqueueing = (job: number, fault: Fault): Step => ({
  text: `enqueue ${job}`,
  async run(world) {
    const order = orderAt(new Date(dueOf(job)), { job_id: idOf(job), max_attempts: MOST_ATTEMPTS })
    const outcome = await runStep(world, fault, effects => enqueueJob(order, effects))
    const steps = world.queue.has(job) ? [] : [withJob(world.queue, job, FRESH)]
    await settle(world, steps, outcome !== undefined)
  },
})

const claiming = (agent: number, fault: Fault): Step => ({
  text: `claim by ${agent}`,
  async run(world) {
    const number = world.claimsTried++
    const { steps, taken } = planClaim(world.queue, world.place.now().getTime(), number)
    const outcome = await runStep(world, fault, effects => claimJob(elsewhere(agent), effects))
    await settle(world, steps, outcome !== undefined)
    if (!outcome) return
    expect(outcome.value?.job.job_id).toBe(taken === undefined ? undefined : idOf(taken))
    if (outcome.value && taken !== undefined) world.claims.set(number, { job: taken, claim: outcome.value })
  },
})

const ending = (end: End, which: number, fault: Fault): Step => ({
  text: `${end} claim ${which}`,
  async run(world) {
    const [number, own] = [...world.claims][which % Math.max(1, world.claims.size)] ?? []
    if (number === undefined || !own) return
    const before = world.queue.get(own.job)
    const isOwn = before?.claim === number
    const isRunning = isOwn && before.state === 'running'
    const steps = isRunning ? [withJob(world.queue, own.job, planEnd(before, end, world.place.now().getTime()))] : []
    const outcome = await runStep(world, fault, effects => runEnd(end, own.claim, number, effects))
    await settle(world, steps, outcome !== undefined)
    if (!outcome) return
    // Who ended a job is told so again; whoever else isn't told anything.
    const isTold = isRunning || (isOwn && hasEnded(before) && end !== 'renew')
    expect(outcome.value !== undefined).toBe(isTold)
    if (outcome.value?.state !== 'succeeded') return
    expect(outcome.value.result).toEqual({ claim: number })
    expect(world.told.get(own.job) ?? number).toBe(number) // one effect a job
    world.told.set(own.job, number)
  },
})

const cancelling = (job: number, fault: Fault): Step => ({
  text: `cancel ${job}`,
  async run(world) {
    const before = world.queue.get(job)
    const nowMs = world.place.now().getTime()
    const outcome = await runStep(world, fault, async effects => {
      const cancel = cancelJob(idOf(job), 'jo', effects)
      if (before) await cancel
      else await expect(cancel).rejects.toThrow(JobNotFoundError)
    })
    const isRunning = before?.state === 'running' && before.until > nowMs
    const wanted = before && { ...before, isCancelWanted: true }
    const after = isRunning ? wanted : wanted && ended(abandoned(wanted), 'cancelled')
    await settle(
      world,
      after && !hasEnded(after) ? [withJob(world.queue, job, after)] : stepsOf(world, job, after),
      !!outcome,
    )
  },
})

const stepsOf = (world: World, job: number, after: Plain | undefined): Queue[] => {
  const before = world.queue.get(job)
  return before && after && !hasEnded(before) ? [withJob(world.queue, job, after)] : []
}

const passing = (ms: number): Step => ({
  text: `${ms} ms`,
  async run({ place }) {
    place.advance(ms)
  },
})

/** Removes jobs that have ended; what else is there stays as it is. A job of that id may be made anew then. */
const pruning = (least: number, fault: Fault): Step => ({
  text: `prune but ${least}`,
  async run(world) {
    await runStep(world, fault, effects => pruneJobs({ keptMs: MINUTE_MS, least }, effects))
    const kept = new Map<number, Plain>()
    for (const [id, job] of world.queue) {
      if ((await findJob(world.place.store, idOf(id))) || !hasEnded(job)) kept.set(id, job)
      else for (const own of [world.ends, world.told]) own.delete(id)
    }
    world.queue = kept
    await settle(world, [], true)
  },
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(jobs, faults).map(args => enqueueing(...args)) },
  { weight: 5, arbitrary: fc.tuple(fc.nat({ max: AGENTS - 1 }), faults).map(args => claiming(...args)) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...ENDS), fc.nat({ max: 5 }), faults).map(args => ending(...args)) },
  { weight: 1, arbitrary: fc.tuple(jobs, faults).map(args => cancelling(...args)) },
  { weight: 3, arbitrary: fc.constantFrom(1_000, 20_000, 59_999, HELD_MS, 5 * MINUTE_MS).map(passing) },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 2 }), faults).map(args => pruning(...args)) },
)

const commands = fc.commands(
  [
    step.map(({ text, run }) => ({
      check: () => true,
      run: (_: object, world: World) => run(world),
      toString: () => text,
    })),
  ],
  { maxCommands: 60, size: 'max' },
)

/** Whatever was left where: each job comes to an end, and nothing of it stays among the open ones. */
async function drain(world: World): Promise<void> {
  const { place } = world
  place.advance(DAY_MS)
  for (
    let claim = await claimJob(elsewhere(9), place.effects);
    claim;
    claim = await claimJob(elsewhere(9), place.effects)
  )
    await succeedClaim(claim, { claim: 'last' }, place.effects)
  for (const id of world.queue.keys()) {
    const job = await findJob(place.store, idOf(id))
    expect(job && isEnded(job)).toBe(true)
    expect(job?.attempts).toBeLessThanOrEqual(MOST_ATTEMPTS)
    if (world.told.has(id)) expect(job?.result).toEqual({ claim: world.told.get(id) })
  }
  expect(await keysOf(place.store)).toEqual(
    [...world.queue.keys()].sort().map(id => `state/jobs/done/${idOf(id)}.json`),
  )
}

test('the queue does what its model does, wherever it is cut off', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async all => {
      const world: World = {
        place: makePlace(new Date(START_MS).toISOString()),
        queue: new Map(),
        claims: new Map(),
        claimsTried: 0,
        ends: new Map(),
        told: new Map(),
      }
      await fc.asyncModelRun(() => ({ model: {}, real: world }), all)
      await drain(world)
    }),
    { numRuns: 150 },
  )
})
