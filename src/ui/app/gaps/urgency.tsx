import type { Task } from '../../../api/gaps.js'
import type { TableColumn } from '../parts/DataTable.js'

/** How urgent a gap or task is, in words and a mark for those that don't see colours, and which dataset it is of. */
export const URGENCY: readonly TableColumn<Pick<Task, 'priority' | 'dataset'>>[] = [
  {
    name: 'priority',
    title: 'priority',
    width: '6.5rem',
    value: ({ priority }) => priority,
    cell: ({ priority }) => <span className={`priority ${priority}`}>{priority}</span>,
  },
  { name: 'dataset', title: 'dataset', width: '10rem', value: ({ dataset }) => dataset },
]
