import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { TaskTemplate } from '../../src/reconcile/expectations.js'
import { commitTaskPlan, type OpenGap, planTasks, type TaskPlanOptions } from '../../src/reconcile/planTasks.js'
import { changeTask, loadTasks, MOST_GAPS, type Task, type TaskState } from '../../src/reconcile/taskState.js'
import { endTask, restartTask, settleTask, takeTask } from '../../src/reconcile/taskSteps.js'

const DAY_MS = 86_400_000
const at = (days: number): Date => new Date(Date.UTC(2026, 0, 20) + days * DAY_MS)

const TEMPLATE: TaskTemplate = {
  run: ['python', 'scrape.py', '--date', '{date}'],
  kinds: ['missing', 'incomplete'],
  passEnv: ['API_KEY'],
  env: { MODE: 'backfill' },
  timeoutMs: 600_000,
  retries: 2,
  atMost: 1000,
}

const datasetOf = (template: Partial<TaskTemplate> = {}, name = 'games') => ({
  name,
  connector: 'demo',
  task: { ...TEMPLATE, ...template },
})

const gapOf = (date: string, gap: Partial<OpenGap> = {}): OpenGap => ({
  gap_id: `gap_${date}${gap.kind ?? ''}${gap.partition_values?.team ?? ''}`,
  connector: 'demo',
  dataset: 'games',
  kind: 'missing',
  priority: 'medium',
  key_prefix: `games/${date}.json`,
  partition_values: { date },
  ...gap,
})

const options = (given: Partial<TaskPlanOptions> = {}): TaskPlanOptions => ({
  datasets: [datasetOf()],
  runAt: at(0),
  quarantineAfter: 3,
  ...given,
})

let store: MemoryStore
const effects = { now: () => at(0), sleep: async () => {}, random: () => 0, signal: new AbortController().signal }
beforeEach(() => {
  store = new MemoryStore()
})

/** Plans against what is in the lake, and commits it. @returns what it changed, before and after */
async function reconcile(gaps: readonly OpenGap[], given: Partial<TaskPlanOptions> = {}) {
  const plan = await planTasks(gaps, await loadTasks(store), options(given))
  await commitTaskPlan(plan, store, effects)
  return plan
}

const states = async (): Promise<string[]> => [...(await loadTasks(store)).values()].map(({ state }) => state).sort()

async function onlyTask(): Promise<Task> {
  const [task, ...others] = (await loadTasks(store)).values()
  if (!task || others.length > 0) throw new Error('expected one task')
  return task
}

const alter = (plan: (task: Task) => Task | undefined, id?: string) =>
  onlyTask().then(({ task_id }) => changeTask(store, id ?? task_id, task => task && plan(task), effects))

const LEASE = { owner: 'someone', until: at(1), runner: { pid: 1, space: null, began: null } }
const take = (now = at(0)) => alter(task => takeTask(task, { command: ['python'], lease: LEASE, now }))
const end = (kind: 'ran' | 'failed' | 'stopped', endedAt = at(0)) =>
  alter(task => endTask(task, { kind, outcome: `it ${kind}`, exitCode: 0, output: null, endedAt }, 3))
const verify = (isOpen: boolean, verifiedAt = at(0)) =>
  alter(seen => settleTask(seen, { seen, openGaps: new Set(isOpen ? seen.gap_ids : []), verifiedAt }, 3))

test('a gap becomes a task that waits', async () => {
  await reconcile([gapOf('2025-11-03', { priority: 'critical' })])
  expect(await onlyTask()).toEqual({
    task_id: expect.stringMatching(/^task_[0-9a-f]{26}$/),
    connector: 'demo',
    dataset: 'games',
    values: { date: '2025-11-03' },
    gap_ids: ['gap_2025-11-03'],
    key_prefixes: ['games/2025-11-03.json'],
    priority: 'critical',
    command: ['python', 'scrape.py', '--date', '2025-11-03'],
    cwd: null,
    env_names: ['API_KEY', 'MODE'],
    state: 'queued',
    outcome: null,
    attempts: 0,
    tries: 0,
    verify_first: false,
    created_at: at(0),
    planned_at: at(0),
    started_at: null,
    ended_at: null,
    exit_code: null,
    verified_at: null,
    mended: {},
    output: null,
  })
})

