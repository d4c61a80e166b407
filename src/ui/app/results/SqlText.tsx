import { formatView } from '../view.js'

interface SqlTextProps {
  readonly sql: string
  readonly title?: string
}

/** The SQL of what stands above, behind a small heading, and a way to go on with it. */
export function SqlText({ sql, title = 'SQL' }: SqlTextProps) {
  return (
    <details className="sql-text">
      <summary>{title}</summary>
      <pre>{sql.trim()}</pre>
      <a href={formatView({ page: 'sql', params: { q: sql.trim() } })}>Open in the SQL page</a>
    </details>
  )
}
