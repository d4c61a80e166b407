import { beforeEach, describe, expect, test } from 'vitest'
import { type AgentEffects, type AgentOptions, runAgent } from '../../src/jobs/agent.js'
import type { Job, JobProgress } from '../../src/jobs/job.js'
import type { Worker, WorkerEnd } from '../../src/jobs/jobProcess.js'
import { cancelJob, enqueueJob, findJob, type JobOrder } from '../../src/jobs/jobQueue.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { DaemonWorld, HOUR, MINUTE, SECOND } from './daemonWorld.js'
import { altered } from './queuePlace.js'

const OPTIONS: AgentOptions = {
  parallel: 1,
  idleMs: 5 * SECOND,
  graceMs: 4 * SECOND,
  killMs: 4 * SECOND,
  until: 'idle',
}

/** What the process of a job does: ends so after so long; when it is asked to end, it does so at once unless it is deaf. */
interface Work {
  readonly takesMs: number
  readonly end: WorkerEnd
  readonly isDeaf?: boolean
  readonly progress?: JobProgress
}

const SUCCEEDED: WorkerEnd = { kind: 'succeeded', result: { snapshot: 's' } }
const failed = (exit_code: number): WorkerEnd => ({ kind: 'failed', error: { message: 'no', exit_code } })

let world: DaemonWorld
let told: string[]
/** By the connector of the job, and how often it was begun. */
let work: (connector: string, time: number) => Work
let atOnce: number
let mostAtOnce: number

beforeEach(() => {
  world = new DaemonWorld()
  told = []
  work = () => ({ takesMs: SECOND, end: SUCCEEDED })
  atOnce = 0
  mostAtOnce = 0
})

const enqueue = (connector: string, more: Partial<JobOrder> = {}): Promise<Job> =>
  enqueueJob(
    { type: 'import', connector, params: {}, due: world.now(), created_by: 'ann', ...more },
    { ...world.effects('ann', new AbortController().signal), store: world.store },
  )

function startAgent(options: Partial<AgentOptions> = {}, name = 'a', store: ObjectStore = world.store) {
  const stop = new AbortController()
  const times = new Map<string, number>()
  const startWorker = (job: Job, progress: (step: JobProgress) => void): Worker => {
    const connector = job.connector ?? ''
    const time = (times.get(connector) ?? 0) + 1
    times.set(connector, time)
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    const { takesMs, end, isDeaf = false, progress: step } = work(connector, time)
    if (step) progress(step)
    const [asked, killed] = [new AbortController(), new AbortController()]
    const ended = world
      .sleep(takesMs, AbortSignal.any(isDeaf ? [killed.signal] : [asked.signal, killed.signal]))
      .then(
        () => end,
        (): WorkerEnd => (killed.signal.aborted ? { kind: 'died', message: 'killed' } : { kind: 'interrupted' }),
      )
      .finally(() => atOnce--)
    return { pid: undefined, ended, interrupt: () => asked.abort(), kill: () => killed.abort() }
  }
  const effects: AgentEffects = {
    ...world.effects(name, stop.signal),
    ...(store !== world.store && { store }),
    startWorker,
    told: event => {
      if (event.kind !== 'progress' && event.kind !== 'trouble')
        told.push(`${name} ${event.kind} ${event.job.connector}`)
    },
  }
  let isOver = false
  const over = runAgent({ ...OPTIONS, ...options }, effects).finally(() => {
    isOver = true
  })
  return { over, stop: () => stop.abort(new Error('stopped')), isOver: () => isOver }
}

const find = async ({ job_id }: Job): Promise<Job> => {
  const job = await findJob(world.store, job_id)
  if (!job) throw new Error(job_id)
  return job
}