describe('which gaps become which tasks', () => {
  const teams = ['ATL', 'BOS'].map(team => gapOf('2025-11-03', { partition_values: { date: '2025-11-03', team } }))

  test.each<[string, Partial<TaskTemplate> | undefined, OpenGap[], number]>([
    ['none without gaps', {}, [], 0],
    ['none without a template', undefined, [gapOf('2025-11-03')], 0],
    ['one for each gap', {}, [gapOf('2025-11-03'), gapOf('2025-11-04')], 2],
    ['one for each gap of a partition', {}, [gapOf('2025-11-03'), gapOf('2025-11-03', { kind: 'incomplete' })], 2],
    ['only of its kinds', {}, [gapOf('2025-11-03', { kind: 'zero_byte' }), gapOf('2025-11-04')], 1],
    ['one for a date', { per: ['date'] }, [...teams, gapOf('2025-11-03', { kind: 'incomplete' })], 1],
    ['one for a date and team', { per: ['date', 'team'] }, teams, 2],
    ['one for all', { per: [], run: ['sync'] }, [...teams, gapOf('2025-11-04')], 1],
    ['none of another dataset', {}, [gapOf('2025-11-03', { dataset: 'other' })], 0],
    ['none of another connector', {}, [gapOf('2025-11-03', { connector: 'other' })], 0],
  ])('%s', async (_, template, gaps, count) => {
    const dataset = template ? datasetOf(template) : { name: 'games', connector: 'demo' }
    const { changes } = await reconcile(gaps, { datasets: [dataset] })
    expect(changes).toHaveLength(count)
  })

  test('a group has the most urgent priority, all of the gaps, and each prefix once', async () => {
    const gaps = [
      gapOf('2025-11-03', { priority: 'low', gap_id: 'gap_b' }),
      gapOf('2025-11-03', { priority: 'critical', gap_id: 'gap_a' }),
      gapOf('2025-11-03', { priority: 'high', gap_id: 'gap_c', key_prefix: 'games/' }),
    ]
    await reconcile(gaps, { datasets: [datasetOf({ per: ['date'] })] })
    expect(await onlyTask()).toMatchObject({
      priority: 'critical',
      gap_ids: ['gap_a', 'gap_b', 'gap_c'],
      key_prefixes: ['games/', 'games/2025-11-03.json'],
      values: { date: '2025-11-03' },
    })
  })

  test.each<[string, Partial<TaskTemplate>, Partial<OpenGap>, string]>([
    [
      'a value would be an option',
      { run: ['x', '{date}'] },
      { partition_values: { date: '-rf' } },
      '"-rf" would be an option, where the template has {date}',
    ],
    ['a value is not there', {}, { partition_values: {} }, 'the gaps have no value for {date}'],
    [
      'a value is not shared',
      { per: ['date'], run: ['x', '{team}'] },
      { partition_values: { date: '1', team: 'ATL' } },
      'the gaps have no value for {team}',
    ],
    ['there is nothing to group by', { per: ['date'], run: ['x'] }, { partition_values: {} }, 'the gap has no date'],
  ])('a task is refused where %s', async (_, template, gap, outcome) => {
    await reconcile([gapOf('2025-11-03', gap)], { datasets: [datasetOf(template)] })
    expect(await onlyTask()).toMatchObject({ state: 'refused', outcome, command: [] })
    await reconcile([gapOf('2025-11-03', gap)], { datasets: [datasetOf({ run: ['x', 'fixed'] })] })
    expect((await loadTasks(store)).size).toBeLessThanOrEqual(2)
  })

  test('the same gaps in any order give the same tasks', async () => {
    const gaps = [...teams, gapOf('2025-11-03'), gapOf('2025-11-04'), gapOf('2025-11-05', { priority: 'high' })]
    const given = options({ datasets: [datasetOf({ per: ['date'] })] })
    const planned = async (order: readonly OpenGap[]) =>
      (await planTasks(order, new Map(), given)).changes
        .map(({ after }) => after)
        .sort((a, b) => (a.task_id < b.task_id ? -1 : 1))
    const expected = await planned(gaps)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(gaps, { minLength: gaps.length }), async order => {
        expect(await planned(order)).toEqual(expected)
      }),
    )
  })
})

