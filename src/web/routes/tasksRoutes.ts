import { createRoute } from '@hono/zod-openapi'
import { type TaskList, task, taskList, tasksQuery } from '../../api/gaps.js'
import { loadTasks } from '../../reconcile/taskState.js'
import { answerByContent } from '../contentAnswer.js'
import { problemAnswers } from '../problems.js'
import { answerTable } from '../tableAnswer.js'
import { orderTasks, toTaskAnswer } from '../taskAnswer.js'
import type { AddRoutes } from '../webApp.js'

const tasksRoute = createRoute({
  ...{ method: 'get', path: '/api/tasks', tags: ['gaps'], summary: 'The work that mends gaps' },
  request: { query: tasksQuery },
  responses: {
    200: {
      description: 'those that wait, run or did not help, the most urgent first; then those that are over',
      content: {
        'application/json': { schema: taskList },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400),
  },
})

const COLUMNS = Object.keys(task.shape).map(name => ({ name }))

/** The table has each task as it was last; which state it is in now is in documents, which SQL doesn't read. */
const TASKS_SQL = `select ${COLUMNS.map(({ name }) => (name === 'gap_count' ? 'json_array_length(gap_ids) as gap_count' : name)).join(', ')}
from tasks order by created_at, task_id\n`

export const addTasksRoutes: AddRoutes = (app, { store, reader }) => {
  app.openapi(tasksRoute, async c => {
    const { format } = c.req.valid('query')
    const tasks = orderTasks((await loadTasks(store)).values()).map(toTaskAnswer)
    if (!format) return (await answerByContent<TaskList>(c, { tasks })) as never
    async function* rows() {
      yield* tasks
    }
    const table = { name: 'tasks', format, columns: COLUMNS, sql: () => TASKS_SQL, rows }
    return (await answerTable(c, table, reader)) as never
  })
}
