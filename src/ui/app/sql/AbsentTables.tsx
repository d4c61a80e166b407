import { useStreams } from '../streams/useStreams.js'
import { findAbsentTables } from './findAbsentTables.js'

/** Why DuckDB knows nothing of a stream's table that a statement names, and what makes it. */
export function AbsentTables({ sql }: { readonly sql: string }) {
  const { data } = useStreams()
  return findAbsentTables(sql, data?.streams ?? []).map(({ table, stream, hasRecords }) => (
    <p key={table} className="notice">
      {hasRecords ? `Nothing is stored in ${table} yet: ` : `The stream ${stream} has received nothing yet: `}
      {!hasRecords && <code>stocktake streams ingest {stream}</code>}
      {!hasRecords && ' collects its records, '}
      <code>stocktake streams etl {stream}</code> makes {table} of them.
    </p>
  ))
}