describe('at most so many tasks are open', () => {
  const gaps = ['01', '02', '03', '04', '05'].map(day => gapOf(`2025-11-${day}`))
  const two = { datasets: [datasetOf({ atMost: 2 })] }

  test('the first gaps get them, the others wait and are counted', async () => {
    const { waiting, taken } = await reconcile(gaps, two)
    expect([waiting.get('games'), taken.get('games')]).toEqual([3, 2])
    expect([...(await loadTasks(store)).values()].map(({ values }) => values.date).sort()).toEqual([
      '2025-11-01',
      '2025-11-02',
    ])
  })

  test('tasks that are there keep their places, until they are over', async () => {
    await reconcile(gaps.slice(3), two)
    expect((await reconcile(gaps, two)).waiting.get('games')).toBe(3)
    expect((await reconcile(gaps.slice(0, 4), two)).changes.map(({ after }) => after.state)).toEqual(['closed'])
    expect((await reconcile(gaps.slice(0, 4), two)).changes.map(({ after }) => after.state)).toEqual(['queued'])
  })

  test('gaps of one that is there join it', async () => {
    const per = { datasets: [datasetOf({ atMost: 1, per: ['date'] })] }
    await reconcile(gaps.slice(0, 1), per)
    const { waiting } = await reconcile([...gaps, gapOf('2025-11-01', { kind: 'incomplete' })], per)
    expect(waiting.get('games')).toBe(4)
    expect((await onlyTask()).gap_ids).toEqual(['gap_2025-11-01', 'gap_2025-11-01incomplete'])
  })

  test("what is refused or quarantined takes nobody's place", async () => {
    const hostile = ['-a', '-b', '-c'].map(date => gapOf(date))
    const given = { datasets: [datasetOf({ atMost: 2, run: ['x', '{date}'] })] }
    await reconcile([...hostile, ...gaps], given)
    expect(await states()).toEqual(['queued', 'queued', 'refused', 'refused'])
  })

  test('no more gaps than that are held in memory', async () => {
    function* endless() {
      for (let i = 0; i < 300_000; i++) yield gapOf(String(i))
    }
    const { changes, waiting } = await planTasks(endless(), new Map(), options(two))
    expect([changes.length, waiting.get('games')]).toEqual([2, 299_998])
  })
})

