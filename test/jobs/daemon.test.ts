import { beforeEach, describe, expect, test } from 'vitest'
import { findChain, listChains } from '../../src/jobs/chains.js'
import { DaemonLostError } from '../../src/jobs/daemonLease.js'
import { createNews } from '../../src/jobs/daemonNews.js'
import { DaemonBusyError, runOnce, worstExitCode } from '../../src/jobs/daemonOnce.js'
import { planDaemon } from '../../src/jobs/daemonPlan.js'
import { newDaemonState, readiness } from '../../src/jobs/daemonState.js'
import { createTroubles } from '../../src/jobs/daemonTroubles.js'
import type { Job } from '../../src/jobs/job.js'
import { openName } from '../../src/jobs/jobPlaces.js'
import { listOpenJobs } from '../../src/jobs/jobQueue.js'
import type { NotifiableFacts } from '../../src/jobs/notifyFacts.js'
import { DaemonWorld, HOUR, MINUTE, OPTIONS, SECOND } from './daemonWorld.js'
import { JOB } from './exampleFacts.js'
import { gather } from './queuePlace.js'

let world: DaemonWorld
beforeEach(() => {
  world = new DaemonWorld()
})

const only = (text: string): string[] => world.told.filter(line => line.includes(text))

describe('a daemon', () => {
  test('imports, reconciles and maintains as scheduled', async () => {
    const daemon = world.start('a')
    await world.pass(3 * HOUR + 10 * MINUTE)
    expect(await world.ended()).toEqual({ 'import succeeded': 1, 'reconcile succeeded': 4, 'maintain succeeded': 1 })
    expect(world.cycles.map(({ type, state }) => `${type} ${state}`)).toEqual(Array(4).fill('reconcile succeeded'))
    expect(readiness(daemon.state, world.now())).toEqual({ ok: true, reasons: [] })
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
    expect(world.told.filter(line => !/begun|succeeded/.test(line))).toEqual(['0 a leading'])
  })

  test('lets what runs end when it is stopped, or hands it back', async () => {
    world.work = ({ type }) => ({
      takesMs: type === 'import' ? 15 * SECOND : HOUR,
      end: { kind: 'succeeded', result: {} },
    })
    const daemon = world.start('a')
    await world.pass(7 * SECOND)
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
    expect(only('begun')).toHaveLength(2)
    expect(world.told.filter(line => /import/.test(line)).length % 2).toBe(0)
    expect(only('handed back').length + only('succeeded import').length).toBe(2)
    const left = await gather(listOpenJobs(world.store))
    expect(new Set(left.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(new Set(['queued 0']))
    expect(only('succeeded reconcile').concat(only('succeeded maintain'))).toEqual([])
  })

  test('stands by for another, and takes over at once when that is stopped', async () => {
    const first = world.start('a')
    await world.pass(MINUTE)
    const second = world.start('b')
    await world.pass(10 * MINUTE)
    expect(only(' b ')).toEqual(['1 b stands by for a'])
    expect(readiness(second.state, world.now()).ok).toBe(true)
    first.stop()
    await world.pass(MINUTE)
    expect(only(' b ')).toEqual(['1 b stands by for a', '11 b leading'])
    await world.pass(2 * HOUR)
    expect((await world.ended())['reconcile succeeded']).toBe(3)
    second.stop()
    await world.pass(MINUTE)
    await second.over
  })

  test('takes over from one that died, with the job that it had', async () => {
    world.work = () => ({ takesMs: 10 * MINUTE, end: { kind: 'succeeded', result: {} } })
    const first = world.start('a')
    const second = world.start('b')
    await world.pass(2 * MINUTE)
    first.kill()
    await world.pass(30 * MINUTE)
    expect(only('b ')).toContain('3 b leading')
    expect(await world.ended()).toEqual({ 'import succeeded': 1, 'reconcile succeeded': 1, 'maintain succeeded': 1 })
    second.stop()
    await world.pass(MINUTE)
  })

  test('stops leading when it was away for so long that another took over', async () => {
    const first = world.start('a')
    await world.pass(10 * MINUTE)
    world.offMs += 2 * HOUR // its lease is over for the other one
    const second = world.start('b')
    await world.pass(20 * MINUTE)
    const led = only('lead').concat(only('lost the loop'))
    expect(led.filter(line => line.includes('leading')).length - led.filter(line => line.includes('lost')).length).toBe(
      1,
    )
    for (const daemon of [first, second]) daemon.stop()
    await world.pass(MINUTE)
  })

  test('goes on when the lake was away, and says so once', async () => {
    const daemon = world.start('a')
    await world.pass(10 * MINUTE)
    world.isUp = false
    await world.pass(20 * SECOND)
    await world.pass(2 * HOUR)
    expect(readiness(daemon.state, world.now()).ok).toBe(false)
    world.isUp = true
    await world.pass(20 * MINUTE)
    expect(readiness(daemon.state, world.now())).toEqual({ ok: true, reasons: [] })
    expect(only('no answer').length).toBeLessThanOrEqual(4)
    expect((await world.ended())['reconcile succeeded']).toBe(2)
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('does nothing in another lake, is not ready then, and goes on when its own is back', async () => {
    world.isSame = false
    const daemon = world.start('a')
    await world.pass(10 * MINUTE)
    expect(world.store.objects.size).toBe(0)
    expect(readiness(daemon.state, world.now()).ok).toBe(false)
    world.isSame = true
    await world.pass(10 * MINUTE)
    expect(await world.ended()).toEqual({ 'import succeeded': 1, 'reconcile succeeded': 1, 'maintain succeeded': 1 })
    world.isSame = false
    await world.pass(2 * HOUR)
    expect(readiness(daemon.state, world.now()).reasons[0]).toContain('another lake')
    expect((await world.ended())['reconcile succeeded']).toBe(2) // of the link that was there, and no other is made
    world.isSame = true
    await world.pass(MINUTE)
    expect(readiness(daemon.state, world.now()).ok).toBe(true)
    expect(only('another lake')).toEqual(['0 a lake: another lake', expect.stringMatching(/a lake: another lake$/)])
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test.each(['chains', 'jobs/open'])('goes on with what it can read of state/%s, and is not ready', async folder => {
    const daemon = world.start('a')
    await world.pass(10 * MINUTE)
    const [chain] = (await listChains(world.store)).filter(({ type }) => type === 'import')
    const name =
      folder === 'chains' ? `${chain?.name}` : openName({ job_id: `${chain?.job_id}`, due: chain?.due ?? world.now() })
    const key = `state/${folder}/${name}/999.json`
    await world.store.put(key, new TextEncoder().encode('{"format_version":2}'))
    await world.pass(HOUR)
    expect((await world.ended())['reconcile succeeded']).toBe(2)
    expect(world.cycles).toHaveLength(2)
    expect(readiness(daemon.state, world.now()).reasons).toEqual([expect.stringContaining(name)])
    expect(only(name)).toHaveLength(1)
    await world.store.remove(key)
    await world.pass(2 * MINUTE)
    expect(readiness(daemon.state, world.now())).toEqual({ ok: true, reasons: [] })
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('says what is overdue also while it cannot read all', async () => {
    world.work = () => ({ takesMs: 5 * HOUR, end: { kind: 'succeeded', result: {} } })
    const daemon = world.start('a')
    await world.pass(MINUTE)
    await world.store.put('state/chains/later/1.json', new TextEncoder().encode('{"format_version":2}'))
    await world.pass(32 * MINUTE)
    expect(daemon.state.overdue).toHaveLength(1) // two of three run
    expect(daemon.state.trouble).toContain('state/chains/later/1.json')
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('goes on as before while it cannot find out what is wanted, and says so once', async () => {
    const daemon = world.start('a')
    world.unsure = new Error('data_inventory.yaml: permission denied')
    await world.pass(HOUR + 5 * MINUTE)
    expect((await world.ended())['reconcile succeeded']).toBe(2)
    expect(only('permission denied')).toEqual(['0 a lake: data_inventory.yaml: permission denied'])
    expect(readiness(daemon.state, world.now()).ok).toBe(false)
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('tells of trouble once a minute at most, however it changes', async () => {
    let count = 0
    const troubles = createTroubles(world.effects('a', new AbortController().signal))
    for (let tick = 0; tick < 60; tick++) {
      await troubles.guard('lake', () => Promise.reject(new Error(`request ${count++} failed`)))
      if (tick % 2) troubles.isWell('lake')
      world.ms += 5 * SECOND
    }
    troubles.tell('jobs', new Error('no answer'))
    expect(world.told).toEqual([
      ...[0, 12, 24, 36, 48].map((at, minute) => `${minute} a lake: request ${at} failed`),
      '5 a jobs: no answer',
    ])
  })

  test.each([
    ['ahead', 24 * HOUR],
    ['back', -24 * HOUR],
  ])('goes on when the clock jumps a day %s', async (_, byMs) => {
    const daemon = world.start('a')
    await world.pass(30 * MINUTE)
    world.offMs += byMs
    await world.pass(3 * HOUR)
    const { 'reconcile succeeded': cycles = 0, 'import succeeded': imports } = await world.ended()
    expect(cycles).toBeGreaterThanOrEqual(3)
    expect(cycles).toBeLessThanOrEqual(5)
    expect(imports).toBe(byMs > 0 ? 2 : 1)
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('keeps a cycle going that fails, and tells who listens', async () => {
    const error = { message: 'refused', exit_code: 4 }
    world.work = () => ({ takesMs: SECOND, end: { kind: 'failed', error } })
    const daemon = world.start('a')
    await world.pass(HOUR)
    // After 15 and 30 minutes; the next one is an hour later.
    expect(world.cycles.map(({ state, error }) => [state, error])).toEqual(Array(3).fill(['failed', error]))
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })

  test('is not ready while a chain is overdue', async () => {
    world.work = () => ({ takesMs: 5 * HOUR, end: { kind: 'succeeded', result: {} } })
    const daemon = world.start('a')
    await world.pass(HOUR)
    // Two of three run.
    expect(readiness(daemon.state, world.now()).reasons).toEqual([
      expect.stringMatching(
        /^(import-con_[0-9a-f]+|reconcile|maintain) should have begun at 2026-01-20T00:00:00.000Z$/,
      ),
    ])
    daemon.stop()
    await world.pass(MINUTE)
    await daemon.over
  })
})

test('a daemon is not ready while a job hangs', async () => {
  world.work = ({ type }) => ({
    takesMs: type === 'reconcile' ? 100 * HOUR : MINUTE,
    end: { kind: 'succeeded', result: {} },
  })
  const daemon = world.start('a')
  await world.pass(6 * HOUR)
  expect(readiness(daemon.state, world.now())).toEqual({ ok: true, reasons: [] })
  await world.pass(10 * MINUTE)
  expect(readiness(daemon.state, world.now()).reasons).toEqual([
    expect.stringMatching(/^reconcile has run since 2026-01-20T00:0/),
  ])
  daemon.stop()
  await world.pass(MINUTE)
  await daemon.over
})

describe('one cycle', () => {
  const once = async (signal = new AbortController().signal): Promise<string[]> => {
    const running = runOnce(OPTIONS, world.effects('a', signal))
    const over = running.then(
      () => undefined,
      () => undefined,
    )
    await Promise.race([over, world.pass(HOUR)])
    return (await running).map(({ type, state }) => `${type} ${state}`)
  }

  test('is imports that are due, then a reconciliation, then maintain', async () => {
    expect(await once()).toEqual(['import succeeded', 'reconcile succeeded', 'maintain succeeded'])
    expect(world.cycles).toHaveLength(1)
    world.ms += HOUR
    expect(await once()).toEqual(['reconcile succeeded'])
    world.ms += 24 * HOUR
    expect(await once()).toEqual(['import succeeded', 'reconcile succeeded', 'maintain succeeded'])
    expect(await world.ended()).toEqual({ 'import succeeded': 2, 'reconcile succeeded': 3, 'maintain succeeded': 2 })
  })

  test('leaves nothing behind that keeps a daemon from going on', async () => {
    await once()
    const daemon = world.start('a')
    await world.pass(30 * MINUTE)
    expect((await world.ended())['reconcile succeeded']).toBe(2)
    daemon.stop()
    await world.pass(MINUTE)
    world.ms += MINUTE
    expect(await once()).toEqual(['reconcile succeeded']) // brought forward
  })

  test('keeps what fails, and what it is told of, as they are', async () => {
    world.work = ({ type }) => ({
      takesMs: SECOND,
      end:
        type === 'reconcile'
          ? { kind: 'failed', error: { message: 'refused', exit_code: 4 } }
          : { kind: 'succeeded', result: {} },
    })
    expect(await once()).toContain('reconcile failed')
    expect(await findChain(world.store, 'reconcile')).toMatchObject({ is_enabled: true, failures: 1, job_id: null })
    world.ms += MINUTE
    await once()
    expect(await findChain(world.store, 'reconcile')).toMatchObject({ is_enabled: true, failures: 2, job_id: null })
  })

  test('does not say what is overdue, which nobody knows then', async () => {
    const facts: NotifiableFacts[] = []
    const effects = world.effects('a', new AbortController().signal)
    const notify: typeof effects.notify = async told => {
      facts.push(told)
      return []
    }
    const running = runOnce(OPTIONS, { ...effects, notify })
    await Promise.race([running, world.pass(HOUR)])
    expect((await running).length).toBeGreaterThan(0)
    expect(facts.map(told => 'overdue' in told)).toEqual([false])
  })

  test('that lost the loop says so', async () => {
    world.work = () => ({ takesMs: HOUR, end: { kind: 'succeeded', result: {} } })
    const lost = expect(once()).rejects.toThrow(DaemonLostError)
    await world.pass(MINUTE)
    world.isUp = false
    await world.pass(10 * MINUTE)
    world.isUp = true
    await world.pass(10 * MINUTE)
    await lost
  })

  test('is refused while a daemon runs', async () => {
    const daemon = world.start('a')
    await world.pass(MINUTE)
    await expect(once()).rejects.toThrow(DaemonBusyError)
    daemon.stop()
    await world.pass(MINUTE)
  })

  test('that is interrupted hands back what runs', async () => {
    world.work = () => ({ takesMs: HOUR, end: { kind: 'succeeded', result: {} } })
    const stop = new AbortController()
    const running = expect(once(stop.signal)).rejects.toThrow('stopped')
    await world.pass(MINUTE)
    stop.abort(new Error('stopped'))
    await world.pass(MINUTE)
    await running
    expect((await gather(listOpenJobs(world.store))).map(({ state }) => state)).toEqual(['queued', 'queued', 'queued'])
  })

  test.each<[number, Pick<Job, 'state' | 'error'>[]]>([
    [0, []],
    [
      0,
      [
        { state: 'succeeded', error: null },
        { state: 'cancelled', error: null },
      ],
    ],
    [
      4,
      [
        { state: 'succeeded', error: null },
        { state: 'failed', error: { message: '', exit_code: 4 } },
      ],
    ],
    [
      1,
      [
        { state: 'scheduled', error: { message: '', exit_code: 1 } },
        { state: 'failed', error: { message: '', exit_code: 4 } },
      ],
    ],
    [
      2,
      [
        { state: 'failed', error: { message: '', exit_code: 3 } },
        { state: 'failed', error: { message: '', exit_code: 2 } },
      ],
    ],
  ])('ends with %s, the worst of its jobs', (code, jobs) =>
    expect(worstExitCode(jobs.map(job => ({ ...JOB, ...job })))).toBe(code),
  )
})

describe('what a daemon would do', () => {
  const planned = async () =>
    (await planDaemon(world.wanted(), world.store, world.now())).map(
      ({ type, next, last_state }) => `${type} ${next} ${last_state}`,
    )

  test('without a lake is all at once', async () => {
    const plan = await planDaemon(world.wanted(), undefined, world.now())
    expect(plan.map(({ type, next }) => `${type} ${next}`)).toEqual(['import now', 'reconcile now', 'maintain now'])
  })

  test('is as its chains are, which stay as they are', async () => {
    const daemon = world.start('a')
    await world.pass(5 * MINUTE)
    daemon.stop()
    await world.pass(MINUTE)
    const before = [...world.store.objects.keys()]
    expect(await planned()).toEqual(['import later succeeded', 'reconcile later succeeded', 'maintain later succeeded'])
    world.ms += 2 * HOUR
    expect(await planned()).toEqual(['import later succeeded', 'reconcile now succeeded', 'maintain later succeeded'])
    const less = await planDaemon(world.wanted().slice(1), world.store, world.now())
    expect(less.map(({ type, next }) => `${type} ${next}`)).toEqual(['reconcile now', 'maintain later', 'import off'])
    expect([...world.store.objects.keys()]).toEqual(before)
  })
})

test('what a channel could not be told is tried until it is sent, also where that is not yet time', async () => {
  const answers = ['failed', 'waits', 'waits', 'failed', 'sent'] as const
  let asked = 0
  const effects = world.effects('a', new AbortController().signal)
  const notify: typeof effects.notify = async () => {
    const kind = answers[asked++] ?? 'sent'
    return [{ channel: 'pager', kind, message_id: 'msg_1', text: '', next_at: null }]
  }
  const news = createNews(newDaemonState(), createTroubles(effects), { ...effects, notify })
  news.refresh()
  for (let minute = 1; minute <= 10; minute++) {
    await news.settled()
    news.sendAgain()
  }
  expect(asked).toBe(answers.length)
})
