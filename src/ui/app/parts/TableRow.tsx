import type { MouseEvent } from 'react'
import { cellClass } from './TableHead.js'
import type { TableColumn } from './tableColumn.js'
import { exactText, splitLong, valueText } from './valueText.js'

export interface TableRowProps<Row> {
  readonly row: Row
  readonly columns: readonly TableColumn<Row>[]
  /** Of all rows, also those that aren't drawn. */
  readonly index: number
  readonly isCurrent: boolean
  /** Takes the row's height, where heights matter. */
  readonly measure: ((element: HTMLElement | null) => void) | undefined
  readonly onFocus: (index: number) => void
  readonly onOpen: ((row: Row) => void) | undefined
}

/** A row that keys can reach and that opens on a click. */
export function TableRow<Row>({ row, columns, index, isCurrent, measure, onFocus, onOpen }: TableRowProps<Row>) {
  const open = (event: MouseEvent<HTMLElement>) => {
    if (!isOnControl(event.target) && !hasSelection()) onOpen?.(row)
  }
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      tabIndex={isCurrent ? 0 : -1}
      className={onOpen ? 'opens' : undefined}
      onFocus={() => onFocus(index)}
      onClick={open}
    >
      {columns.map(column => (
        <td key={column.name} className={cellClass(column)}>
          {column.cell ? column.cell(row) : <Cell row={row} column={column} />}
        </td>
      ))}
    </tr>
  )
}

function Cell<Row>({ row, column }: { row: Row; column: TableColumn<Row> }) {
  const value = column.value(row)
  const text = valueText(value, column.kind)
  const [start, end] = splitLong(text)
  return end === '' ? (
    <span className="cell" title={exactText(value, column.kind)}>
      {text}
    </span>
  ) : (
    <span className="long-cell" title={exactText(value, column.kind)}>
      <span className="cell">{start}</span>
      <span>{end}</span>
    </span>
  )
}

const isOnControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('a, button, input, select, textarea, label') !== null

/** Somebody who marks text in order to copy it doesn't want to go anywhere. */
const hasSelection = (): boolean => document.getSelection()?.type === 'Range'
