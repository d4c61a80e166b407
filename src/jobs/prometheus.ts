import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Prices } from '../config/prices.js'
import type { StreamStatus } from '../streams/streamStatus.js'
import type { Computed } from './gauges.js'
import { isEnded, JOB_TYPES, type Job } from './job.js'
import { toEndedJob } from './jobFacts.js'
import type { EndedJob, LakeFacts } from './lakeFacts.js'
import { LAKE_GAUGES } from './lakeGauges.js'
import { STREAM_GAUGES } from './streamGauges.js'

/** What `/metrics` says. */
export interface Metrics {
  /** Takes what the lake says now. Jobs of others that ended since the metrics were made are counted by it, too. */
  update(facts: LakeFacts): void
  /** Takes how all streams go now. */
  updateStreams(streams: readonly StreamStatus[]): void
  /** Forgets what the lake said, which another process tells now; what was counted stays. */
  clear(): void
  /** Counts a job that has ended, once, however often it is told of it; ignores others. */
  observeJob(job: Job): void
  /** In Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

export interface MetricsOptions {
  readonly version: string
  readonly prices: Pick<Prices, 'list_per_thousand' | 'get_per_thousand'>
  /** Jobs that ended before are counted by nobody: counters begin at 0 with the process. */
  readonly startedAt: Date
  /** The declared tables: their counters show before the first is counted. */
  readonly tables: readonly string[]
}

/**
 * Metrics in a registry of their own. What is computed from the lake is a gauge, as retention makes it fall; counters
 * count what ended since `startedAt`, and begin again with the process, which Prometheus' `rate` and `increase` allow for.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // Gauges that are named as counters are: promtool refuses them.
  for (const name of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${name}_total`)
  const info = {
    name: 'stocktake_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version', 'node'],
  }
  new Gauge({ ...info, registers: [registry] }).set({ version: options.version, node: process.version }, 1)
  const count = countJobs(registry, options)
  const seen = new Map<string, Date>()
  const countSlow = countSlowQueries(registry, options)
  const observeSlow = ({ audit_id, table, ended_at }: LakeFacts['slow_queries'][number]): void => {
    if (ended_at < options.startedAt || seen.has(audit_id)) return
    seen.set(audit_id, ended_at)
    countSlow(table)
  }
  const observe = (job: EndedJob): void => {
    if (job.ended_at < options.startedAt || seen.has(job.job_id)) return
    seen.set(job.job_id, job.ended_at)
    count(job)
  }
  let [lake, streams] = [new Registry(), new Registry()]
  return {
    update: facts => {
      for (const job of facts.jobs.ended) observe(job)
      for (const query of facts.slow_queries) observeSlow(query)
      forget(seen, facts)
      lake = toRegistry(LAKE_GAUGES, facts)
    },
    updateStreams: statuses => {
      streams = toRegistry(STREAM_GAUGES, statuses)
    },
    clear: () => {
      ;[lake, streams] = [new Registry(), new Registry()]
    },
    observeJob: job => {
      if (isEnded(job)) observe(toEndedJob(job))
    },
    text: async () => [await registry.metrics(), await lake.metrics(), await streams.metrics()].join(''),
    contentType: registry.contentType,
  }
}

/** How long what has ended may come again: longer than the day that facts go back. */
const REMEMBERED_MS = 7 * 86_400_000

function forget(seen: Map<string, Date>, { at }: LakeFacts): void {
  for (const [id, endedAt] of seen) if (at.getTime() - endedAt.getTime() > REMEMBERED_MS) seen.delete(id)
}

function countSlowQueries(registry: Registry, { tables }: MetricsOptions): (table: string) => void {
  const slow = new Counter({
    name: 'stocktake_slow_queries_total',
    help: 'Queries that took longer than tables.slow_query and ended since this process began',
    labelNames: ['table'],
    registers: [registry],
  })
  for (const table of ['', ...tables]) slow.inc({ table }, 0)
  return table => slow.inc({ table })
}

/** Seconds: from a look at a small bucket to a large import. */
const DURATION_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600]

/** The metrics that grow with each job, and what adds one to them. */
function countJobs(registry: Registry, { prices }: MetricsOptions): (job: EndedJob) => void {
  const registers = [registry]
  const ended = new Counter({
    name: 'stocktake_jobs_ended_total',
    help: 'Jobs that ended since this process began',
    labelNames: ['type', 'state'],
    registers,
  })
  for (const type of JOB_TYPES) for (const state of ['succeeded', 'failed', 'cancelled']) ended.inc({ type, state }, 0) // so that the first shows
  const duration = new Histogram({
    name: 'stocktake_job_duration_seconds',
    help: 'How long the last attempt of jobs took that ended since this process began',
    labelNames: ['type', 'state'],
    buckets: DURATION_BUCKETS,
    registers,
  })
  const memory = new Gauge({
    name: 'stocktake_job_peak_memory_bytes',
    help: 'Greatest resident size of the process of the newest job of this type that ended',
    labelNames: ['type'],
    registers,
  })
  const requests = new Counter({
    name: 'stocktake_requests_total',
    help: 'Requests to S3 by imports and scans that ended since this process began',
    labelNames: ['connector', 'operation'],
    registers,
  })
  const cost = new Counter({
    name: 'stocktake_request_cost_usd_total',
    help: 'What these requests cost, by the prices of the configuration',
    labelNames: ['connector'],
    registers,
  })
  const read = new Counter({
    name: 'stocktake_read_bytes_total',
    help: 'Bytes of reports that imports read that ended since this process began',
    labelNames: ['connector'],
    registers,
  })
  return job => {
    const { type, state, started_at, ended_at, list_requests, get_requests, bytes_read, peak_memory_bytes } = job
    ended.inc({ type, state })
    if (started_at) duration.observe({ type, state }, Math.max(0, ended_at.getTime() - started_at.getTime()) / 1000)
    if (peak_memory_bytes !== null) memory.set({ type }, peak_memory_bytes)
    const connector = job.connector ?? ''
    if (list_requests !== null) requests.inc({ connector, operation: 'list' }, list_requests)
    if (get_requests !== null) requests.inc({ connector, operation: 'get' }, get_requests)
    if (list_requests !== null || get_requests !== null)
      cost.inc({ connector }, requestCost({ list_requests, get_requests }, prices))
    if (bytes_read !== null) read.inc({ connector }, bytes_read)
  }
}

const requestCost = (
  { list_requests, get_requests }: Pick<EndedJob, 'list_requests' | 'get_requests'>,
  { list_per_thousand, get_per_thousand }: MetricsOptions['prices'],
): number => ((list_requests ?? 0) * list_per_thousand + (get_requests ?? 0) * get_per_thousand) / 1000

/** Only what has a value is in it. */
function toRegistry<Facts>(computed: readonly Computed<Facts>[], facts: Facts): Registry {
  const registry = new Registry()
  for (const { name, help, labels, samples } of computed) {
    const known = samples(facts)
    if (known.length === 0) continue // a gauge without labels would say 0
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] })
    for (const { labels, value } of known) gauge.set(labels, value)
  }
  return registry
}
