import { Gauge, Registry } from 'prom-client'
import { STREAM_STATES, type StreamStatus } from '../streams/streamStatus.js'

/** A metric that each stream has the value of; NULL where nothing is known. */
interface StreamGauge {
  readonly name: string
  readonly help: string
  readonly value: (status: StreamStatus) => number | Date | null
}

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
]

function gauge(name: string, help: string, value: StreamGauge['value']): StreamGauge {
  return { name: `stocktake_stream_${name}`, help, value }
}

/** What streams are now; what isn't known has no sample. */
export function streamRegistry(streams: readonly StreamStatus[]): Registry {
  const registry = new Registry()
  const registers = [registry]
  for (const { name, help, value } of STREAM_GAUGES) {
    const known = streams.flatMap(status => {
      const found = value(status)
      return found === null ? [] : [{ stream: status.stream, value: toNumber(found) }]
    })
    if (known.length === 0) continue
    const metric = new Gauge({ name, help, labelNames: ['stream'], registers })
    for (const { stream, value } of known) metric.set({ stream }, value)
  }
  if (streams.length === 0) return registry
  const name = 'stocktake_stream_state'
  const state = new Gauge({
    name,
    help: '1 for what becomes of its ingest',
    labelNames: ['stream', 'state'],
    registers,
  })
  for (const status of streams)
    for (const each of STREAM_STATES) state.set({ stream: status.stream, state: each }, each === status.state ? 1 : 0)
  return registry
}

/** Epoch seconds, as Prometheus wants times. */
const toNumber = (value: number | Date): number => (value instanceof Date ? value.getTime() / 1000 : value)
