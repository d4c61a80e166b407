import { type ReactNode, useMemo } from 'react'
import type { SqlAnswer } from '../../../api/results.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { cellOf } from './resultCells.js'

type Columns = SqlAnswer['columns']
type Rows = SqlAnswer['rows']

interface ResultTableProps {
  readonly columns: Columns
  readonly rows: Rows
  readonly label: string
  readonly links?: { readonly json?: string; readonly csv?: string; readonly sql?: string }
  readonly empty: ReactNode
}

interface ResultRow {
  readonly place: number
  readonly values: readonly unknown[]
}

/** Rows whose columns are known only when they are there, those of a report or of a person's SQL. */
export function ResultTable({ columns, rows, label, links, empty }: ResultTableProps) {
  const shownColumns = useMemo(() => columns.map((column, at) => toColumn(column, at, rows)), [columns, rows])
  const shownRows = useMemo(() => rows.map((values, place) => ({ place, values })), [rows])
  return (
    <DataTable<ResultRow>
      rows={shownRows}
      columns={shownColumns}
      rowKey={row => String(row.place)}
      label={label}
      filter
      {...(links && { links })}
      empty={empty}
    />
  )
}

/** Two columns may have one name, so that its place is what names it. */
function toColumn({ title, kind }: Columns[number], at: number, rows: Rows): TableColumn<ResultRow> {
  const width =
    kind === 'text'
      ? shortWidth(
          rows.slice(0, LOOKED_AT).map(values => cellOf(values[at])),
          title,
        )
      : undefined
  return { name: String(at), title, kind, value: row => cellOf(row.values[at]), ...(width !== undefined && { width }) }
}

const LOOKED_AT = 500
const SHORT = 20

/** Short texts leave the room to long ones. */
function shortWidth(values: readonly (string | number | null)[], title: string): string | undefined {
  const most = values.reduce<number>((most, value) => Math.max(most, String(value ?? '').length), title.length)
  return most > SHORT ? undefined : `${Math.max(5, most + 4)}ch`
}
