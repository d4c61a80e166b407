import type { StreamStatus, StreamTable } from '../../../api/streams.js'
import { formatBytes, formatCount, formatDuration } from '../../../output/quantities.js'
import { gapsText, reconnectsText, rejectedText, waitingText } from '../../../streams/streamTexts.js'
import { Fact } from '../jobs/JobFacts.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { LastRecord } from './LastRecord.js'
import { NextStep } from './NextStep.js'
import { StreamState } from './StreamState.js'
import { useStreams } from './useStreams.js'

/** One stream: its ingest, what waits and what was missed, and its tables. */
export function StreamDetails({ name }: { name: string }) {
  const { data, error, isPending, refetch } = useStreams()
  if (isPending) return <Loading what="the stream" />
  if (error && !data) return <ErrorNote what="The stream can't be read" error={error} retry={() => refetch()} />
  const stream = data?.streams.find(each => each.stream === name)
  return (
    <>
      <p className="small">
        <a href="/streams">Streams</a>
      </p>
      <div className="page-head">
        <h1>{name}</h1>
      </div>
      {stream && <NextStep stream={stream} />}
      {stream ? <Facts stream={stream} /> : <Empty>stocktake.yaml declares no stream of this name.</Empty>}
      {stream && (
        <section className="page-section">
          <h2>Tables</h2>
          <DataTable
            label={`Tables of ${name}`}
            rows={stream.tables}
            columns={TABLES}
            rowKey={({ table }) => table}
            empty={null}
          />
        </section>
      )}
    </>
  )
}

function Facts({ stream }: { stream: StreamStatus }) {
  const { host, pid, since, connected_at, freshness_ms, waiting_since } = stream
  const [waiting, rejected] = [waitingText(stream), rejectedText(stream)]
  return (
    <dl className="facts">
      <Fact name="source">{stream.source}</Fact>
      <Fact name="ingest">
        <StreamState stream={stream} />
        {host !== null && ` process ${pid} on ${host}, since `}
        {host !== null && <TimeText time={since} />}
      </Fact>
      {connected_at !== null && (
        <Fact name="connected">
          since <TimeText time={connected_at} />, {reconnectsText(stream)}
        </Fact>
      )}
      <Fact name="last record">
        <LastRecord stream={stream} />; more than {formatDuration(freshness_ms)} is late
      </Fact>
      <Fact name="records">
        {formatCount(stream.records)}, {formatCount(Math.round(stream.records_per_second))} a second
      </Fact>
      <Fact name="gaps">{gapsText(stream)}</Fact>
      <Fact name="being written">{formatBytes(stream.active_bytes)}</Fact>
      <Fact name="waiting">
        {waiting ?? 'none'}
        {waiting !== null && '; the oldest was written '}
        {waiting !== null && <TimeText time={waiting_since} isRelative />}
      </Fact>
      {rejected !== null && (
        <Fact name="rejected">
          {rejected} in <code>raw/rejected/{stream.stream}</code>
        </Fact>
      )}
    </dl>
  )
}

const TABLES: readonly TableColumn<StreamTable>[] = [
  { name: 'table', title: 'table', value: ({ table }) => table },
  { name: 'rows', title: 'rows', kind: 'count', value: ({ row_count }) => row_count },
  { name: 'files', title: 'files', kind: 'count', isHiddenOnPhone: true, value: ({ file_count }) => file_count },
  { name: 'size', title: 'size', kind: 'bytes', value: ({ size_bytes }) => size_bytes },
  {
    name: 'added',
    title: 'rows added',
    kind: 'time',
    isHiddenOnPhone: true,
    value: ({ committed_at }) => committed_at,
    cell: ({ committed_at }) => <TimeText time={committed_at} isRelative />,
  },
]
