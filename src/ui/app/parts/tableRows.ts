import { compareCodePoints } from '../../../codePoints.js'
import type { Kind } from '../../../output/cells.js'
import { type Value, valueText } from './valueText.js'

/** What a column has of a row. */
export interface ValueColumn<Row> {
  readonly name: string
  /** Empty for a column of buttons, which can't be sorted by. */
  readonly title: string
  /** How people see its values; figures stand at the right. */
  readonly kind?: Kind
  readonly value: (row: Row) => Value
}

export interface TableSort {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/** The rows by a column, equal ones as they were; empty values stand last, whatever the direction. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly ValueColumn<Row>[],
  sort: TableSort | undefined,
): readonly Row[] {
  const column = columns.find(({ name }) => name === sort?.column)
  if (!column || !sort) return rows
  const sign = sort.direction === 'asc' ? 1 : -1
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    return sign * compareValues(x, y)
  })
}

/** The rows of which a column has this text as it is shown, in any case. */
export function filterRows<Row>(
  rows: readonly Row[],
  columns: readonly ValueColumn<Row>[],
  filter: string,
): readonly Row[] {
  const wanted = filter.trim().toLowerCase()
  if (wanted === '') return rows
  return rows.filter(row =>
    columns.some(({ value, kind }) => valueText(value(row), kind).toLowerCase().includes(wanted)),
  )
}

/** What a click on a header means: figures and times from the greatest first, texts from A; a second click turns it round. */
export function nextSort<Row>(column: ValueColumn<Row>, sort: TableSort | undefined): TableSort {
  const first = isFigure(column) || column.kind === 'time' ? 'desc' : 'asc'
  if (sort?.column !== column.name) return { column: column.name, direction: first }
  return { column: column.name, direction: sort.direction === 'asc' ? 'desc' : 'asc' }
}

/** Whether the column's values are compared by their digits, and so stand at the right. */
export const isFigure = <Row>({ kind }: ValueColumn<Row>): boolean =>
  kind !== undefined && kind !== 'text' && kind !== 'time'

function compareValues(a: NonNullable<Value>, b: NonNullable<Value>): number {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b)
  return Number(a) - Number(b)
}
