import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { formatCount } from '../../../output/quantities.js'
import { TableFiles, type TableLinks } from './TableFiles.js'
import { TableHead, tableWidths } from './TableHead.js'
import { TableRow } from './TableRow.js'
import type { TableColumn } from './tableColumn.js'
import { filterRows, sortRows, type TableSort } from './tableRows.js'
import { useTableKeys } from './useTableKeys.js'

export type { TableColumn } from './tableColumn.js'
export type { TableSort } from './tableRows.js'

export interface DataTableProps<Row> {
  readonly rows: readonly Row[]
  readonly columns: readonly TableColumn<Row>[]
  readonly rowKey: (row: Row) => string
  /** What the table is of, for those who don't see it. */
  readonly label: string
  /** How the rows are sorted; with `onSort` they come sorted, without it the table sorts them, and begins so. */
  readonly sort?: TableSort | undefined
  readonly onSort?: (next: TableSort) => void
  /** A row was clicked, or Enter pressed on it. */
  readonly onOpen?: (row: Row) => void
  /** Offers to filter the rows by what is seen of them. */
  readonly filter?: boolean
  readonly links?: TableLinks
  readonly empty: ReactNode
  /** The last rows are near: there may be more to fetch. */
  readonly more?: (() => void) | undefined
  readonly isLoadingMore?: boolean
}

/** Shorter tables stand in the page as they are, to be found by the browser's search and printed. */
const LONG = 99
const ROW_PX = 33

/** A table: sorted by its headers, filtered, walked by j, k and Enter; of long ones only what is seen is drawn. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, rowKey, label, onSort, onOpen, links, empty, more, isLoadingMore = false } = props
  const [ownSort, setOwnSort] = useState(props.sort)
  const [filter, setFilter] = useState('')
  const sort = onSort ? props.sort : ownSort
  const isOfLoaded = filter !== '' || (!onSort && ownSort !== undefined)
  const shown = useMemo(() => {
    const filtered = filterRows(rows, columns, filter)
    return onSort ? filtered : sortRows(filtered, columns, sort)
  }, [rows, columns, filter, sort, onSort])
  const box = useRef<HTMLDivElement>(null)
  const isLong = rows.length > LONG || more !== undefined
  const virtual = useVirtualizer({
    count: isLong ? shown.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: ROW_PX,
  })
  const items = virtual.getVirtualItems()
  const first = isLong ? (items[0]?.index ?? 0) : 0
  const end = isLong ? (items.at(-1)?.index ?? -1) + 1 : shown.length
  const keys = useTableKeys({
    box,
    count: shown.length,
    onOpen: index => shown[index] !== undefined && onOpen?.(shown[index]),
    reveal: index => isLong && virtual.scrollToIndex(index),
  })
  const isNearEnd = more !== undefined && isLong && end >= shown.length - 20
  useEffect(() => {
    if (isNearEnd && !isLoadingMore) more?.()
  }, [isNearEnd, isLoadingMore, more])
  const filterId = useId()

  if (rows.length === 0) return <>{empty}</>
  return (
    <div className="data-table">
      <div className="table-bar">
        {props.filter && (
          <input
            id={filterId}
            type="search"
            aria-label={`Filter ${label}`}
            placeholder="filter"
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
        )}
        {filter !== '' && (
          <span className="soft" role="status">
            {formatCount(shown.length)} of {formatCount(rows.length)}
          </span>
        )}
        <TableFiles label={label} links={links} rows={more ? undefined : shown} columns={columns} />
      </div>
      <section
        className={isLong ? 'table-box long' : 'table-box'}
        ref={box}
        tabIndex={isLong ? 0 : undefined}
        data-table
        aria-label={label}
      >
        <table aria-rowcount={more ? -1 : shown.length + 1} aria-label={label} style={tableWidths(columns)}>
          <TableHead columns={columns} sort={sort} onSort={onSort ?? setOwnSort} />
          <tbody>
            <Spacer height={isLong ? (items[0]?.start ?? 0) : 0} />
            {shown.slice(first, end).map((row, i) => (
              <TableRow
                key={rowKey(row)}
                row={row}
                columns={columns}
                index={first + i}
                isCurrent={keys.current === first + i}
                measure={isLong ? virtual.measureElement : undefined}
                onFocus={keys.setCurrent}
                onOpen={onOpen}
              />
            ))}
            <Spacer height={isLong ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0} />
          </tbody>
        </table>
      </section>
      {more && isOfLoaded && (
        <p className="soft" role="status">
          There are more rows than these {formatCount(rows.length)}: only these are sorted and filtered. The .csv has
          all.
        </p>
      )}
      {shown.length === 0 && <p className="soft">Nothing here has “{filter}”.</p>}
      {isLoadingMore && (
        <p className="soft" role="status">
          Loading more …
        </p>
      )}
    </div>
  )
}

/** Stands for rows that aren't drawn. One cell: on phones the table has fewer columns than it was given. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row of air can't have the focus
    <tr aria-hidden="true" className="spacer">
      <td style={{ height }} />
    </tr>
  )
}
