import { STREAM_STATES, type StreamStatus } from '../streams/streamStatus.js'
import { type Computed, sample, samplesOf } from './gauges.js'

/** A metric that each stream has the value of. */
type StreamGauge = Computed<readonly StreamStatus[]>

/** Every metric of a stream. What only grows is a gauge all the same: it is the stream's, and not this process's. */
export const STREAM_GAUGES: readonly StreamGauge[] = [
  gauge('last_record_timestamp_seconds', 'When the last record was received that is stored', s => s.last_record_at),
  gauge('freshness_seconds', 'Age of the last record from which on it is late', s => s.freshness_ms / 1000),
  gauge('late', 'Whether the last record is older than that: 1 or 0', s => (s.is_late ? 1 : 0)),
  gauge('connected', 'Whether ingest is connected to the source: 1 or 0', s => (s.connected_at ? 1 : 0)),
  gauge('records', 'Records that were ever stored', s => s.records),
  gauge('records_per_second', 'Records that were stored in a second, of late', s => s.records_per_second),
  gauge('gaps', 'Times that sequence numbers ever left some out', s => s.gaps),
  gauge('missed_records', 'Records that sequence numbers ever left out', s => s.missed_records),
  gauge('missed_heartbeats', 'Heartbeats that ever failed to come', s => s.missed_heartbeats),
  gauge('reconnects', 'Connections that were ever made anew', s => s.reconnects),
  gauge('active_bytes', 'Bytes of segments that are being written', s => s.active_bytes),
  gauge('waiting_segments', 'Segments that wait for an etl', s => s.waiting_segments),
  gauge('waiting_bytes', 'Bytes of segments that wait for an etl', s => s.waiting_bytes),
  gauge(
    'waiting_since_timestamp_seconds',
    'When the segment was written that waits the longest for an etl, where one does',
    s => s.waiting_since,
  ),
  gauge('rejected_bytes', 'Bytes of lines that etl kept apart', s => s.rejected_bytes),
  gauge('rows', 'Rows of the tables', s => s.row_count),
  gauge('committed_timestamp_seconds', 'When rows were last added to a table', s => s.committed_at),
  {
    name: 'stocktake_stream_state',
    help: '1 for what becomes of its ingest',
    labels: ['stream', 'state'],
    samples: streams =>
      streams.flatMap(({ stream, state }) =>
        STREAM_STATES.map(each => sample(each === state ? 1 : 0, { stream, state: each })),
      ),
  },
]

function gauge(name: string, help: string, value: (status: StreamStatus) => number | Date | null): StreamGauge {
  return {
    name: `stocktake_stream_${name}`,
    help,
    labels: ['stream'],
    samples: streams => streams.flatMap(status => samplesOf(value(status), { stream: status.stream })),
  }
}
