import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { commitTaskPlan, planTasks } from '../../src/reconcile/planTasks.js'
import { appendTasks } from '../../src/reconcile/taskHistory.js'
import { loadTasks, MOST_GAPS, type Task } from '../../src/reconcile/taskState.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { closeHandmadeLake, type HandmadeLake } from '../snapshot/handmadeLake.js'
import { openReconcileLake } from './reconcileLake.js'
import { datasetOf } from './taskWorld.js'

const now = () => new Date('2026-01-21T00:00Z')

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
})
afterEach(() => closeHandmadeLake(lake))

test('a task of more gaps than one may have now has the first of them in its history', async () => {
  const store = new MemoryStore()
  const gap = {
    ...({ gap_id: 'gap_0', connector: 'demo', dataset: 'games', kind: 'missing', priority: 'medium' } as const),
    ...{ key_prefix: 'games/', partition_values: { key: 'a' } },
  }
  const moment = { runAt: now(), quarantineAfter: 3 }
  const effects = { now, sleep: async () => {}, random: () => 0, signal: new AbortController().signal }
  const plan = await planTasks([gap], new Map(), { ...moment, datasets: [datasetOf({})] })
  await commitTaskPlan(plan, store, effects)
  const [task] = (await loadTasks(store)).values()
  const gap_ids = Array.from({ length: 30_000 }, (_, i) => `gap_${String(i).padStart(26, '0')}`)
  const closed: Task[] = task ? [{ ...task, gap_ids, state: 'closed' }] : []
  await appendTasks(closed, 'run-1', { ...lake, now })
  await registerViews(['tasks'], lake)
  const rows = await lake.engine.rows('select task_id, state, gap_ids from tasks')
  expect(rows).toEqual([
    { task_id: task?.task_id, state: 'closed', gap_ids: JSON.stringify(gap_ids.slice(0, MOST_GAPS)) },
  ])
})
