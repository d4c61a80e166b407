import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chain, ChainSchedule, ChainSpec } from '../../src/jobs/chain.js'
import { isEnded, type Job } from '../../src/jobs/job.js'
import { planNext, settleChain, specified } from '../../src/jobs/planNext.js'

// A year of a chain by a fake clock that ticks each minute, against a plain count of what an operator expects.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 1)
const YEAR = 365 * DAY

/** From when to when the machine sleeps, or is off. */
type Sleep = readonly [from: number, to: number]

interface World {
  readonly schedule: ChainSchedule
  readonly sleeps: readonly Sleep[]
  /** How long a job takes. */
  readonly takesMs: number
  /** What comes of the n-th run, from 0, that begins then. */
  readonly outcome: (run: number, startedMs: number) => Pick<Job, 'state' | 'result' | 'error'>
  /** Whether a process dies before it makes the job that the chain names; asked at each step. */
  readonly crashes: () => boolean
  /** What the clock says at a time that has really passed. */
  readonly clock?: (ms: number) => number
  readonly untilMs?: number
  /** How often it is looked at; MINUTE unless given. What comes before the next event is passed over where the clock is right. */
  readonly tickMs?: number
}

const spec = (schedule: ChainSchedule): ChainSpec => ({
  ...{ name: 'import-con_1', type: 'import', connector: 'photos', params: {} },
  ...{ schedule, isEnabled: true },
})

const succeeded = () => ({ state: 'succeeded' as const, result: { snapshot: null }, error: null })
const failed = () => ({ state: 'failed' as const, result: null, error: { message: 'no', exit_code: 1 } })

/** Lives through the year. @returns when each run began, in real time */
function live({
  schedule,
  sleeps,
  takesMs,
  outcome,
  crashes,
  clock,
  untilMs = START + YEAR,
  tickMs = MINUTE,
}: World): number[] {
  const began: number[] = []
  let chain: Chain | undefined
  let job: Job | undefined
  let endsAt = Number.POSITIVE_INFINITY
  for (let real = START; real < untilMs; real += tickMs) {
    if (isAsleep(sleeps, real)) {
      endsAt += job?.state === 'running' ? tickMs : 0
      continue
    }
    const now = new Date(clock ? clock(real) : real)
    if (job?.state === 'running' && real >= endsAt)
      job = { ...job, ...outcome(began.length - 1, endsAt - takesMs), ended_at: now }
    for (let step = 0; step < 5; step++) {
      const decision = planNext(chain, spec(schedule), job, now)
      if (decision.kind === 'next') {
        chain = { ...(chain && job ? settleChain(chain, job, now) : (chain ?? newChain(schedule))), due: decision.due }
        chain = { ...chain, link: chain.link + 1, job_id: String(chain.link + 1) }
        job = undefined
        if (crashes()) break // killed before the job is made: the next tick's process makes it
      } else if (decision.kind === 'cancel' && chain?.due)
        job = { ...newJob(chain), state: 'cancelled', ended_at: now, cancel: { by: 'schedule', at: now } }
      else {
        if (chain && !job) job = newJob(chain)
        break
      }
    }
    if (!clock && job) real = Math.max(real, quietUntil(job, endsAt, sleeps, real) - tickMs)
    if (!job || isEnded(job) || job.state === 'running' || job.due > now) continue
    job = { ...job, state: 'running' }
    began.push(real)
    endsAt = real + takesMs
  }
  return began
}

/** The tick at which something happens next. */
function quietUntil(job: Job, endsAt: number, sleeps: readonly Sleep[], ms: number): number {
  const next = job.state === 'running' ? endsAt : isEnded(job) ? ms : job.due.getTime()
  const nextSleep = Math.min(...sleeps.map(([from]) => from).filter(from => from > ms))
  return Math.ceil(Math.min(next, nextSleep) / MINUTE) * MINUTE
}

const isAsleep = (sleeps: readonly Sleep[], ms: number): boolean => sleeps.some(([from, to]) => ms >= from && ms < to)

const newChain = (schedule: ChainSchedule): Chain => ({
  ...{ name: 'import-con_1', ...specified(spec(schedule)), link: 0, job_id: null, due: null },
  ...{ last: null, last_success_at: null, failures: 0, failing_since: null, reports: [] },
})

const newJob = ({ job_id, due, link }: Chain): Job => ({
  ...{
    job_id: job_id ?? '',
    type: 'import',
    connector: 'photos',
    params: {},
    state: 'queued',
    due: due ?? new Date(0),
  },
  ...{ not_before: null, attempts: 0, max_attempts: 3, created_at: new Date(0), created_by: 'schedule' },
  ...{ started_at: null, ended_at: null, progress: null, result: null, error: null, cancel: null },
  ...{ chain: { name: 'import-con_1', link }, lease: null },
})

