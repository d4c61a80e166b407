import { z } from '@hono/zod-openapi'
import { count, time } from './shapes.js'

const streamTable = z.object({
  table: z.string(),
  row_count: count().nullable().describe('NULL where the table does not tell'),
  file_count: count().nullable(),
  size_bytes: count().nullable(),
  committed_at: time().nullable().describe('when rows were last added'),
})
export type StreamTable = z.output<typeof streamTable>

export const streamStatus = z
  .object({
    stream: z.string(),
    source: z.enum(['json', 'coinbase']),
    state: z.enum(['running', 'stopped', 'died', 'never']).describe('of its ingest'),
    host: z.string().nullable(),
    pid: z.int().nullable(),
    since: time().nullable(),
    connected_at: time().nullable().describe('NULL while the source is not connected'),
    last_record_at: time().nullable().describe('when the last record was received that is stored'),
    lag_ms: count().nullable().describe('since then'),
    freshness_ms: count().describe('how long that may be'),
    is_late: z.boolean(),
    records: count().describe('that were ever stored'),
    records_per_second: z.number(),
    gaps: count().describe('how often sequence numbers left some out'),
    missed_records: count(),
    missed_heartbeats: count(),
    reconnects: count(),
    active_segments: count().describe('that are being written'),
    active_bytes: count(),
    waiting_segments: count().describe('that wait for an etl'),
    waiting_bytes: count(),
    waiting_since: time().nullable(),
    rejected_files: count(),
    rejected_bytes: count(),
    rejected_lines: count().nullable().describe('NULL where there are too many to be counted'),
    row_count: count().nullable(),
    size_bytes: count().nullable(),
    committed_at: time().nullable(),
    tables: z.array(streamTable),
  })
  .openapi('StreamStatus')
export type StreamStatus = z.output<typeof streamStatus>

export const streamList = z
  .object({ streams: z.array(streamStatus).describe('in the order of stocktake.yaml') })
  .openapi('StreamList')
export type StreamList = z.output<typeof streamList>
