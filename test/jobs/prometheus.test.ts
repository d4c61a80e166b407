import { describe, expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import type { Job } from '../../src/jobs/job.js'
import type { LakeFacts } from '../../src/jobs/lakeFacts.js'
import { LAKE_GAUGES } from '../../src/jobs/lakeGauges.js'
import { createMetrics, type Metrics } from '../../src/jobs/prometheus.js'
import { STREAM_GAUGES } from '../../src/jobs/streamGauges.js'
import { EMPTY, ENDED, FULL, JOB, PHOTOS, TICKS } from './exampleFacts.js'

const startedAt = new Date('2026-01-22T00:00:00Z')
const create = (): Metrics =>
  createMetrics({ version: '1.2.3', prices: DEFAULT_PRICES, startedAt, tables: ['dev.sales'] })

/** The samples of ours, as lines. */
const samplesOf = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.text()).split('\n').filter(line => /^(stocktake|reconciliation)_/.test(line))

const samplesAfter = async (facts: LakeFacts): Promise<string[]> => {
  const metrics = create()
  metrics.update(facts)
  return samplesOf(metrics)
}

describe('what the lake says', () => {
  test.each([
    'reconciliation_last_run 1769036400',
    'reconciliation_total_gaps 3',
    'reconciliation_critical_gaps 1',
    'reconciliation_task_queue_size 4',
    'reconciliation_coverage{dataset="box_scores"} 0.975',
    'reconciliation_success_rate 0.5',
    'stocktake_open_gaps{priority="medium"} 2',
    'stocktake_open_gaps{priority="low"} 0',
    'stocktake_facts_timestamp_seconds 1769043600',
    'stocktake_snapshot_taken_timestamp_seconds{connector="photos"} 1768870800',
    'stocktake_snapshot_warn_age_seconds{connector="photos"} 129600',
    'stocktake_snapshot_error_age_seconds{connector="photos"} 259200',
    'stocktake_snapshot_sample_ratio{connector="photos"} 1',
    'stocktake_snapshot_objects{connector="photos"} 204702',
    'stocktake_snapshot_size_bytes{connector="photos"} 38900000000',
    'stocktake_snapshot_changed_objects{connector="photos",change="deleted"} 727',
    'stocktake_snapshot_rejected_rows{connector="photos"} 3',
    'stocktake_snapshot_requests{connector="photos",operation="get"} 12',
    'stocktake_snapshot_request_cost_usd{connector="photos"} 0.0000148',
    'stocktake_snapshot_duration_seconds{connector="photos"} 1.6',
    'stocktake_snapshots{connector="unseen"} 0',
    'stocktake_jobs{type="import",state="running"} 1',
    'stocktake_jobs{type="publish",state="queued"} 0',
    'stocktake_job_running_since_timestamp_seconds{type="import",connector="photos"} 1769043000',
    'stocktake_job_waiting_since_timestamp_seconds{type="reconcile"} 1769045400',
    'stocktake_chain_enabled{chain="reconcile",type="reconcile",connector=""} 1',
    'stocktake_chain_interval_seconds{chain="reconcile",type="reconcile",connector=""} 3600',
    'stocktake_chain_failures{chain="reconcile",type="reconcile",connector=""} 2',
    'stocktake_reconcile_failures{connector="photos"} 3',
  ])('%s', async line => expect(await samplesAfter(FULL)).toContain(line))

  test('every metric of the lake is there where all is known', async () => {
    const names = new Set((await samplesAfter(FULL)).map(line => line.split(/[{ ]/)[0]))
    expect(LAKE_GAUGES.map(({ name }) => name).filter(name => !names.has(name))).toEqual([])
  })

  test('what is not known has no sample', async () => {
    const names = new Set((await samplesAfter(EMPTY)).map(line => line.split(/[{ ]/)[0]))
    expect(LAKE_GAUGES.map(({ name }) => name).filter(name => names.has(name))).toEqual([
      'stocktake_facts_timestamp_seconds',
      'stocktake_jobs',
    ])
    const unseen = (await samplesAfter(FULL)).filter(line => line.includes('connector="unseen"'))
    expect(unseen).toEqual(['stocktake_snapshots{connector="unseen"} 0'])
  })

  test('what a sample counts is no number of the bucket', async () => {
    const lines = await samplesAfter({ ...FULL, connectors: [{ ...PHOTOS, sample_rate: 0.1 }] })
    expect(lines).toContain('stocktake_snapshot_sample_ratio{connector="photos"} 0.1')
    expect(lines.filter(line => /^stocktake_snapshot_(objects|size_bytes|noncurrent|changed)/.test(line))).toEqual([])
  })

  test('what is gone from the lake is gone from the metrics', async () => {
    const metrics = create()
    metrics.update(FULL)
    metrics.update(EMPTY)
    expect((await samplesOf(metrics)).filter(line => line.startsWith('stocktake_snapshot'))).toEqual([])
  })

  test('of several jobs that run, the one that does so the longest is told', async () => {
    const run = (hour: string) => ({
      ...{ job_id: hour, type: 'scan' as const, connector: 'photos' },
      started_at: new Date(`2026-01-22T${hour}:00:00Z`),
    })
    const lines = await samplesAfter({ ...EMPTY, jobs: { ...EMPTY.jobs, running: ['03', '01', '02'].map(run) } })
    expect(lines.filter(line => line.startsWith('stocktake_job_running_since'))).toEqual([
      'stocktake_job_running_since_timestamp_seconds{type="scan",connector="photos"} 1769043600',
    ])
  })

  test.each([
    ['a "quoted" one', 'a \\"quoted\\" one'],
    ['back\\slash', 'back\\\\slash'],
    ['two\nlines', 'two\\nlines'],
  ])('a connector %j is one label', async (connector, shown) => {
    const lines = await samplesAfter({ ...FULL, connectors: [{ ...PHOTOS, connector }] })
    expect(lines).toContain(`stocktake_snapshot_objects{connector="${shown}"} 204702`)
  })
})

describe('what is counted', () => {
  const done: Job = {
    ...JOB,
    job_id: ENDED.job_id,
    state: 'succeeded',
    started_at: ENDED.started_at,
    ended_at: ENDED.ended_at,
    result: { list_requests: 1000, get_requests: 1000, bytes_read: 9_000_000, peak_memory_bytes: 191_000_000 },
  }
  const COUNTED = [
    'stocktake_jobs_ended_total{type="import",state="succeeded"} 1',
    'stocktake_job_duration_seconds_count{type="import",state="succeeded"} 1',
    'stocktake_job_duration_seconds_sum{type="import",state="succeeded"} 4',
    'stocktake_job_duration_seconds_bucket{le="2",type="import",state="succeeded"} 0',
    'stocktake_job_duration_seconds_bucket{le="5",type="import",state="succeeded"} 1',
    'stocktake_job_peak_memory_bytes{type="import"} 191000000',
    'stocktake_requests_total{connector="photos",operation="list"} 1000',
    'stocktake_requests_total{connector="photos",operation="get"} 1000',
    'stocktake_request_cost_usd_total{connector="photos"} 0.0054',
    'stocktake_read_bytes_total{connector="photos"} 9000000',
  ]

  test('a slow query that ended since the process began counts once, however often it is found', async () => {
    const slow = (audit_id: string, ended_at: string, table = 'dev.sales') => ({
      ...{ audit_id, table },
      ended_at: new Date(ended_at),
    })
    const metrics = create()
    const linesOf = async () => (await samplesOf(metrics)).filter(line => line.startsWith('stocktake_slow'))
    expect(await linesOf()).toEqual([
      'stocktake_slow_queries_total{table=""} 0',
      'stocktake_slow_queries_total{table="dev.sales"} 0',
    ])
    const before = slow('aud_1', '2026-01-21T23:59:00Z')
    const [first, second] = [slow('aud_2', '2026-01-22T00:10:00Z'), slow('aud_3', '2026-01-22T00:20:00Z', 'a, b')]
    metrics.update({ ...EMPTY, slow_queries: [before, first] })
    metrics.update({ ...EMPTY, slow_queries: [before, first, second] })
    metrics.clear()
    expect(await linesOf()).toEqual([
      'stocktake_slow_queries_total{table=""} 0',
      'stocktake_slow_queries_total{table="dev.sales"} 1',
      'stocktake_slow_queries_total{table="a, b"} 1',
    ])
  })

  test.each<[string, (metrics: Metrics) => void]>([
    ['told of', metrics => metrics.observeJob(done)],
    ['found in the lake', metrics => metrics.update(FULL)],
    [
      'told of and found, again and again',
      metrics => {
        for (let i = 0; i < 3; i++) {
          metrics.observeJob(done)
          metrics.update(FULL)
        }
      },
    ],
  ])('a job that ended counts once when it is %s', async (_how, tell) => {
    const metrics = create()
    tell(metrics)
    expect(await samplesOf(metrics)).toEqual(expect.arrayContaining(COUNTED))
  })

  test.each<[string, Partial<Job>]>([
    ['runs', { state: 'running', ended_at: null }],
    ['ended before the process began', { ended_at: new Date(startedAt.getTime() - 1) }],
  ])('a job that %s does not count', async (_what, change) => {
    const metrics = create()
    metrics.observeJob({ ...done, ...change })
    expect(await samplesOf(metrics)).toContain('stocktake_jobs_ended_total{type="import",state="succeeded"} 0')
  })

  test('a clock that was put back takes no time away', async () => {
    const metrics = create()
    metrics.observeJob({ ...done, started_at: new Date(ENDED.ended_at.getTime() + 60_000) })
    expect(await samplesOf(metrics)).toContain('stocktake_job_duration_seconds_sum{type="import",state="succeeded"} 0')
  })

  test('a job whose result says nothing has no requests', async () => {
    const metrics = create()
    metrics.observeJob({ ...done, result: { list_requests: -1, get_requests: 'many' } })
    expect((await samplesOf(metrics)).filter(line => /^stocktake_(request|read)/.test(line))).toEqual([])
  })
})

test('what the lake said can be forgotten, and what was counted not', async () => {
  const metrics = create()
  metrics.update(FULL)
  metrics.clear()
  const lines = await samplesOf(metrics)
  expect(lines.filter(line => line.startsWith('stocktake_snapshot') || line.startsWith('reconciliation'))).toEqual([])
  expect(lines).toContain('stocktake_jobs_ended_total{type="import",state="succeeded"} 1')
})

describe('how streams go', () => {
  test.each([
    'stocktake_stream_last_record_timestamp_seconds{stream="ticks"} 1769043596',
    'stocktake_stream_late{stream="ticks"} 0',
    'stocktake_stream_connected{stream="ticks"} 1',
    'stocktake_stream_missed_records{stream="ticks"} 7',
    'stocktake_stream_waiting_bytes{stream="ticks"} 200000000',
    'stocktake_stream_rows{stream="ticks"} 11999',
    'stocktake_stream_state{stream="ticks",state="running"} 1',
    'stocktake_stream_state{stream="ticks",state="died"} 0',
  ])('%s', async line => {
    const metrics = create()
    metrics.updateStreams([TICKS])
    expect(await samplesOf(metrics)).toContain(line)
  })

  test('every metric is there where all is known, and none of a stream that is not there any more', async () => {
    const metrics = create()
    metrics.updateStreams([TICKS])
    const names = new Set((await samplesOf(metrics)).map(line => line.split(/[{ ]/)[0]))
    expect(STREAM_GAUGES.map(({ name }) => name).filter(name => !names.has(name))).toEqual([])
    metrics.updateStreams([])
    expect((await samplesOf(metrics)).filter(line => line.startsWith('stocktake_stream_'))).toEqual([])
  })

  test('a stream that never had a record says nothing of when', async () => {
    const metrics = create()
    metrics.updateStreams([{ ...TICKS, last_record_at: null, lag_ms: null, committed_at: null, row_count: null }])
    expect(
      (await samplesOf(metrics)).filter(line => /_(last_record|committed|rows)/.test(line) && /stream/.test(line)),
    ).toEqual([])
  })

  test('it can be forgotten', async () => {
    const metrics = create()
    metrics.updateStreams([TICKS])
    metrics.clear()
    expect((await samplesOf(metrics)).filter(line => line.startsWith('stocktake_stream_'))).toEqual([])
  })
})

test('two registries know nothing of each other', async () => {
  const [one, other] = [create(), create()]
  one.update(FULL)
  expect((await samplesOf(other)).some(line => line.startsWith('stocktake_snapshot'))).toBe(false)
})

test('it says which version runs, and what the process takes', async () => {
  const text = await create().text()
  expect(text).toContain(`stocktake_build_info{version="1.2.3",node="${process.version}"} 1`)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
})
