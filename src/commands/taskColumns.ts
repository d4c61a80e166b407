import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import type { Task } from '../reconcile/taskState.js'
import { shellLine } from '../setup/shellText.js'
import { isForPeople, timeColumn } from './shown.js'

/** The columns of a list of tasks: the table's, and how the last attempt's output is found; for people what most need. */
export function taskColumns(format: Format): readonly Column<Task>[] {
  const columns: readonly Column<Task>[] = [
    { name: 'priority' },
    { name: 'dataset' },
    { name: 'state' },
    { name: 'command', value: ({ command }) => commandText(command, format) },
    { name: 'outcome' },
    { name: 'attempts', kind: 'count' },
    { name: 'gaps', kind: 'count', value: ({ gap_ids }) => gap_ids.length },
    timeColumn('created_at', 'since', format),
    { name: 'started_at', kind: 'time' },
    { name: 'ended_at', kind: 'time' },
    { name: 'exit_code' },
    { name: 'verified_at', kind: 'time' },
    { name: 'output' },
    { name: 'task_id', title: 'task id' },
  ]
  return isForPeople(format) ? columns.filter(({ name }) => SHOWN.has(name)) : columns
}

/** What runs: for people as they would type it, for programs as a JSON array. */
export const commandText = (command: readonly string[], format: Format): string =>
  isForPeople(format) ? shellLine(command) : JSON.stringify(command)

const SHOWN = new Set(['priority', 'dataset', 'state', 'command', 'outcome', 'attempts', 'task_id'])
