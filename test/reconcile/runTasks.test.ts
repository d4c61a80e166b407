import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { judgeProcess } from '../../src/lake/processFacts.js'
import type { TaskTemplate } from '../../src/reconcile/expectations.js'
import { changeTask, type Task } from '../../src/reconcile/taskState.js'
import { compileImporter } from '../snapshot/processes.js'
import { datasetOf, openTaskWorld, readOutput, type TaskWorld, until } from './taskWorld.js'

let world: TaskWorld
const open = async (script: string, template?: Partial<TaskTemplate>): Promise<TaskWorld> => {
  world = await openTaskWorld(script, template)
  return world
}
afterEach(() => world?.remove())

const KEYS = ['a.json', 'b.json', 'c.json', 'd.json', 'e.json']
const PUT = 'put(key)'

const kinds = () => world.events.map(({ kind }) => kind)
const begun = async () => (await world.notes()).filter(note => note.startsWith('begin')).map(note => note.slice(6))

describe('the loop is closed', () => {
  test('commands that put what is missing: nothing is missing, and nothing is left to do', async () => {
    await open(PUT)
    await world.reconcile(KEYS)
    const { tasks, left, errors } = await world.run()
    expect([left, errors]).toEqual([[], []])
    expect(tasks).toHaveLength(5)
    for (const task of tasks)
      expect(task).toMatchObject({
        state: 'done',
        outcome: 'its gaps are gone',
        attempts: 1,
        tries: 0,
        exit_code: 0,
        started_at: expect.any(Date),
        ended_at: expect.any(Date),
        verified_at: expect.any(Date),
      })
    expect(world.looks).toEqual([KEYS]) // one look for all, and only there
    await world.reconcile(KEYS)
    expect((await world.run()).tasks).toEqual([])
    expect(await begun()).toHaveLength(5)
  })

  test('commands that lie are found out, and stopped after three runs', async () => {
    await open('')
    const seen: unknown[] = []
    for (let run = 1; run <= 5; run++) {
      await world.reconcile(['a.json'])
      await world.run()
      const { state, attempts, tries } = (await world.tasks())['a.json'] ?? {}
      seen.push([state, attempts, tries])
    }
    expect(seen).toEqual([
      ['without_effect', 1, 1],
      ['without_effect', 2, 2],
      ['quarantined', 3, 3],
      ['quarantined', 3, 3],
      ['quarantined', 3, 3],
    ])
  })

  test('what comes back again and again is not mended for ever', async () => {
    await open(PUT)
    for (let run = 1; run <= 5; run++) {
      await world.reconcile(['a.json'])
      await world.run()
      await rm(join(world.folder, 'bucket/a.json'), { force: true })
    }
    expect((await world.tasks())['a.json']).toMatchObject({ state: 'quarantined', attempts: 3, tries: 3 })
  })

  test('commands that fail twice work the third time', async () => {
    await open(`console.log('try ' + count(key)); if (readFileSync('count ' + key).length < 3) process.exit(7); ${PUT}`)
    await world.reconcile(['a.json'])
    await world.run()
    const task = (await world.tasks())['a.json']
    expect(task).toMatchObject({ state: 'done', attempts: 3, tries: 0, exit_code: 0 })
    expect(await readOutput(world.store, task)).toBe('try 3\n')
    expect(world.events.filter(({ kind }) => kind === 'retry')).toMatchObject([
      { outcome: 'exit code 7' },
      { outcome: 'exit code 7' },
    ])
  })

  test('commands that put nothing and fail have failed; those that put it and fail have helped', async () => {
    await open(`if (key === 'b.json') ${PUT}; process.exit(3)`, { retries: 0 })
    await world.reconcile(['a.json', 'b.json'])
    await world.run()
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'failed', outcome: 'exit code 3', exit_code: 3, tries: 1 },
      'b.json': { state: 'done', outcome: 'its gaps are gone; before: exit code 3', tries: 0 },
    })
  })

  test("one that fails, hangs, lies or isn't there doesn't stop the others", async () => {
    await open(
      `if (key === 'a.json') process.exit(1)
       if (key === 'b.json') await hang()
       if (key === 'c.json') process.exit(0)
       if (key === 'd.json') process.kill(process.pid, 'SIGSEGV')
       ${PUT}`,
      { retries: 0, timeoutMs: 6_000 },
    )
    await world.reconcile(KEYS)
    const { errors } = await world.run()
    expect(errors).toEqual([])
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'failed', outcome: 'exit code 1' },
      'b.json': { state: 'failed', outcome: 'not over after 6 s' },
      'c.json': { state: 'without_effect' },
      'd.json': { state: 'failed', outcome: 'ended by SIGSEGV', exit_code: null },
      'e.json': { state: 'done' },
    })
  })

  test("a program that isn't there is not tried again, and nobody looks", async () => {
    await open('', { run: ['stocktake-no-such-program', '{key}'] })
    await world.reconcile(['a.json'])
    await world.run()
    expect((await world.tasks())['a.json']).toMatchObject({
      state: 'failed',
      attempts: 1,
      outcome: 'not started: stocktake-no-such-program: no such program',
      output: null,
    })
    expect(world.looks).toEqual([])
  })

  test('where the look fails, tasks wait for the next one', async () => {
    await open(PUT)
    await world.reconcile(['a.json'])
    const { errors } = await world.run({}, { verify: () => Promise.reject(new Error('access denied')) })
    expect(errors).toMatchObject([{ message: 'access denied' }])
    expect(await world.states()).toEqual({ 'a.json': 'ran' })
    await world.reconcile(['a.json', 'b.json'])
    await world.run()
    expect(await world.states()).toEqual({ 'a.json': 'done', 'b.json': 'done' })
    expect(await begun()).toEqual(['a.json', 'b.json'])
    expect(world.looks).toEqual([['a.json'], ['b.json']])
  })
})

