import { countText, formatDuration } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import type { TasksRun } from '../reconcile/runTasks.js'
import type { TaskEvent } from '../reconcile/taskRun.js'
import type { Task } from '../reconcile/taskState.js'

/** What a person is told while tasks run. */
export function formatTaskEvent(event: TaskEvent): string {
  switch (event.kind) {
    case 'verifying':
      return `looking at the bucket for ${countText(event.tasks.length, 'task')}`
    case 'started':
      return `started  ${nameOf(event.task)}`
    case 'retry':
      return `retry in ${formatDuration(event.waitMs)}  ${nameOf(event.task)}: ${event.outcome}`
    case 'ended':
      return `ended    ${nameOf(event.task)}: ${event.task.outcome ?? event.task.state}`
    case 'left':
      return `left     ${nameOf(event.task)}: ${event.why}`
    case 'error':
      return `error    ${nameOf(event.task)}: ${event.error instanceof Error ? event.error.message : String(event.error)}`
    case 'verified':
      return `verified ${nameOf(event.task)}: ${event.task.outcome ?? event.task.state}`
  }
}

/** `box_scores 2025-11-03  task_1f…` */
const nameOf = ({ dataset, values, task_id }: Pick<Task, 'dataset' | 'values' | 'task_id'>): string =>
  `${[dataset, ...Object.values(values)].join(' ')}  ${task_id}`

/** How many tasks came to what, and those whose gaps are still there. */
export function ranLines({ tasks, left }: TasksRun): string[] {
  if (tasks.length === 0 && left.length === 0) return ['no tasks are queued']
  const counts = new Map<string, number>()
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1)
  const parts = [...counts].map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
  if (left.length > 0) parts.push(`${left.length} left as they are`)
  const bad = tasks.filter(({ state }) => state !== 'done' && state !== 'closed')
  return [
    `${countText(tasks.length + left.length, 'task')}: ${parts.join(', ')}`,
    ...bad.map(task => escapeControls(`${task.state.replace('_', ' ')}  ${nameOf(task)}: ${task.outcome ?? ''}`)),
    ...bad
      .flatMap(({ output }) => (output === null ? [] : [`  output: ${escapeControls(output)} in the lake`]))
      .slice(0, 1),
  ]
}