/** What an operator expects: a run, and the next so long after it ended, or when the machine wakes. */
function expectRuns(everyMs: number, takesMs: number, sleeps: readonly Sleep[]): number[] {
  const began: number[] = []
  const wake = (ms: number): number => sleeps.find(([from, to]) => ms >= from && ms < to)?.[1] ?? ms
  const finish = (ms: number): number => {
    let left = takesMs
    let time = ms
    for (; left > 0; time += MINUTE) if (!isAsleep(sleeps, time)) left -= MINUTE
    return wake(time)
  }
  for (let at = wake(START); at < START + YEAR; at = wake(finish(at) + everyMs)) began.push(at)
  return began
}

const EVERY = [
  ['daily', DAY],
  ['weekly', 7 * DAY],
  ['hourly', HOUR],
] as const

// The nights in which their clocks change are in March, April, October and November.
describe.each(['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'])('in a year of %s', zone => {
  const before = process.env.TZ
  beforeEach(() => {
    process.env.TZ = zone
  })
  afterEach(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })

  test('local days differ in length, except in UTC', () => {
    const offsets = new Set(Array.from({ length: 12 }, (_, month) => new Date(2026, month, 1).getTimezoneOffset()))
    expect(offsets.size).toBe(zone === 'UTC' ? 1 : 2)
  })

  test.each([
    ['daily', DAY, 365],
    ['weekly', 7 * DAY, 53],
    ['hourly', HOUR, 8_760],
  ])('a %s chain whose jobs take no time', (_, every_ms, runs) => {
    const schedule: ChainSchedule = { kind: 'every', every_ms }
    const world = { schedule, sleeps: [], takesMs: 0, outcome: succeeded, crashes: () => false }
    // It ends at the next tick at the earliest, from when the interval counts.
    const began = live(world)
    expect(began).toHaveLength(Math.ceil(YEAR / (every_ms + MINUTE)))
    expect(runs - began.length).toBeLessThanOrEqual(Math.ceil(runs / 60))
    expect(new Set(began.slice(1).map((ms, i) => ms - (began[i] ?? 0)))).toEqual(new Set([every_ms + MINUTE]))
  })
})

test.each(EVERY)('a %s chain runs once for each sleep past its time, whatever dies meanwhile', (_, every_ms) => {
  const naps = fc.array(fc.tuple(fc.integer({ min: 0, max: YEAR / HOUR }), fc.integer({ min: 1, max: 400 })), {
    maxLength: 12,
  })
  const crashes = fc.infiniteStream(fc.boolean())
  fc.assert(
    fc.property(naps, crashes, fc.integer({ min: 1, max: 90 }), (naps, crashed, minutes) => {
      const sleeps = mergeSleeps(naps)
      const takesMs = minutes * MINUTE
      const schedule: ChainSchedule = { kind: 'every', every_ms }
      // A crash delays only a link that is due at once: the first.
      let isFirst = true
      const crashes = (): boolean => {
        if (!isFirst) return crashed.next().value
        isFirst = false
        return false
      }
      const began = live({ schedule, sleeps, takesMs, outcome: succeeded, crashes })
      expect(began).toEqual(expectRuns(every_ms, takesMs, sleeps))
    }),
    { numRuns: 8 },
  )
})

/** Sleeps that don't touch, with a minute awake between them. */
function mergeSleeps(naps: readonly (readonly [atHour: number, hours: number])[]): Sleep[] {
  const sleeps: Sleep[] = []
  for (const [atHour, hours] of [...naps].sort((a, b) => a[0] - b[0])) {
    const from = Math.max(START + atHour * HOUR, (sleeps.at(-1)?.[1] ?? 0) + MINUTE)
    const to = START + (atHour + hours) * HOUR
    if (to > from) sleeps.push([from, to])
  }
  return sleeps
}