describe('a task that is there already', () => {
  const gap = gapOf('2025-11-03')
  beforeEach(() => reconcile([gap]))

  test('stays as it is while its gap does', async () => {
    const { changes } = await reconcile([gap], { runAt: at(1) })
    expect(changes).toEqual([])
    expect(store.objects.size).toBe(1)
  })

  test('follows its gap and its template', async () => {
    const datasets = [datasetOf({ run: ['sh', 'get.sh', '{date:yyyyMMdd}'], cwd: 'scripts', env: {} })]
    await reconcile([{ ...gap, priority: 'high', key_prefix: 'games/' }], { runAt: at(1), datasets })
    expect(await onlyTask()).toMatchObject({
      priority: 'high',
      key_prefixes: ['games/'],
      command: ['sh', 'get.sh', '20251103'],
      cwd: 'scripts',
      env_names: ['API_KEY'],
      created_at: at(0),
      planned_at: at(1),
    })
  })

  test.each<[string, () => Promise<unknown>, TaskState, TaskState]>([
    ['waits', async () => {}, 'queued', 'closed'],
    ['runs', () => take(), 'running', 'running'],
    ['ran', () => take().then(() => end('ran')), 'ran', 'ran'],
    ['was stopped', () => take().then(() => end('stopped')), 'queued', 'closed'],
    ['failed', () => take().then(() => end('failed')), 'queued', 'closed'],
    [
      'had no effect',
      () =>
        take()
          .then(() => end('ran'))
          .then(() => verify(true)),
      'queued',
      'closed',
    ],
    [
      'mended it',
      () =>
        take()
          .then(() => end('ran'))
          .then(() => verify(false)),
      'queued',
      'done',
    ],
  ])('that %s: with its gap, and without', async (_, happened, open, gone) => {
    await happened()
    const before = await onlyTask()
    await reconcile([gap], { runAt: at(1) })
    expect((await onlyTask()).state).toBe(open)
    await alter(task => ({ ...before, planned_at: task.planned_at }))
    await reconcile([], { runAt: at(2) })
    expect((await onlyTask()).state).toBe(gone)
    await reconcile([], { runAt: at(3) })
    expect((await onlyTask()).state).toBe(gone)
  })

  test('of another dataset stays as it is', async () => {
    await reconcile([], { datasets: [datasetOf({}, 'other')], runAt: at(1) })
    expect(await states()).toEqual(['queued'])
  })

  test('is closed when its dataset has no template any more', async () => {
    await reconcile([gap], { datasets: [{ name: 'games', connector: 'demo' }], runAt: at(1) })
    expect(await onlyTask()).toMatchObject({ state: 'closed', outcome: 'no gap asks for it any more' })
  })

  test('opens again with its history', async () => {
    await take()
    await end('failed')
    await reconcile([], { runAt: at(1) })
    await reconcile([gap], { runAt: at(2) })
    expect(await onlyTask()).toMatchObject({ state: 'queued', attempts: 1, tries: 1, created_at: at(0) })
  })

  test('is quarantined after three runs that failed, and closed when its gap is gone after all', async () => {
    for (const tries of [1, 2, 3]) {
      await reconcile([gap], { runAt: at(tries) })
      await take()
      await end('failed')
      expect(await onlyTask()).toMatchObject({ state: tries < 3 ? 'failed' : 'quarantined', tries, attempts: tries })
    }
    expect((await onlyTask()).outcome).toBe("it failed; 3 tries didn't help")
    await reconcile([gap], { runAt: at(10) })
    expect(await states()).toEqual(['quarantined'])
    await reconcile([], { runAt: at(11) })
    expect(await onlyTask()).toMatchObject({ state: 'closed', tries: 0 })
  })

  test.each([
    ['three runs without effect', true, 1],
    ['three returns of the gap', false, 0],
  ])('is quarantined after %s', async (_, isOpen, offset) => {
    for (let i = 0; i < 3; i++) {
      await reconcile([gap], { runAt: at(i) })
      expect(await onlyTask()).toMatchObject({ state: 'queued', tries: i })
      await take(at(i))
      await end('ran', at(i + 0.1))
      await verify(isOpen, at(i + 0.2))
      expect(await onlyTask()).toMatchObject({ tries: i + offset })
    }
    await reconcile([gap], { runAt: at(3) })
    expect(await onlyTask()).toMatchObject({ state: 'quarantined', tries: 3 })
  })

  test.each([
    ['a week later is a new one', gap, 8, 0],
    ['as its data got old again is no return', { ...gap, kind: 'stale' as const }, 2, 0],
    ['soon is a return', gap, 2, 1],
  ])('whose gap comes back %s', async (_, returned, days, tries) => {
    await take()
    await end('ran')
    await verify(false)
    await reconcile([returned], { runAt: at(days), datasets: [datasetOf({ kinds: ['missing', 'stale'] })] })
    expect(await onlyTask()).toMatchObject({ state: 'queued', tries })
  })

  test('is not judged by a reconciliation that began before its gap was mended', async () => {
    await take(at(1))
    await end('ran', at(1))
    await verify(false, at(1.1))
    await reconcile([gap], { runAt: at(1.05) })
    expect(await states()).toEqual(['done'])
    await reconcile([gap], { runAt: at(1.15) })
    expect(await states()).toEqual(['queued'])
    await reconcile([], { runAt: at(1.12) })
    expect(await states()).toEqual(['queued'])
  })

  test('is judged though a clock was a year ahead once', async () => {
    await alter(task => ({ ...task, planned_at: at(365) }))
    await reconcile([], { runAt: at(1) })
    expect(await states()).toEqual(['closed'])
  })

  test('is left to a runner that takes it between the plan and the commit', async () => {
    const plan = await planTasks([], await loadTasks(store), options({ runAt: at(1) }))
    expect(plan.changes).toMatchObject([{ before: { state: 'queued' }, after: { state: 'closed' } }])
    await take()
    expect(await commitTaskPlan(plan, store, effects)).toEqual([])
    expect(await states()).toEqual(['running'])
  })
})

