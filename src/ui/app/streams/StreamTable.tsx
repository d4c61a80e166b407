import type { StreamStatus } from '../../../api/streams.js'
import { rejectedText, waitingText } from '../../../streams/streamTexts.js'
import { apiUrl } from '../client.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { formatView, type PageProps } from '../view.js'
import { LastRecord } from './LastRecord.js'
import { StreamState } from './StreamState.js'
import { useStreams } from './useStreams.js'

/** The streams of the lake, and how they go. */
export function StreamTable({ onView }: PageProps) {
  const { data, error, isPending, refetch } = useStreams()
  return (
    <>
      <div className="page-head">
        <h1>Streams</h1>
      </div>
      {isPending && <Loading what="streams" />}
      {error && <ErrorNote what="The streams can't be read" error={error} retry={() => refetch()} />}
      {data && (
        <DataTable
          label="Streams"
          rows={data.streams}
          columns={COLUMNS}
          rowKey={({ stream }) => stream}
          onOpen={({ stream }) => onView({ page: 'streams', name: stream, params: {} })}
          filter={data.streams.length > 10}
          links={{ json: apiUrl('/streams', {}) }}
          empty={<Empty>There are no streams. stocktake.yaml declares them, below streams.</Empty>}
        />
      )}
    </>
  )
}

const COLUMNS: readonly TableColumn<StreamStatus>[] = [
  {
    name: 'stream',
    title: 'stream',
    width: 'min(11rem, 28vw)',
    value: ({ stream }) => stream,
    cell: ({ stream }) => <a href={formatView({ page: 'streams', name: stream, params: {} })}>{stream}</a>,
  },
  {
    name: 'state',
    title: 'ingest',
    width: 'min(7rem, 30vw)',
    value: ({ state }) => state,
    cell: stream => <StreamState stream={stream} />,
  },
  {
    name: 'last_record',
    title: 'last record',
    width: 'min(9rem, 34vw)',
    value: ({ last_record_at }) => last_record_at,
    cell: stream => <LastRecord stream={stream} />,
  },
  {
    name: 'records_per_second',
    title: 'per second',
    kind: 'count',
    isHiddenOnPhone: true,
    value: ({ records_per_second }) => Math.round(records_per_second),
  },
  { name: 'gaps', title: 'gaps', kind: 'count', isHiddenOnPhone: true, value: ({ gaps }) => gaps },
  {
    name: 'missed',
    title: 'missed',
    kind: 'count',
    isHiddenOnPhone: true,
    value: ({ missed_records }) => missed_records,
  },
  { name: 'waiting', title: 'waiting', width: '9.5rem', isHiddenOnPhone: true, value: waitingText },
  { name: 'rejected', title: 'rejected', width: '5.5rem', isHiddenOnPhone: true, value: rejectedText },
  { name: 'rows', title: 'rows', kind: 'count', isHiddenOnPhone: true, value: ({ row_count }) => row_count },
]
