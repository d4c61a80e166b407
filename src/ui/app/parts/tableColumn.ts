import type { ReactNode } from 'react'
import type { ValueColumn } from './tableRows.js'

/** A column of a table, and how its cells are drawn. */
export interface TableColumn<Row> extends ValueColumn<Row> {
  /** What stands in the cell; the value as its kind is shown unless given. */
  readonly cell?: (row: Row) => ReactNode
  /** A CSS length; by its kind unless given. Columns of text share what is left. */
  readonly width?: string
  readonly isHiddenOnPhone?: boolean
}