test('what ran for a dataset that is no more is neither mended nor without effect', async () => {
  await open('')
  await world.reconcile(['a.json'])
  await world.run({}, { verify: () => Promise.reject(new Error('access denied')) })
  const { left } = await world.run({ datasets: [] }, { verify: async () => new Set() })
  expect(left).toMatchObject([{ task: { state: 'ran' }, why: 'data_inventory.yaml has no task for games' }])
  expect(await world.states()).toEqual({ 'a.json': 'ran' })
})

describe('what a command gets', () => {
  test("its values as they are, its task's id, and no more of the environment than is said", async () => {
    const key = '$(touch hacked); touch hacked\n`touch hacked` --x "'
    await open('console.log(JSON.stringify([key, process.env]))', { passEnv: ['API_KEY'], env: { MODE: 'x' } })
    await world.reconcile([key])
    await world.run({}, { environment: { PATH: '/bin', API_KEY: 's', SECRET: 't' } })
    const [task] = Object.values(await world.tasks())
    expect(JSON.parse(await readOutput(world.store, task))).toEqual([
      key,
      { PATH: '/bin', API_KEY: 's', MODE: 'x', STOCKTAKE_TASK_ID: task?.task_id },
    ])
    await expect(readFile(join(world.folder, 'hacked'))).rejects.toThrow('ENOENT')
  })

  test('its own folder', async () => {
    await open(`console.log(process.cwd())`, { cwd: 'inner', run: [process.execPath, '../script.mjs', '{key}'] })
    await mkdir(join(world.folder, 'inner'))
    await world.reconcile(['a.json'])
    await world.run()
    expect(await readOutput(world.store, (await world.tasks())['a.json'])).toMatch(/\/inner\n$/)
  })

  test('its program from the template here, whatever the lake says', async () => {
    await open(PUT)
    await world.reconcile(['a.json'])
    const { task_id } = (await world.tasks())['a.json'] ?? { task_id: '' }
    const hostile = (task: Task | undefined) => task && { ...task, command: ['touch', join(world.folder, 'hacked')] }
    await changeTask(world.store, task_id, hostile, { ...EFFECTS })
    await world.run()
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'done', command: [process.execPath, 'script.mjs', 'a.json'] },
    })
    await expect(readFile(join(world.folder, 'hacked'))).rejects.toThrow('ENOENT')
  })

  test.each<[string, Partial<TaskTemplate> | undefined, string]>([
    [
      "a variable that isn't set",
      { passEnv: ['STOCKTAKE_NOT_SET'] },
      "STOCKTAKE_NOT_SET isn't set, which pass_env names",
    ],
    ["a value that this template can't take", { run: ['x', '{other}'] }, 'the gaps have no value for {other}'],
    ['no template', undefined, 'data_inventory.yaml has no task for games'],
  ])('nothing: with %s it is left as it was', async (_, template, why) => {
    await open(PUT)
    await world.reconcile(['a.json'])
    const datasets = template ? [datasetOf(template)] : []
    expect((await world.run({ datasets })).left).toMatchObject([{ why: why }])
    expect(await world.tasks()).toMatchObject({ 'a.json': { state: 'queued', attempts: 0 } })
  })
})

