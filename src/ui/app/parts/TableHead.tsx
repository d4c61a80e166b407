import type { CSSProperties } from 'react'
import type { TableColumn } from './tableColumn.js'
import { isFigure, nextSort, type TableSort } from './tableRows.js'

const WIDTHS = {
  bytes: '6.5rem',
  count: '6.5rem',
  share: '5rem',
  duration: '5.5rem',
  usd: '7rem',
  time: '9.5rem',
  text: undefined,
} as const
/** Columns of text are never narrower; then the table scrolls sideways. */
const LEAST_TEXT = '8rem'

export interface TableHeadProps<Row> {
  readonly columns: readonly TableColumn<Row>[]
  readonly sort: TableSort | undefined
  readonly onSort: (next: TableSort) => void
}

/** The columns and their headers, each a button that sorts. */
export function TableHead<Row>({ columns, sort, onSort }: TableHeadProps<Row>) {
  return (
    <>
      <colgroup>
        {columns.map(column => (
          <col key={column.name} className={phoneClass(column)} style={{ width: widthOf(column) }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(column => {
            if (column.title === '') return <td key={column.name} className={cellClass(column)} />
            const direction = sort?.column === column.name ? sort.direction : undefined
            return (
              <th
                key={column.name}
                scope="col"
                className={cellClass(column)}
                aria-sort={direction && (direction === 'asc' ? 'ascending' : 'descending')}
              >
                <button type="button" onClick={() => onSort(nextSort(column, sort))}>
                  {column.title}
                  <span aria-hidden="true" className="arrow">
                    {direction === 'asc' ? '↑' : direction === 'desc' ? '↓' : ''}
                  </span>
                </button>
              </th>
            )
          })}
        </tr>
      </thead>
    </>
  )
}

/** How narrow the table may become, in wide windows and on phones. */
export function tableWidths<Row>(columns: readonly TableColumn<Row>[]): CSSProperties {
  const sum = (of: readonly TableColumn<Row>[]) =>
    `calc(${['0px', ...of.map(c => widthOf(c) ?? LEAST_TEXT)].join(' + ')})`
  const onPhone = columns.filter(column => !column.isHiddenOnPhone)
  return { '--least-width': sum(columns), '--least-width-phone': sum(onPhone) } as CSSProperties
}

/** The class of a column's cells. */
export function cellClass<Row>(column: TableColumn<Row>): string | undefined {
  const names = [isFigure(column) && 'num', column.kind === 'time' && 'time', phoneClass(column)]
  return names.filter(name => typeof name === 'string').join(' ') || undefined
}

const widthOf = <Row,>({ width, kind = 'text' }: TableColumn<Row>): string | undefined => width ?? WIDTHS[kind]

const phoneClass = <Row,>({ isHiddenOnPhone }: TableColumn<Row>): string | undefined =>
  isHiddenOnPhone ? 'not-on-phone' : undefined
