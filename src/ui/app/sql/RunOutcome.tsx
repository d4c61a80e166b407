import { useMemo } from 'react'
import { countText, formatDuration } from '../../../output/quantities.js'
import { ApiError } from '../client.js'
import { useNow } from '../hooks/useNow.js'
import { ErrorNote } from '../parts/states.js'
import { ResultTable } from '../results/ResultTable.js'
import { AbsentTables } from './AbsentTables.js'
import type { SqlRun } from './useSqlRun.js'

/** What became of a statement: its rows, what DuckDB says is wrong with it, or how long it has run. */
export function RunOutcome({ run }: { readonly run: SqlRun }) {
  switch (run.state) {
    case 'none':
      return null
    case 'running':
      return <Running since={run.since} />
    case 'stopped':
      return <p role="status">Stopped.</p>
    case 'failed':
      return (
        <>
          <Failure error={run.error} />
          <AbsentTables sql={run.sql} />
        </>
      )
    case 'done':
      return <Rows answer={run.answer} />
  }
}

function Running({ since }: { readonly since: number }) {
  const ms = useNow(1000) - since
  return <p role="status">Running{ms < 1000 ? '' : `, ${formatDuration(ms)}`} …</p>
}

/** DuckDB's message keeps its lines: a caret stands below the place it means. */
function Failure({ error }: { readonly error: unknown }) {
  if (!(error instanceof ApiError) || !error.problem.got?.includes('\n'))
    return <ErrorNote error={error} what="No rows" />
  return (
    <div className="error-note" role="alert">
      <pre>{error.problem.got}</pre>
      {error.problem.fix && <p className="soft">{error.problem.fix}</p>}
    </div>
  )
}

function Rows({ answer }: { readonly answer: Extract<SqlRun, { state: 'done' }>['answer'] }) {
  const { rows, is_cut, duration_ms } = answer
  const columns = useMemo(() => answer.columns.map(column => ({ ...column, title: column.name })), [answer]) // as it was written
  return (
    <>
      <p role="status" className="soft">
        {is_cut
          ? `The first ${countText(rows.length, 'row')}; there are more, which the CSV has`
          : countText(rows.length, 'row')}
        {' · '}
        {formatDuration(duration_ms)}
      </p>
      <ResultTable columns={columns} rows={rows} label="Rows of the query" empty={<p>No rows.</p>} />
    </>
  )
}
