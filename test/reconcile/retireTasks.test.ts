import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { retireTasks } from '../../src/reconcile/retireTasks.js'
import { changeTask, loadTasks, outputKey, type Task, type TaskState } from '../../src/reconcile/taskState.js'

const DAY_MS = 86_400_000
const START = new Date('2026-01-01T00:00Z')

let time: Date
let store: MemoryStore
beforeEach(() => {
  time = START
  store = new MemoryStore('memory://lake', () => time)
})

const effects = {
  now: () => time,
  random: () => 0,
  sleep: async () => undefined,
  signal: new AbortController().signal,
}

const idOf = (n: number): string => `task_${String(n).padStart(26, '0')}`

const taskOf = (task_id: string, state: TaskState): Task => ({
  ...{ task_id, state, connector: 'a', dataset: 'd', values: {}, gap_ids: [], key_prefixes: [], priority: 'low' },
  ...{ command: ['true'], cwd: null, env_names: [], outcome: null, attempts: 1, tries: 0, verify_first: false },
  ...{ created_at: START, planned_at: START, started_at: null, ended_at: null, exit_code: null, verified_at: null },
  ...{ mended: {}, output: null },
})

const put = (n: number, state: TaskState) => changeTask(store, idOf(n), () => taskOf(idOf(n), state), effects)

const after = (days: number): Date => new Date(START.getTime() + days * DAY_MS)

const retireAfter = (days: number, dryRun = false) => {
  time = after(days)
  return retireTasks(store, { now: time, dryRun })
}

const left = async () => [...(await loadTasks(store)).keys()]

describe('a task', () => {
  test.each<[TaskState, boolean]>([
    ['done', true],
    ['closed', true],
    ['queued', false],
    ['running', false],
    ['ran', false],
    ['failed', false],
    ['without_effect', false],
    ['quarantined', false],
    ['refused', false],
  ])('that is %s is retired: %s', async (state, isRetired) => {
    await put(1, state)
    expect(await retireAfter(15)).toMatchObject({ tasks: isRetired ? 1 : 0 })
    expect(await left()).toEqual(isRetired ? [] : [idOf(1)])
  })

  test('stays for two weeks after its last change', async () => {
    await put(1, 'queued')
    time = after(10)
    await put(1, 'done')
    expect(await retireAfter(24)).toMatchObject({ tasks: 0 })
    expect(await retireAfter(24.1)).toMatchObject({ tasks: 1 })
  })

  test('takes its numbers and outputs along, and no other', async () => {
    for (const state of ['queued', 'running', 'done'] as const) await put(1, state)
    await put(2, 'failed')
    for (const n of [1, 2]) await store.put(outputKey(idOf(n), 1), Buffer.from('said'))
    const before = store.objects.size
    expect(await retireAfter(15, true)).toMatchObject({ tasks: 1, count: 4 })
    expect(store.objects.size).toBe(before)
    expect(await retireAfter(15)).toMatchObject({ tasks: 1, count: 4 })
    expect([...store.objects.keys()].sort()).toEqual([outputKey(idOf(2), 1), `state/tasks/${idOf(2)}/1.json`].sort())
  })
})

test('a change that was decided on a task that is retired meanwhile begins anew', async () => {
  await put(1, 'closed')
  time = after(15)
  const seen: (TaskState | undefined)[] = []
  const { isChanged } = await changeTask(
    store,
    idOf(1),
    async current => {
      seen.push(current?.state)
      if (seen.length === 1) await retireTasks(store, { now: time, dryRun: false })
      return taskOf(idOf(1), 'queued')
    },
    effects,
  )
  expect({ isChanged, seen }).toEqual({ isChanged: true, seen: ['closed', undefined] })
  expect([...store.objects.keys()]).toEqual([`state/tasks/${idOf(1)}/1.json`])
})

test('a change that comes while a task is retired counts, and stays', async () => {
  await put(1, 'done')
  time = after(15)
  let raced = false
  const remove = store.remove.bind(store)
  store.remove = async key => {
    if (!raced) {
      raced = true
      await put(1, 'queued')
    }
    await remove(key)
  }
  await retireTasks(store, { now: time, dryRun: false })
  expect((await loadTasks(store)).get(idOf(1))?.state).toBe('queued')
})