const EFFECTS = { now: () => new Date(), sleep: async () => {}, random: () => 0, signal: new AbortController().signal }

test('output is kept for the last five attempts', async () => {
  await open('console.log(count(key)); process.exit(1)', { retries: 6 })
  await world.reconcile(['a.json'])
  await world.run()
  const kept: string[] = []
  for await (const { key } of world.store.list('state/task_output/')) kept.push(key.replace(/^.*\//, ''))
  expect(kept).toEqual(['3.txt', '4.txt', '5.txt', '6.txt', '7.txt'])
})

test('the most urgent come first', async () => {
  await open(PUT)
  await world.reconcile(['low.json'], { priority: 'low' })
  const { task_id } = (await world.tasks())['low.json'] ?? { task_id: '' }
  await world.run({ concurrency: 1, taskIds: [task_id] })
  expect(await begun()).toEqual(['low.json'])
  const all = { 'low2.json': 'low', 'high.json': 'high', 'critical.json': 'critical', 'medium.json': 'medium' } as const
  for (const [key, priority] of Object.entries(all)) await addTask(world, key, priority)
  await world.run({ concurrency: 1 })
  expect((await begun()).slice(1)).toEqual(['critical.json', 'high.json', 'medium.json', 'low2.json'])
})

/** A task beside those that are there. */
async function addTask({ store, tasks, reconcile }: TaskWorld, key: string, priority: Task['priority']): Promise<void> {
  const before = Object.values(await tasks())
  await reconcile([key], { priority })
  for (const task of before) await changeTask(store, task.task_id, () => task, EFFECTS) // this one reconciliation closed it
}

test.each([1, 3])('%i at once, and no more', async concurrency => {
  const hasFewer = `readFileSync('notes', 'utf8').split('begin ').length <= ${concurrency}`
  await open(`while (${hasFewer}) await pause(10); await pause(200); ${PUT}`) // another could begin meanwhile
  await world.reconcile(KEYS)
  await world.run({ concurrency })
  let running = 0
  let most = 0
  for (const note of await world.notes()) {
    running += note.startsWith('begin') ? 1 : -1
    most = Math.max(most, running)
  }
  expect(most).toBe(concurrency)
})

describe('a raised signal', () => {
  test('ends what runs, and its tasks wait again; the next run looks before it runs them', async () => {
    await open(`if (existsSync('second')) process.exit(0); if (key === 'b.json') ${PUT}; note('there'); await hang()`)
    await world.reconcile(['a.json', 'b.json', 'c.json'])
    const stopping = new AbortController()
    const running = world.run({ concurrency: 3 }, { signal: stopping.signal })
    await until(async () => (await world.notes()).filter(note => note === 'there').length === 3)
    stopping.abort()
    expect((await running).errors).toEqual([])
    for (const task of Object.values(await world.tasks())) {
      expect(task).toMatchObject({ state: 'queued', outcome: 'stopped', verify_first: true, tries: 0, attempts: 1 })
      expect(task.lease).toBeUndefined()
      expect(task.output).not.toBeNull()
    }
    expect(world.looks).toEqual([])

    await writeFile(join(world.folder, 'second'), '')
    await world.run()
    expect(world.looks).toEqual([
      ['a.json', 'b.json', 'c.json'],
      ['a.json', 'c.json'],
    ])
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'without_effect', attempts: 2, tries: 1 },
      'b.json': { state: 'done', attempts: 1, tries: 0 },
      'c.json': { state: 'without_effect', attempts: 2, tries: 1 },
    })
  })

  test("kills what doesn't hear, and starts none of those that wait", async () => {
    await open(`process.on('SIGTERM', () => {}); note('there'); await hang()`)
    await world.reconcile(KEYS)
    const stopping = new AbortController()
    const running = world.run({ graceMs: 100 }, { signal: stopping.signal })
    await until(async () => (await world.notes()).filter(note => note === 'there').length === 2)
    stopping.abort()
    await running
    expect(await begun()).toHaveLength(2)
    expect(new Set(Object.values(await world.states()))).toEqual(new Set(['queued']))
  })

  test('in the wait between two tries keeps what is known', async () => {
    await open('process.exit(4)')
    await world.reconcile(['a.json'])
    const stopping = new AbortController()
    const told = ({ kind }: { kind: string }) => {
      if (kind === 'retry') stopping.abort()
    }
    await world.run({}, { signal: stopping.signal, told })
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'queued', attempts: 1, verify_first: true, outcome: 'stopped after exit code 4' },
    })
  })

  test('that was there before runs nothing', async () => {
    await open(PUT)
    await world.reconcile(['a.json'])
    expect((await world.run({}, { signal: AbortSignal.abort() })).tasks).toEqual([])
    expect(await begun()).toEqual([])
  })
})

