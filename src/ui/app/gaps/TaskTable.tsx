import type { Task, TaskList } from '../../../api/gaps.js'
import { apiUrl } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { URGENCY } from './urgency.js'

/** What is to close the gaps: commands that somebody runs with `stocktake tasks run`, and what became of them. */
export function TaskTable() {
  const tasks = useApi<TaskList>('/tasks')
  return (
    <section className="page-section" aria-labelledby="tasks">
      <h2 id="tasks">Tasks</h2>
      {tasks.isPending && <Loading what="tasks" />}
      {tasks.isError && <ErrorNote error={tasks.error} retry={() => tasks.refetch()} what="The tasks can't be shown" />}
      {tasks.data && (
        <DataTable
          rows={tasks.data.tasks}
          columns={COLUMNS}
          rowKey={({ task_id }) => task_id}
          label="Tasks"
          filter
          links={{ json: apiUrl('/tasks', { format: 'json' }), csv: apiUrl('/tasks', { format: 'csv' }) }}
          empty={
            <p className="soft">
              No tasks. A dataset that says how its gaps are closed gets some when it is reconciled.
            </p>
          }
        />
      )}
    </section>
  )
}

const COLUMNS: readonly TableColumn<Task>[] = [
  ...URGENCY,
  { name: 'state', title: 'state', width: '7rem', value: ({ state }) => state },
  {
    name: 'command',
    title: 'command',
    value: ({ command }) => command.join(' '),
    cell: ({ command }) => <code>{command.map(shownWord).join(' ')}</code>,
  },
  { name: 'gap_count', title: 'gaps', kind: 'count', width: '4rem', value: ({ gap_count }) => gap_count },
  {
    name: 'attempts',
    title: 'tries',
    kind: 'count',
    width: '4rem',
    value: ({ attempts }) => attempts,
    isHiddenOnPhone: true,
  },
  { name: 'outcome', title: 'outcome', width: '12rem', value: ({ outcome }) => outcome, isHiddenOnPhone: true },
]

/** A word with spaces in it can be told from two. */
const shownWord = (word: string): string => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word))
