import type { Column } from '../output/cells.js'
import type { Task } from '../reconcile/taskState.js'

/** The columns of a list of tasks: the table's, and how the last attempt's output is found. */
export const TASK_COLUMNS: readonly Column<Task>[] = [
  { name: 'priority' },
  { name: 'dataset' },
  { name: 'state' },
  { name: 'command', value: ({ command }) => JSON.stringify(command) },
  { name: 'outcome' },
  { name: 'attempts', kind: 'count' },
  { name: 'gaps', kind: 'count', value: ({ gap_ids }) => gap_ids.length },
  { name: 'created_at', title: 'since', kind: 'time' },
  { name: 'started_at', kind: 'time' },
  { name: 'ended_at', kind: 'time' },
  { name: 'exit_code' },
  { name: 'verified_at', kind: 'time' },
  { name: 'output' },
  { name: 'task_id' },
]

/** For people: without what few need. */
export const SHOWN_TASK_COLUMNS = new Set([
  'priority',
  'dataset',
  'state',
  'command',
  'outcome',
  'attempts',
  'gaps',
  'task_id',
])
