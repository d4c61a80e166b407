import type { Change } from '../../../api/changes.js'
import { Amount } from '../parts/Amount.js'
import type { TableColumn } from '../parts/DataTable.js'

const SIGNS = { new: '+ ', modified: '~ ', deleted: '- ', touched: '' } as const

/** The columns of a list of changed files. */
export const CHANGE_COLUMNS: readonly TableColumn<Change>[] = [
  {
    name: 'change',
    title: 'change',
    width: '7rem',
    value: ({ change }) => change,
    cell: ({ change }) => (
      <span className={`change ${change}`}>
        {SIGNS[change]}
        {change}
      </span>
    ),
  },
  { name: 'key', title: 'key', value: ({ key }) => key },
  {
    name: 'size_before',
    title: 'size before',
    kind: 'bytes',
    value: ({ size_before }) => size_before,
    isHiddenOnPhone: true,
  },
  {
    name: 'size_after',
    title: 'size',
    kind: 'bytes',
    value: ({ size_after }) => size_after,
    cell: ({ change, size_before, size_after }) => (
      <>
        <Amount value={size_after} kind="bytes" none="" />
        {change === 'deleted' && size_before !== null && (
          <span className="only-on-phone soft">
            was <Amount value={size_before} kind="bytes" />
          </span>
        )}
      </>
    ),
  },
  {
    name: 'last_modified',
    title: 'modified',
    kind: 'time',
    value: row => row.last_modified_after ?? row.last_modified_before,
    isHiddenOnPhone: true,
  },
  { name: 'remark', title: 'remark', width: '12rem', value: remarkOf, isHiddenOnPhone: true },
]

/** What sizes don't show of a change: `STANDARD → GLACIER`, `other ETag`, `another date`. */
function remarkOf(row: Change): string | null {
  const { change, storage_class_before: before, storage_class_after: after } = row
  if (change === 'modified') {
    const isSeen = row.size_before !== row.size_after && row.size_before !== null && row.size_after !== null
    return isSeen ? null : 'other ETag'
  }
  if (change !== 'touched') return null
  return before !== null && after !== null && before !== after ? `${before} → ${after}` : 'another date'
}
