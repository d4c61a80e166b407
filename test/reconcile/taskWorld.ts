import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import type { TaskTemplate } from '../../src/reconcile/expectations.js'
import { commitTaskPlan, type OpenGap, planTasks } from '../../src/reconcile/planTasks.js'
import { runTasks, type TasksRun } from '../../src/reconcile/runTasks.js'
import type { RunTasksEffects, RunTasksOptions, TaskEvent } from '../../src/reconcile/taskRun.js'
import { loadTasks, type Task } from '../../src/reconcile/taskState.js'

/** A bucket that lacks objects, a lake that knows, and scripts that may put them there. */
export interface TaskWorld {
  readonly folder: string
  readonly store: FolderStore
  readonly events: TaskEvent[]
  /** Prefixes that were looked at, one list for each look. */
  readonly looks: string[][]
  /** Makes tasks of the objects that aren't there. */
  reconcile(keys: readonly string[], given?: Partial<OpenGap>): Promise<void>
  run(options?: Partial<RunTasksOptions>, effects?: Partial<RunTasksEffects>): Promise<TasksRun>
  /** The task of each key, as it is. */
  tasks(): Promise<Record<string, Task>>
  /** `key: state` of each task, by key. */
  states(): Promise<Record<string, string>>
  /** What the scripts noted, line by line. */
  notes(): Promise<string[]>
  remove(): Promise<void>
}

/**
 * What each script can use: `key`, `put(key)`, `note(text)`, `count(name)` (how often this was asked, in all runs), `hang()`.
 * It notes `begin` and `end`, each with its key.
 */
const PRELUDE = `
  import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
  import { dirname, join } from 'node:path'
  const key = process.argv[2]
  const note = text => appendFileSync('notes', text + '\\n')
  const put = path => { mkdirSync(dirname(join('bucket', path)), { recursive: true }); writeFileSync(join('bucket', path), 'x') }
  const count = name => { appendFileSync('count ' + name, '.'); return readFileSync('count ' + name, 'utf8').length }
  const hang = () => new Promise(() => setInterval(() => {}, 1000))
  const pause = ms => new Promise(next => setTimeout(next, ms))
  note('begin ' + key)
  process.on('exit', () => note('end ' + key))
`

/** @param script the body of the only dataset's command */
export async function openTaskWorld(script: string, template: Partial<TaskTemplate> = {}): Promise<TaskWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-tasks-'))
  await mkdir(join(folder, 'bucket'))
  await writeFile(join(folder, 'script.mjs'), `${PRELUDE}\n${script}`)
  const store = new FolderStore(join(folder, 'lake'))
  const datasets = [datasetOf(template)]
  const events: TaskEvent[] = []
  const looks: string[][] = []
  let runAt = Date.UTC(2026, 0, 20)

  const tasks = async () =>
    Object.fromEntries([...(await loadTasks(store)).values()].map(task => [task.key_prefixes.join(), task]))

  return {
    folder,
    store,
    events,
    looks,
    tasks,
    async reconcile(keys, given = {}) {
      runAt = Math.max(runAt + 1, Date.now())
      const gaps = keys.filter(key => !existsSync(join(folder, 'bucket', key))).map(key => gapOf(key, given))
      const moment = { runAt: new Date(runAt), quarantineAfter: 3 }
      await commitTaskPlan(await planTasks(gaps, await loadTasks(store), { ...moment, datasets }), store, EFFECTS)
    },
    run: (options = {}, effects = {}) =>
      runTasks(
        { datasets, folder, concurrency: 2, quarantineAfter: 3, ...options },
        {
          ...EFFECTS,
          store,
          environment: process.env,
          verify: async seen => {
            looks.push(seen.flatMap(task => task.key_prefixes).sort())
            return findGaps(folder, seen)
          },
          told: event => events.push(event),
          ...effects,
        },
      ),
    async states() {
      const entries = Object.entries(await tasks())
      return Object.fromEntries(entries.map(([key, { state }]) => [key, state]).sort())
    },
    notes: async () =>
      (await readFile(join(folder, 'notes'), 'utf8').catch(() => '')).split('\n').filter(line => line !== ''),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Waits are a hundredth of what they are outside of tests, but for what keeps a lease up. */
const EFFECTS = {
  now: () => new Date(),
  sleep: (ms: number, signal: AbortSignal) => sleep(ms / 100, undefined, { signal }),
  random: Math.random,
  signal: new AbortController().signal,
}

export const datasetOf = (template: Partial<TaskTemplate>) => ({
  name: 'games',
  connector: 'demo',
  task: {
    run: [process.execPath, 'script.mjs', '{key}'] as [string, ...string[]],
    kinds: ['missing'] as const,
    passEnv: [],
    env: {},
    timeoutMs: 600_000,
    retries: 2,
    atMost: 1000,
    ...template,
  },
})

/** The gap of an object that isn't there; its id says which. */
const gapOf = (key: string, given: Partial<OpenGap>): OpenGap => ({
  gap_id: `gap_${key}`,
  connector: 'demo',
  dataset: 'games',
  kind: 'missing',
  priority: 'medium',
  key_prefix: key,
  partition_values: { key },
  ...given,
})

/** The gaps of tasks whose objects still aren't there. */
export const findGaps = (folder: string, tasks: readonly Task[]): Set<string> =>
  new Set(
    tasks.flatMap(task => task.gap_ids).filter(id => !existsSync(join(folder, 'bucket', id.slice('gap_'.length)))),
  )

/** Waits until it holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10)
}

export const readOutput = async (store: ObjectStore, task: Task | undefined): Promise<string> =>
  new TextDecoder().decode(await store.read(task?.output ?? 'none'))
