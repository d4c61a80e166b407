import type { Job } from '../../src/jobs/job.js'
import type { ChainFacts, ConnectorFacts, EndedJob, LakeFacts } from '../../src/jobs/lakeFacts.js'
import type { StreamStatus } from '../../src/streams/streamStatus.js'

const at = new Date('2026-01-22T01:00:00Z')

/** A connector with two snapshots, the newest of which is two days old. */
export const PHOTOS: ConnectorFacts = {
  connector: 'photos',
  is_declared: true,
  schedule: 'daily',
  snapshot: '2026-01-20T01-00Z',
  taken_at: new Date('2026-01-20T01:00:00Z'),
  imported_at: new Date('2026-01-20T06:00:00Z'),
  sample_rate: null,
  snapshot_count: 2,
  object_count: 204_702,
  total_size_bytes: 38_900_000_000,
  noncurrent_object_count: 12,
  noncurrent_size_bytes: 6_200_000,
  new_count: 2311,
  modified_count: 402,
  touched_count: 7,
  deleted_count: 727,
  row_count: 204_714,
  rejected_row_count: 3,
  list_requests: 2,
  get_requests: 12,
  request_cost_usd: 0.0000148,
  listing_cost_usd: 0.001,
  bytes_read: 9_000_000,
  duration_ms: 1600,
  peak_memory_bytes: 191_000_000,
  warn_after_ms: 129_600_000,
  error_after_ms: 259_200_000,
  state: 'warn',
}

/** A stream that goes well, of which all is known. */
export const TICKS: StreamStatus = {
  ...{ stream: 'ticks', source: 'coinbase', state: 'running', host: 'vault', pid: 7 },
  ...{ since: new Date('2026-01-22T00:00:00Z'), connected_at: new Date('2026-01-22T00:00:01Z') },
  ...{ last_record_at: new Date('2026-01-22T00:59:56Z'), lag_ms: 4_000, freshness_ms: 60_000, is_late: false },
  ...{ records: 12_000, records_per_second: 41.5, gaps: 2, missed_records: 7, missed_heartbeats: 1, reconnects: 3 },
  ...{ active_segments: 1, active_bytes: 5_000, waiting_segments: 2, waiting_bytes: 200_000_000 },
  ...{ waiting_since: new Date('2026-01-22T00:50:00Z'), rejected_files: 1, rejected_bytes: 90, rejected_lines: 1 },
  ...{ row_count: 11_999, size_bytes: 1_000_000, committed_at: new Date('2026-01-22T00:45:00Z'), tables: [] },
}

/** A connector without a snapshot. */
export const UNSEEN: ConnectorFacts = {
  connector: 'unseen',
  is_declared: true,
  schedule: 'manual',
  snapshot: null,
  taken_at: null,
  imported_at: null,
  sample_rate: null,
  snapshot_count: 0,
  object_count: null,
  total_size_bytes: null,
  noncurrent_object_count: null,
  noncurrent_size_bytes: null,
  new_count: null,
  modified_count: null,
  touched_count: null,
  deleted_count: null,
  row_count: null,
  rejected_row_count: null,
  list_requests: null,
  get_requests: null,
  request_cost_usd: null,
  listing_cost_usd: null,
  bytes_read: null,
  duration_ms: null,
  peak_memory_bytes: null,
  warn_after_ms: null,
  error_after_ms: null,
  state: 'none',
}

export const RECONCILE_CHAIN: ChainFacts = {
  chain: 'reconcile',
  type: 'reconcile',
  connector: null,
  is_enabled: true,
  interval_ms: 3_600_000,
  due: new Date('2026-01-22T01:30:00Z'),
  last_state: 'failed',
  last_ended_at: new Date('2026-01-22T00:30:00Z'),
  last_success_at: new Date('2026-01-21T23:00:00Z'),
  failures: 2,
}

export const ENDED: EndedJob = {
  job_id: `job_${'0'.repeat(32)}`,
  type: 'import',
  connector: 'photos',
  state: 'succeeded',
  chain: null,
  started_at: new Date('2026-01-22T00:59:00Z'),
  ended_at: new Date('2026-01-22T00:59:04Z'),
  exit_code: null,
  message: null,
  list_requests: 1000,
  get_requests: 1000,
  bytes_read: 9_000_000,
  peak_memory_bytes: 191_000_000,
}

/** A lake of which all is known. */
export const FULL: LakeFacts = {
  at,
  connectors: [PHOTOS, UNSEEN],
  gaps: { critical: 1, high: 0, medium: 2, low: 0 },
  critical_gap_ids: ['gap_1'],
  urgent_gaps: [
    { gap_id: 'gap_1', priority: 'critical', dataset: 'box_scores', reason: 'no object sports/2025-11-03.json' },
  ],
  metrics: [
    { metric: 'reconciliation_coverage', dataset: 'box_scores', value: 0.975 },
    { metric: 'reconciliation_critical_gaps', dataset: null, value: 1 },
    { metric: 'reconciliation_last_run', dataset: null, value: 1_769_036_400 },
    { metric: 'reconciliation_success_rate', dataset: null, value: 0.5 },
    { metric: 'reconciliation_task_queue_size', dataset: null, value: 4 },
    { metric: 'reconciliation_total_gaps', dataset: null, value: 3 },
  ],
  last_run: new Date('2026-01-21T23:00:00Z'),
  jobs: {
    open: [
      { type: 'import', state: 'running', count: 1 },
      { type: 'reconcile', state: 'scheduled', count: 1 },
    ],
    running: [{ job_id: 'job_1', type: 'import', connector: 'photos', started_at: new Date('2026-01-22T00:50:00Z') }],
    waiting: [{ type: 'reconcile', since: new Date('2026-01-22T01:30:00Z') }],
    ended: [ENDED],
  },
  slow_queries: [],
  chains: [RECONCILE_CHAIN],
  failing: [
    {
      chain: 'reconcile',
      type: 'reconcile',
      connector: null,
      failures: 2,
      since: new Date('2026-01-22T00:15:00Z'),
      message: 'disk full',
      exit_code: 1,
    },
    {
      chain: 'reconcile',
      type: 'reconcile',
      connector: 'photos',
      failures: 3,
      since: new Date('2026-01-21T21:00:00Z'),
      message: 'a-bucket: access denied',
      exit_code: 1,
    },
  ],
}

/** A lake that is new. */
export const EMPTY: LakeFacts = {
  at,
  connectors: [],
  gaps: null,
  critical_gap_ids: [],
  urgent_gaps: [],
  metrics: [],
  last_run: null,
  jobs: { open: [], running: [], waiting: [], ended: [] },
  slow_queries: [],
  chains: [],
  failing: [],
}

/** A job that waits. */
export const JOB: Job = {
  job_id: `job_${'1'.repeat(32)}`,
  type: 'import',
  connector: 'photos',
  params: {},
  state: 'queued',
  due: at,
  not_before: null,
  attempts: 0,
  max_attempts: 3,
  created_at: at,
  created_by: 'test',
  started_at: null,
  ended_at: null,
  progress: null,
  result: null,
  error: null,
  cancel: null,
  chain: null,
  lease: null,
}