describe('gaps of one task', () => {
  const perSeason = { datasets: [datasetOf({ per: ['season'], run: ['sync', '{season}'] })] }
  const dayOf = (day: number, gap: Partial<OpenGap> = {}): OpenGap =>
    gapOf(`2025-11-${day}`, { partition_values: { season: '2025-26', date: `2025-11-${day}` }, ...gap })

  /** A day in which these gaps are found, and a run after which those are left. */
  async function live(day: number, found: readonly OpenGap[], left: readonly OpenGap[] = []): Promise<Task> {
    await reconcile(found, { ...perSeason, runAt: at(day) })
    await take(at(day))
    await end('ran', at(day + 0.1))
    const openGaps = new Set(left.map(({ gap_id }) => gap_id))
    await alter(seen => settleTask(seen, { seen, openGaps, verifiedAt: at(day + 0.2) }, 3))
    return onlyTask()
  }

  test('that are new each day are no returns of those that were mended', async () => {
    for (const day of [1, 2, 3, 4, 5]) expect(await live(day, [dayOf(day)])).toMatchObject({ state: 'done', tries: 0 })
  })

  test('that are back count though others of their task were mended since', async () => {
    const [flaps, stays] = [dayOf(1), dayOf(2)]
    expect(await live(1, [flaps, stays], [stays])).toMatchObject({ state: 'queued', gap_ids: [stays.gap_id], tries: 0 })
    expect(await live(2, [stays])).toMatchObject({ state: 'done', tries: 0 })
    expect(await live(3, [flaps])).toMatchObject({ state: 'done', tries: 1 })
  })

  test('that are back again and again beside one that stays are not mended for ever', async () => {
    const [flaps, stays] = [dayOf(1), dayOf(2)]
    for (const day of [1, 2, 3]) await live(day, [flaps, stays], [stays])
    await reconcile([flaps, stays], { ...perSeason, runAt: at(4) })
    expect(await onlyTask()).toMatchObject({ state: 'quarantined', tries: 3, attempts: 3 })
  })

  test('that are back a week after they were mended are new, though their task was at work since', async () => {
    for (const day of [1, 4, 7]) await live(day, [dayOf(day)])
    expect(await live(10, [dayOf(1)])).toMatchObject({ state: 'done', tries: 0 })
    expect(await live(11, [dayOf(7)])).toMatchObject({ state: 'done', tries: 1 })
  })

  test('of which only data got old again beside a new one are no return', async () => {
    const stale = dayOf(1, { kind: 'stale' })
    const given = { datasets: [datasetOf({ per: ['season'], run: ['sync'], kinds: ['missing', 'stale'] })] }
    for (const day of [1, 2]) {
      await reconcile([stale, dayOf(day)], { ...given, runAt: at(day) })
      expect(await onlyTask()).toMatchObject({ state: 'queued', tries: 0 })
      await take(at(day))
      await end('ran', at(day))
      await verify(false, at(day))
    }
  })

  test('that a person sent on have no history', async () => {
    await live(1, [dayOf(1), dayOf(2)], [dayOf(2)])
    await alter(task => restartTask(task, at(1.3)))
    expect(await live(2, [dayOf(1), dayOf(2)])).toMatchObject({ state: 'done', tries: 0 })
  })
})

describe('a task of many gaps', () => {
  const all = { datasets: [datasetOf({ per: [], run: ['sync'] })] }
  const gaps = Array.from({ length: MOST_GAPS + 5 }, (_, i) => gapOf(String(10_000 + i)))

  test('has the most urgent, and the others wait and are counted', async () => {
    const { taken, waiting } = await reconcile(gaps, all)
    expect([taken.get('games'), waiting.get('games')]).toEqual([MOST_GAPS, 5])
    const { gap_ids, key_prefixes } = await onlyTask()
    expect([gap_ids.length, key_prefixes.length]).toEqual([MOST_GAPS, MOST_GAPS])
    expect(gap_ids).not.toContain(gaps.at(-1)?.gap_id)
    expect((await reconcile(gaps, { ...all, runAt: at(1) })).changes).toEqual([])
  })

  test('gets the others when these are mended, and remembers no more than it can have', async () => {
    const others = gaps.map(gap => ({ ...gap, gap_id: `${gap.gap_id} too` }))
    for (const [day, found] of [gaps, gaps.slice(MOST_GAPS), others].entries()) {
      await reconcile(found, { ...all, runAt: at(day) })
      expect(await onlyTask()).toMatchObject({ state: 'queued', tries: 0 })
      await take(at(day))
      await end('ran', at(day))
      await verify(false, at(day))
    }
    expect(Object.keys((await onlyTask()).mended)).toHaveLength(MOST_GAPS)
  })
})

