import { compareCodePoints } from '../codePoints.js'
import { PRIORITIES } from './expectations.js'
import type { Task } from './taskState.js'

/** Tasks in the order in which they run: the most urgent first, then those that have waited longest. */
export const byUrgency = (tasks: Iterable<Task>): Task[] =>
  [...tasks].sort(
    (a, b) =>
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      a.created_at.getTime() - b.created_at.getTime() ||
      compareCodePoints(a.task_id, b.task_id),
  )
