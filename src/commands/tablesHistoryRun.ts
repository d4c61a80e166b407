import type { Column } from '../output/cells.js'
import { escapeControls } from '../output/terminal.js'
import { tableCommand } from '../tables/tableCommand.js'
import { type HistoryRow, loadHistory } from '../tables/tableHistory.js'
import type { Context } from './globals.js'
import { isForPeople, timeColumn } from './shown.js'
import { openTable } from './tablesLake.js'
import type { TableFlags } from './tablesSession.js'

/** Shows the states of a table. @throws {NotFoundError} */
export async function showHistory(name: string, flags: TableFlags, context: Context): Promise<void> {
  const { declared, table } = await openTable(name, flags, context)
  const { rows, later } = await loadHistory(table)
  if (rows.length === 0 && isForPeople(context.format))
    context.log.notice(`${declared.name} never had rows; ${tableCommand(declared, 'insert', 'FILE')}`)
  else await context.write(rows, columnsOf(context))
  if (later.length > 0) context.log.notice(`changed since, without rows: ${escapeControls(later.join(', '))}`)
}

function columnsOf({ format }: Context): Column<HistoryRow>[] {
  const names = ['row_count', 'file_count', 'size_bytes', 'batch', 'is_current', 'is_ancestor', 'changes']
  if (!isForPeople(format))
    return [
      timeColumn('made_at', 'made', format),
      ...['snapshot', 'operation', 'rows_added', 'rows_removed', ...names].map(name => ({ name })),
    ]
  return [
    timeColumn('made_at', 'made', format),
    { name: 'snapshot' },
    { name: 'operation' },
    { name: 'rows_added', title: 'added', kind: 'count' },
    { name: 'rows_removed', title: 'removed', kind: 'count' },
    { name: 'row_count', title: 'rows', kind: 'count' },
    { name: 'file_count', title: 'files', kind: 'count' },
    { name: 'size_bytes', title: 'size', kind: 'bytes' },
    { name: 'batch' },
    { name: 'state', value: stateOf },
    { name: 'changes', value: ({ changes }) => (changes.length === 0 ? null : changes.join(', ')) },
  ]
}

const stateOf = ({ is_current, is_ancestor }: HistoryRow): string | null =>
  is_current ? 'current' : is_ancestor ? null : 'rolled back'