describe('what a look at the bucket shows', () => {
  beforeEach(async () => {
    await reconcile([gapOf('2025-11-03', { gap_id: 'gap_a' }), gapOf('2025-11-03', { gap_id: 'gap_b' })], {
      datasets: [datasetOf({ per: ['date'] })],
    })
    await take()
  })

  const look = (openGaps: string[]) =>
    alter(seen => settleTask(seen, { seen, openGaps: new Set(openGaps), verifiedAt: at(1) }, 3))

  test.each<['ran' | 'failed' | 'stopped' | 'running', string[], Partial<Task>]>([
    ['ran', [], { state: 'done', tries: 0, outcome: 'its gaps are gone' }],
    ['ran', ['gap_c'], { state: 'done', tries: 0 }],
    ['ran', ['gap_a', 'gap_b'], { state: 'without_effect', tries: 1, outcome: 'its gaps are still there' }],
    ['ran', ['gap_b'], { state: 'queued', tries: 0, gap_ids: ['gap_b'], outcome: '1 of 2 gaps are gone' }],
    ['failed', [], { state: 'done', tries: 0, outcome: 'its gaps are gone; before: it failed' }],
    ['failed', ['gap_a', 'gap_b'], { state: 'failed', tries: 1, outcome: 'it failed' }],
    ['failed', ['gap_b'], { state: 'queued', tries: 0, gap_ids: ['gap_b'], outcome: '1 of 2 gaps are gone' }],
    ['stopped', [], { state: 'done', tries: 0 }],
    ['stopped', ['gap_a', 'gap_b'], { state: 'queued', tries: 0, verify_first: false }],
    ['running', [], { state: 'done', tries: 0, outcome: 'its gaps are gone' }],
    ['running', ['gap_b'], { state: 'queued', tries: 0, gap_ids: ['gap_b'] }],
    [
      'running',
      ['gap_a', 'gap_b'],
      {
        state: 'queued',
        tries: 1,
        verify_first: false,
        outcome: 'nothing was heard of its run, and its gaps are still there',
      },
    ],
  ])('of a task that %s, with %j there', async (kind, openGaps, expected) => {
    if (kind !== 'running') await end(kind)
    await look(openGaps)
    expect(await onlyTask()).toMatchObject({ ...expected, verified_at: at(1), attempts: 1 })
    expect((await onlyTask()).lease).toBeUndefined()
  })

  test.each<['failed' | 'running', Partial<Task>]>([
    ['failed', { state: 'queued', tries: 2, gap_ids: ['gap_b'], outcome: '1 of 2 gaps are gone' }],
    ['running', { state: 'queued', tries: 2, gap_ids: ['gap_b'] }],
  ])('of a task that %s for the third time, and helped', async (kind, expected) => {
    await alter(task => ({ ...task, tries: 2 }))
    if (kind === 'failed') await end(kind)
    await look(['gap_b'])
    expect(await onlyTask()).toMatchObject(expected)
  })

  test('of a task whose runs were never heard of again: it is quarantined', async () => {
    await alter(task => ({ ...task, tries: 2 }))
    await look(['gap_a', 'gap_b'])
    expect(await onlyTask()).toMatchObject({
      state: 'quarantined',
      tries: 3,
      outcome: "nothing was heard of its run, and its gaps are still there; 3 tries didn't help",
    })
  })

  test.each<['failed' | 'stopped' | 'running', (task: Task) => Task]>([
    ['failed', task => ({ ...task, gap_ids: ['gap_a', 'gap_b', 'gap_c'], planned_at: at(0.5) })],
    ['stopped', task => ({ ...task, gap_ids: ['gap_a', 'gap_b', 'gap_c'], planned_at: at(0.5) })],
    ['running', task => ({ ...task, lease: { ...LEASE, until: at(2) } })],
  ])('says nothing of a task that %s and was changed meanwhile', async (kind, change) => {
    if (kind !== 'running') await end(kind)
    const seen = await onlyTask()
    await alter(change)
    const before = await onlyTask()
    await alter(task => settleTask(task, { seen, openGaps: new Set(), verifiedAt: at(1) }, 3))
    expect(await onlyTask()).toEqual(before)
  })

  test('says nothing of a task that was taken again since', async () => {
    const seen = await onlyTask()
    await end('stopped')
    await alter(task => ({ ...task, verify_first: false }))
    await take()
    await alter(task => settleTask(task, { seen, openGaps: new Set(), verifiedAt: at(1) }, 3))
    expect(await states()).toEqual(['running'])
  })
})

test.each<[TaskState, TaskState | undefined]>([
  ['queued', 'queued'],
  ['failed', 'queued'],
  ['without_effect', 'queued'],
  ['quarantined', 'queued'],
  ['running', undefined],
  ['ran', undefined],
  ['done', undefined],
  ['closed', undefined],
  ['refused', undefined],
])('a task that is %s is sent on by a person: %s', async (state, after) => {
  await reconcile([gapOf('2025-11-03')])
  const restarted = restartTask({ ...(await onlyTask()), state, tries: 3 }, at(1))
  expect(restarted?.state).toBe(after)
  if (after) expect(restarted?.tries).toBe(0)
})