describe('an agent', () => {
  test('runs what is due, the earliest first, and returns when nothing is', async () => {
    const later = await enqueue('later', { due: new Date(world.ms + MINUTE) })
    const second = await enqueue('second')
    const first = await enqueue('first', { due: new Date(world.ms - MINUTE) })
    const { over } = startAgent()
    await world.pass(10 * SECOND)
    await over
    expect(told).toEqual(['a claimed first', 'a ended first', 'a claimed second', 'a ended second'])
    expect(await find(first)).toMatchObject({ state: 'succeeded', result: { snapshot: 's' }, attempts: 1 })
    expect((await find(second)).state).toBe('succeeded')
    expect((await find(later)).state).toBe('scheduled')
  })

  test('runs so many at once, and no more', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await enqueue(name)
    const { over } = startAgent({ parallel: 3 })
    await world.pass(MINUTE)
    await over
    expect(mostAtOnce).toBe(3)
    expect(told.filter(text => text.includes('ended'))).toHaveLength(5)
  })

  test('that waits for jobs finds one that comes', async () => {
    const agent = startAgent({ until: 'stopped' })
    await world.pass(MINUTE)
    const job = await enqueue('photos')
    await world.pass(10 * SECOND)
    expect((await find(job)).state).toBe('succeeded')
    agent.stop()
    await world.pass(SECOND)
    await agent.over
  })

  test('keeps its jobs however long they take, and says how far they are', async () => {
    const progress = { phase: 'read', done: 1, total: 4, rate: null, unit: 'files', at: world.now() }
    work = () => ({ takesMs: 10 * MINUTE, end: SUCCEEDED, progress })
    const job = await enqueue('photos')
    const agents = [startAgent(), startAgent({ until: 'stopped' }, 'b')]
    await world.pass(9 * MINUTE)
    expect(await find(job)).toMatchObject({ state: 'running', progress: { phase: 'read', done: 1 } })
    await world.pass(2 * MINUTE)
    expect(told).toEqual(['a claimed photos', 'a ended photos'])
    agents[1]?.stop()
    await world.pass(SECOND)
    await Promise.all(agents.map(({ over }) => over))
  })
})

describe('an agent that is stopped', () => {
  test('lets a job end that is nearly over', async () => {
    work = () => ({ takesMs: 10 * SECOND, end: SUCCEEDED })
    const job = await enqueue('photos')
    const agent = startAgent()
    await world.pass(8 * SECOND)
    agent.stop()
    await world.pass(3 * SECOND)
    await agent.over
    expect((await find(job)).state).toBe('succeeded')
  })

  test.each([
    ['at the end of the grace time', false, 4 * SECOND],
    ['when it had to be killed', true, 8 * SECOND],
  ])('hands a long one back %s, and nothing is counted', async (_, isDeaf, afterMs) => {
    work = () => ({ takesMs: MINUTE, end: SUCCEEDED, isDeaf })
    const job = await enqueue('photos')
    const agent = startAgent()
    await world.pass(10 * SECOND)
    agent.stop()
    await world.pass(afterMs - 1)
    expect(agent.isOver()).toBe(false)
    await world.pass(2)
    await agent.over
    expect(told).toEqual(['a claimed photos', 'a handed back photos'])
    expect(await find(job)).toMatchObject({ state: 'queued', attempts: 0, lease: null })
  })

  test('hands back what was told to end, as this was, a moment earlier', async () => {
    work = () => ({ takesMs: 5 * SECOND, end: { kind: 'interrupted' } })
    const job = await enqueue('photos')
    const agent = startAgent()
    await world.pass(5 * SECOND + 500)
    agent.stop()
    await world.pass(SECOND)
    await agent.over
    expect(await find(job)).toMatchObject({ state: 'queued', attempts: 0 })
  })
})

