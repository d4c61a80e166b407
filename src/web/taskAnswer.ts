import type { Task as ApiTask } from '../api/gaps.js'
import { byUrgency } from '../reconcile/taskOrder.js'
import type { Task } from '../reconcile/taskState.js'
import type { Answer } from './answer.js'

/** A task as the API has it. */
export const toTaskAnswer = (task: Task): Answer<ApiTask> => ({
  ...{ task_id: task.task_id, dataset: task.dataset, priority: task.priority, state: task.state },
  ...{ command: task.command, gap_count: task.gap_ids.length, attempts: task.attempts },
  ...{ created_at: task.created_at, ended_at: task.ended_at, outcome: task.outcome },
})

/** Those that wait, run or did not help, the most urgent first; then those that are over, the newest first. */
export function orderTasks(tasks: Iterable<Task>): Task[] {
  const all = [...tasks]
  const over = all.filter(isOver).sort((a, b) => endOf(b) - endOf(a) || (a.task_id < b.task_id ? -1 : 1))
  return [...byUrgency(all.filter(task => !isOver(task))), ...over]
}

const isOver = ({ state }: Task): boolean => state === 'done' || state === 'closed'

const endOf = ({ ended_at, created_at }: Task): number => (ended_at ?? created_at).getTime()
