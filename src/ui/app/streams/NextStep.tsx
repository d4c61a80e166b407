import type { StreamStatus } from '../../../api/streams.js'

/** What to do next for a stream that has no rows yet; nothing for others. */
export function NextStep({
  stream,
}: {
  stream: Pick<StreamStatus, 'stream' | 'state' | 'row_count' | 'waiting_segments'>
}) {
  const { stream: name, state, row_count, waiting_segments } = stream
  if (row_count !== null && row_count > 0) return null
  if (waiting_segments > 0)
    return (
      <p>
        <code>stocktake streams etl {name}</code> makes rows of what waits.
      </p>
    )
  if (state !== 'never') return null
  return (
    <p>
      Nothing was received yet: <code>stocktake streams ingest {name}</code> collects records,{' '}
      <code>stocktake streams etl {name}</code> makes tables of them.
    </p>
  )
}