describe('a chain that follows reports', () => {
  /** Each report is of one o'clock in the morning, and is delivered so much later. */
  const reportsOf = (everyDays: number, lateMs: (day: number) => number) => (_: number, startedMs: number) => {
    let newest: string | undefined
    for (let day = -everyDays; ; day += everyDays) {
      const taken = START + day * DAY + HOUR
      if (taken > startedMs) break
      if (taken + lateMs(day) <= startedMs) newest = new Date(taken).toISOString()
    }
    return {
      state: 'succeeded' as const,
      result: { snapshot: `${newest?.slice(0, 16).replace(':', '-')}Z` },
      error: null,
    }
  }
  const base = { schedule: { kind: 'reports' } as const, sleeps: [], takesMs: MINUTE, crashes: () => false }

  test.each([
    ['daily, at once', 1, 0, 2],
    ['daily, four hours later', 1, 4 * HOUR, 5],
    ['weekly, a day later', 7, DAY, 8],
    ['weekly, at once', 7, 0, 2],
  ])('that come %s finds each within an hour and a bit, and looks seldom', (_, days, late, mostLooksADay) => {
    const outcome = reportsOf(days, () => late)
    const found = new Map<string, number>()
    const began = live({
      ...base,
      outcome: (run, at) => {
        const ended = outcome(run, at)
        if (!found.has(ended.result.snapshot)) found.set(ended.result.snapshot, at)
        return ended
      },
    })
    const delays = [...found].slice(2).map(([snapshot, at]) => at - Date.parse(`${snapshot.slice(0, 13)}:00Z`) - late)
    expect(Math.max(...delays)).toBeLessThanOrEqual(62 * MINUTE)
    expect(found.size).toBeGreaterThanOrEqual(Math.floor(365 / days))
    expect(began.length).toBeLessThanOrEqual(365 * mostLooksADay)
    const apart = began.slice(1).map((at, i) => at - (began[i] ?? 0))
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(15 * MINUTE)
    expect(Math.max(...apart)).toBeLessThanOrEqual(DAY + 2 * MINUTE)
  })

  test('goes on looking once an hour when none comes any more', () => {
    const outcome = () => ({ ...succeeded(), result: { snapshot: '2026-01-01T01-00Z' } })
    const began = live({ ...base, outcome, untilMs: START + 30 * DAY })
    expect(began.length).toBeGreaterThan(24 * 26)
    expect(began.length).toBeLessThan(24 * 30)
  })
})

test('a chain that only fails tries less and less often, down to its interval', () => {
  const schedule: ChainSchedule = { kind: 'every', every_ms: DAY }
  const world = { schedule, sleeps: [], takesMs: 0, outcome: failed, crashes: () => false }
  const began = live({ ...world, untilMs: START + 30 * DAY })
  const apart = began.slice(1).map((at, i) => Math.round((at - (began[i] ?? 0)) / MINUTE) - 1)
  expect(apart.slice(0, 9)).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440])
})

describe('a clock that jumps', () => {
  const schedule: ChainSchedule = { kind: 'every', every_ms: DAY }
  const tickMs = 10 * MINUTE
  const base = { schedule, sleeps: [], takesMs: tickMs, outcome: succeeded, crashes: () => false, tickMs }

  test.each([
    ['a year ahead, for good', (ms: number) => (ms > START + 100 * DAY ? ms + YEAR : ms)],
    ['a year back, for good', (ms: number) => (ms > START + 100 * DAY ? ms - YEAR : ms)],
    ['an hour ahead and back each day', (ms: number) => (Math.floor(ms / DAY) % 2 ? ms + HOUR : ms)],
    [
      'a month ahead, for a day',
      (ms: number) => (ms > START + 99 * DAY && ms < START + 100 * DAY ? ms + 30 * DAY : ms),
    ],
    ['to 1970, for a day', (ms: number) => (ms > START + 99 * DAY && ms < START + 100 * DAY ? ms - START : ms)],
  ])('%s makes no storm, and no wait of more than an interval', (_, clock) => {
    const began = live({ ...base, clock, untilMs: START + 200 * DAY })
    const apart = began.slice(1).map((at, i) => at - (began[i] ?? 0))
    expect(Math.max(...apart)).toBeLessThanOrEqual(2 * DAY + 2 * HOUR) // the interval, and one from when the clock was seen to jump
    expect(apart.filter(ms => ms < DAY - 2 * HOUR).length).toBeLessThanOrEqual(2)
    expect(began.length).toBeGreaterThan(190)
    expect(began.length).toBeLessThanOrEqual(202)
  })

  test('at random makes at most one run more for each jump', () => {
    const jumps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -500 * DAY, max: 500 * DAY })), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(jumps, jumps => {
        const clock = (ms: number): number =>
          jumps.filter(([day]) => ms >= START + day * DAY).reduce((sum, [, byMs]) => sum + byMs, ms)
        const began = live({ ...base, clock, untilMs: START + 70 * DAY })
        expect(began.length).toBeGreaterThanOrEqual(69 - 2 * jumps.length)
        expect(began.length).toBeLessThanOrEqual(71 + jumps.length)
      }),
      { numRuns: 30 },
    )
  })
})