describe('runners at once', () => {
  test('each task runs once, whatever the order of their steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 3 }), async (runners, concurrency) => {
        await open(PUT)
        await world.reconcile(KEYS)
        const runs = await Promise.all(Array.from({ length: runners }, () => world.run({ concurrency })))
        expect(runs.flatMap(({ errors }) => errors)).toEqual([])
        expect((await begun()).sort()).toEqual(KEYS)
        expect(new Set(Object.values(await world.states()))).toEqual(new Set(['done']))
        await world.remove()
      }),
      { numRuns: 6 },
    )
  })

  test('a task that another runs is left, and said to be', async () => {
    await open(`note('here'); while (!existsSync('go')) await pause(10); ${PUT}`)
    await world.reconcile(['a.json'])
    const first = world.run()
    await until(async () => (await world.notes()).includes('here'))
    const second = await world.run()
    expect(second.tasks).toEqual([])
    expect(second.left).toMatchObject([{ task: { state: 'running' }, why: 'another run has it' }])
    await writeFile(join(world.folder, 'go'), '')
    await first
    expect(await world.states()).toEqual({ 'a.json': 'done' })
    expect(await begun()).toEqual(['a.json'])
  })

  test('a lease is kept up for as long as its command runs', async () => {
    await open(`note('here'); while (!existsSync('go')) await pause(10); ${PUT}`)
    await world.reconcile(['a.json'])
    const lease = { heldMs: 60_000, renewMs: 2_000 } // waits are a hundredth
    const first = world.run({ lease })
    const untilOf = async () => (await world.tasks())['a.json']?.lease?.until.getTime() ?? 0
    await until(async () => (await world.notes()).includes('here'))
    const before = await untilOf()
    await until(async () => (await untilOf()) > before)
    await until(async () => (await world.tasks())['a.json']?.lease?.command !== undefined)
    await writeFile(join(world.folder, 'go'), '')
    await first
    expect(await world.tasks()).toMatchObject({ 'a.json': { state: 'done', attempts: 1 } })
  })

  test('a lease names the process that is at work, also after a retry', async () => {
    await open(
      `if (count(key) === 1) process.exit(1); note('pid ' + process.pid); while (!existsSync('go')) await pause(10)`,
    )
    await world.reconcile(['a.json'])
    const first = world.run({ lease: { heldMs: 2 * 86_400_000, renewMs: 86_400_000 } })
    const pidOf = async () => (await world.notes()).find(note => note.startsWith('pid '))?.slice(4)
    await until(async () => (await pidOf()) !== undefined)
    await until(async () => String((await world.tasks())['a.json']?.lease?.command?.pid) === (await pidOf()))
    await writeFile(join(world.folder, 'go'), '')
    await first
    expect(await world.tasks()).toMatchObject({ 'a.json': { state: 'without_effect', attempts: 2 } })
  })

  test('one that was silent for too long ends its command, and leaves the task to the other', async () => {
    await open(`note('here'); if (count(key) === 1) await hang(); ${PUT}`)
    await world.reconcile(['a.json'])
    const silent = world.run({ lease: { heldMs: 60_000, renewMs: 20_000 } })
    await until(async () => (await world.notes()).includes('here'))
    const { task_id } = (await world.tasks())['a.json'] ?? { task_id: '' }
    // As another that took it over after the lease had ended.
    const takeOver = (task: Task | undefined): Task | undefined =>
      task?.lease && { ...task, lease: { owner: 'another', until: new Date(0), runner: task.lease.runner } }
    await changeTask(world.store, task_id, takeOver, EFFECTS)
    const { left, errors } = await silent
    expect(errors).toEqual([])
    expect(left).toMatchObject([{ why: 'this run was silent for so long that another took it over' }])
    expect((await world.tasks())['a.json']?.lease?.owner).toBe('another')
    await world.run()
    expect(await world.tasks()).toMatchObject({ 'a.json': { state: 'done', attempts: 2 } })
  })

  test.each([
    ['an hour back', -3_600_000],
    ['a minute ahead', 60_000],
  ])('with a clock that is %s each task runs once', async (_, aheadMs) => {
    await open(`await pause(200); ${PUT}`)
    await world.reconcile(KEYS)
    const now = () => new Date(Date.now() + aheadMs)
    await Promise.all([world.run(), world.run({}, { now })])
    expect((await begun()).sort()).toEqual(KEYS)
    expect(new Set(Object.values(await world.states()))).toEqual(new Set(['done']))
  })
})

