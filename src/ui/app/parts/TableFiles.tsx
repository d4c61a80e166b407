import { formatCsv, formatJson } from './tableFile.js'
import type { ValueColumn } from './tableRows.js'

export interface TableLinks {
  readonly json?: string
  readonly csv?: string
  /** Where the SQL is that gives these rows. */
  readonly sql?: string
}

export interface TableFilesProps<Row> {
  readonly label: string
  readonly links: TableLinks | undefined
  /** All there are, for the files that the API doesn't have; undefined where there are more than these. */
  readonly rows: readonly Row[] | undefined
  readonly columns: readonly ValueColumn<Row>[]
}

/** The table as files: from the API where it has them, or else made of the rows that are here. */
export function TableFiles<Row>({ label, links, rows, columns }: TableFilesProps<Row>) {
  const name = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const json = rows && (() => download(`${name}.json`, 'application/json', formatJson(rows, columns)))
  const csv = rows && (() => download(`${name}.csv`, 'text/csv', formatCsv(rows, columns)))
  return (
    <span className="table-links">
      <FileLink text=".json" title={`${label}: all rows as JSON`} href={links?.json} make={json} />
      <FileLink text=".csv" title={`${label}: all rows as CSV`} href={links?.csv} make={csv} />
      <FileLink text="sql" title={`${label}: the SQL`} href={links?.sql} make={undefined} />
    </span>
  )
}

interface FileLinkProps {
  readonly text: string
  readonly title: string
  readonly href: string | undefined
  readonly make: (() => void) | undefined
}

function FileLink({ text, title, href, make }: FileLinkProps) {
  if (href !== undefined)
    return (
      <a href={href} title={title}>
        {text}
      </a>
    )
  if (make === undefined) return null
  return (
    <button type="button" className="link" title={title} onClick={make}>
      {text}
    </button>
  )
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000) // some browsers read it only after the click
}