describe('a job', () => {
  test('that a person cancels ends within seconds', async () => {
    work = () => ({ takesMs: MINUTE, end: SUCCEEDED })
    const job = await enqueue('photos')
    const { over } = startAgent()
    await world.pass(10 * SECOND)
    await cancelJob(job.job_id, 'ann', { ...world.effects('ann', new AbortController().signal), store: world.store })
    await world.pass(3 * SECOND)
    await over
    expect(await find(job)).toMatchObject({ state: 'cancelled', cancel: { by: 'ann' }, lease: expect.anything() })
  })

  test('that was done before it could be cancelled has succeeded', async () => {
    work = () => ({ takesMs: 10 * SECOND, end: SUCCEEDED, isDeaf: true })
    const job = await enqueue('photos')
    const { over } = startAgent()
    await world.pass(8 * SECOND)
    await cancelJob(job.job_id, 'ann', { ...world.effects('ann', new AbortController().signal), store: world.store })
    await world.pass(3 * SECOND)
    await over
    expect((await find(job)).state).toBe('succeeded')
  })

  test.each<[string, WorkerEnd, string]>([
    ['fails', failed(1), 'scheduled'],
    ['is killed', { kind: 'died', message: 'its process was ended by SIGKILL' }, 'scheduled'],
    ['is interrupted by nobody who says so', { kind: 'interrupted' }, 'scheduled'],
    ["can't be understood", failed(2), 'failed'],
    ['finds nothing', failed(3), 'failed'],
    ['is refused', failed(4), 'failed'],
  ])('that %s', async (_, end, state) => {
    work = () => ({ takesMs: SECOND, end })
    const job = await enqueue('photos')
    const { over } = startAgent()
    await world.pass(10 * SECOND)
    await over
    expect(await find(job)).toMatchObject({ state, attempts: 1, error: expect.anything() })
  })

  test('that fails is tried again, three times in all', async () => {
    work = (_, time) => ({ takesMs: SECOND, end: failed(time === 3 ? 1 : 130) })
    const job = await enqueue('photos')
    const agent = startAgent({ until: 'stopped' })
    await world.pass(30 * MINUTE)
    expect(await find(job)).toMatchObject({ state: 'failed', attempts: 3, error: { exit_code: 1 } })
    agent.stop()
    await world.pass(SECOND)
    await agent.over
  })

  test('whose connector is busy is tried until it is free, and none of that is counted', async () => {
    work = (_, time) => ({ takesMs: SECOND, end: time < 4 ? { kind: 'busy', message: 'another has it' } : SUCCEEDED })
    const job = await enqueue('photos')
    const { over } = startAgent()
    await world.pass(2 * MINUTE)
    await over
    expect(await find(job)).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(told.filter(text => text === 'a handed back photos')).toHaveLength(3)
  })

  test('of an agent that cannot reach the lake for a minute is ended, and is another agent’s', async () => {
    work = (_, time) => ({ takesMs: time === 1 ? 10 * MINUTE : SECOND, end: SUCCEEDED })
    const job = await enqueue('photos')
    const agent = startAgent({ until: 'stopped' })
    await world.pass(30 * SECOND)
    world.isUp = false
    await world.pass(2 * MINUTE)
    expect(told).toEqual(['a claimed photos', 'a lost photos'])
    world.isUp = true
    const other = startAgent({ until: 'stopped' }, 'b')
    agent.stop()
    await world.pass(MINUTE)
    expect(await find(job)).toMatchObject({ state: 'running', attempts: 2 })
    other.stop()
    await world.pass(MINUTE)
    await Promise.all([agent.over, other.over])
  })

  test('of an agent that gets no answer of the lake is ended in time', async () => {
    let isDown = false
    const hanging = altered(world.store, {
      async *list(prefix) {
        if (isDown) await new Promise(() => {})
        yield* world.store.list(prefix)
      },
    })
    work = () => ({ takesMs: HOUR, end: SUCCEEDED })
    await enqueue('photos')
    startAgent({ until: 'stopped' }, 'a', hanging)
    await world.pass(5 * MINUTE)
    isDown = true
    await world.pass(48 * SECOND)
    expect([told, atOnce]).toEqual([['a claimed photos'], 1])
    await world.pass(14 * SECOND)
    expect([told, atOnce]).toEqual([['a claimed photos', 'a lost photos'], 0])
  })
})