describe('runners in processes of their own', () => {
  let compiled: string
  beforeAll(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'stocktake-runners-'))
    await compileImporter(compiled)
  })
  afterAll(() => rm(compiled, { recursive: true, force: true }))

  /** Runs the world's tasks, and takes all gaps for gone. */
  function startRunner(): ChildProcess {
    const program = `
      import { FolderStore } from '${compiled}/src/lake/folderStore.js'
      import { runTasks } from '${compiled}/src/reconcile/runTasks.js'
      const { errors } = await runTasks(
        { datasets: ${JSON.stringify([datasetOf({})])}, folder: '.', concurrency: 3, quarantineAfter: 3 },
        {
          store: new FolderStore('lake'), environment: process.env, now: () => new Date(), random: Math.random,
          sleep: ms => new Promise(next => setTimeout(next, ms / 100)), signal: new AbortController().signal,
          verify: async () => new Set(), told: () => {},
        })
      process.exitCode = errors.length`
    return spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: world.folder, stdio: 'inherit' })
  }

  test('at once on one lake: each task runs once', async () => {
    await open(`await pause(20); ${PUT}`)
    const keys = Array.from({ length: 30 }, (_, i) => `${i}.json`).sort()
    await world.reconcile(keys)
    const ended = await Promise.all([1, 2, 3].map(() => once(startRunner(), 'exit')))
    expect(ended).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ])
    expect((await begun()).sort()).toEqual(keys)
    for (const task of Object.values(await world.tasks())) expect(task).toMatchObject({ state: 'done', attempts: 1 })
  })

  test('killed: they leave their tasks to the next, which looks before it runs them, and waits for commands that still run', async () => {
    // At first: a puts and ends at once, b does nothing and ends when it is told to, c goes on until it is killed.
    await open(`
      if (count(key) > 1 || key === 'a.json') ${PUT}
      note(key + ' ' + process.pid)
      if (readFileSync('count ' + key).length === 1) {
        while (!existsSync('go ' + key) && existsSync('script.mjs')) await pause(10)
      }`)
    await world.reconcile(['a.json', 'b.json', 'c.json'])
    const runner = startRunner()
    const pidOf = async (key: string) => (await world.notes()).find(note => note.startsWith(`${key} `))?.split(' ')[1]
    const known = async () => Object.values(await world.tasks()).filter(({ lease }) => lease?.command).length
    await until(async () => (await known()) === 3)
    runner.kill('SIGKILL')
    await once(runner, 'exit')
    expect(await world.states()).toEqual({ 'a.json': 'running', 'b.json': 'running', 'c.json': 'running' })

    for (const key of ['a.json', 'b.json']) {
      await writeFile(join(world.folder, `go ${key}`), '')
      const command = (await world.tasks())[key]?.lease?.command
      await until(async () => command !== undefined && (await judgeProcess(command)) === 'dead')
    }
    const { left } = await world.run()
    expect(left).toMatchObject([{ task: { key_prefixes: ['c.json'] }, why: 'another run has it' }])
    expect(world.looks).toEqual([['a.json', 'b.json'], ['b.json']])
    expect(await world.tasks()).toMatchObject({
      'a.json': { state: 'done', attempts: 1 },
      'b.json': { state: 'done', attempts: 2 },
      'c.json': { state: 'running', attempts: 1 },
    })

    process.kill(Number(await pidOf('c.json')), 'SIGKILL')
    await until(async () => (await world.run()).left.length === 0)
    expect(await world.tasks()).toMatchObject({ 'c.json': { state: 'done', attempts: 2 } })
  })
})

test('what is told, in order', async () => {
  await open(PUT)
  await world.reconcile(['a.json'])
  await world.run()
  expect(kinds()).toEqual(['started', 'ended', 'verifying', 'verified'])
})
