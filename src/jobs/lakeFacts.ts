import { z } from 'zod'
import { PRIORITIES } from '../reconcile/expectations.js'
import { JOB_STATES, JOB_TYPES } from './job.js'

const time = z.iso.datetime().transform(text => new Date(text))

/** Of a lake's own numbers, as doubles: those above 2^53 are rounded, as Prometheus would. */
const count = z.number()

const connectorFacts = z.object({
  /** Its name. */
  connector: z.string(),
  /** Whether the configuration has it; else the lake only has snapshots of it. */
  is_declared: z.boolean(),
  schedule: z.enum(['manual', 'daily', 'weekly', 'inventory']).nullable(),
  /** The newest whole one, or where there is none, the newest sample. NULL, as all that comes of it, where there is none. */
  snapshot: z.string().nullable(),
  taken_at: time.nullable(),
  imported_at: time.nullable(),
  /** NULL for a whole snapshot; of a sample, the counts below are those of the share that was listed. */
  sample_rate: z.number().nullable(),
  /** How many snapshots of it the lake has, of prefixes and samples, too. */
  snapshot_count: count,
  object_count: count.nullable(),
  total_size_bytes: count.nullable(),
  noncurrent_object_count: count.nullable(),
  noncurrent_size_bytes: count.nullable(),
  /** NULL for a first snapshot, as are those after it. */
  new_count: count.nullable(),
  modified_count: count.nullable(),
  touched_count: count.nullable(),
  deleted_count: count.nullable(),
  row_count: count.nullable(),
  rejected_row_count: count.nullable(),
  list_requests: count.nullable(),
  get_requests: count.nullable(),
  /** USD, by the configuration's prices: what the requests cost, and what listing the bucket would have. */
  request_cost_usd: z.number().nullable(),
  listing_cost_usd: z.number().nullable(),
  bytes_read: count.nullable(),
  duration_ms: count.nullable(),
  peak_memory_bytes: count.nullable(),
  /** The ages that `freshness` allows; NULL where none is expected: it isn't declared, or its schedule is manual. */
  warn_after_ms: z.number().nullable(),
  error_after_ms: z.number().nullable(),
  /** Of the newest snapshot against these; `none` where none is expected, or there is no snapshot yet. */
  state: z.enum(['fresh', 'warn', 'error', 'none']),
})
export type ConnectorFacts = z.output<typeof connectorFacts>

const endedJob = z.object({
  job_id: z.string(),
  type: z.enum(JOB_TYPES),
  connector: z.string().nullable(),
  state: z.enum(JOB_STATES),
  chain: z.string().nullable(),
  /** NULL for one that ended before it was begun. */
  started_at: time.nullable(),
  ended_at: time,
  exit_code: z.int().nullable(),
  message: z.string().nullable(),
  /** From its result; NULL where that says nothing of it. */
  list_requests: count.nullable(),
  get_requests: count.nullable(),
  bytes_read: count.nullable(),
  peak_memory_bytes: count.nullable(),
})
export type EndedJob = z.output<typeof endedJob>

const chainFacts = z.object({
  chain: z.string(),
  /** What its links do. */
  type: z.enum(JOB_TYPES),
  connector: z.string().nullable(),
  is_enabled: z.boolean(),
  /** Between the end of a link and the next one; NULL where reports say when that is. */
  interval_ms: z.number().nullable(),
  /** When the next link is due; NULL where there is none. */
  due: time.nullable(),
  /** Of the last link that ended. */
  last_state: z.enum(JOB_STATES).nullable(),
  last_ended_at: time.nullable(),
  /** NULL where none is known of. */
  last_success_at: time.nullable(),
  /** In a row, up to now. */
  failures: count,
})
export type ChainFacts = z.output<typeof chainFacts>

const gapCounts = z.object({ critical: count, high: count, medium: count, low: count })

const lakeFacts = z.object({
  /** When they were read. */
  at: time,
  /** Declared ones, and others that the lake has snapshots of; by name. */
  connectors: z.array(connectorFacts),
  /** Open gaps; NULL where nothing was ever reconciled. */
  gaps: gapCounts.nullable(),
  /** Of open gaps of priority critical, in order of their ids, at most 1000; `gaps.critical` is how many there are. */
  critical_gap_ids: z.array(z.string()),
  /** The most urgent open gaps, the most urgent first; at most 1000. */
  urgent_gaps: z.array(
    z.object({ gap_id: z.string(), priority: z.enum(PRIORITIES), dataset: z.string(), reason: z.string() }),
  ),
  /** The rows of `metrics` of the newest run, by the names that Prometheus is told. Empty before the first. */
  metrics: z.array(z.object({ metric: z.string(), dataset: z.string().nullable(), value: z.number() })),
  /** When the newest run was. */
  last_run: time.nullable(),
  jobs: z.object({
    /** How many there are of each type in each state; those that aren't named have none. */
    open: z.array(z.object({ type: z.enum(JOB_TYPES), state: z.enum(JOB_STATES), count })),
    /** Those that an agent has. */
    running: z.array(
      z.object({ job_id: z.string(), type: z.enum(JOB_TYPES), connector: z.string().nullable(), started_at: time }),
    ),
    /** Of each type that waits: the earliest time at which one may begin, which may be over. */
    waiting: z.array(z.object({ type: z.enum(JOB_TYPES), since: time })),
    /** The newest, at most 100 and of a day, newest first. */
    ended: z.array(endedJob),
  }),
  /** Queries that took longer than `tables.slow_query`, of the last hours; the table is '' for one of the views alone. */
  slow_queries: z.array(z.object({ audit_id: z.string(), table: z.string(), ended_at: time })),
  /** By name. */
  chains: z.array(chainFacts),
  /**
   * Enabled chains whose last link failed, by name; and the buckets that one of them couldn't look at when a link last ended
   * well, each by itself: of chain `reconcile` with the bucket's connector.
   */
  failing: z.array(
    z.object({
      chain: z.string(),
      type: z.enum(JOB_TYPES),
      connector: z.string().nullable(),
      failures: count,
      /** When the first of these failures was; the last one's time where that isn't known. */
      since: time,
      message: z.string(),
      exit_code: z.int(),
    }),
  ),
})

/** What metrics and notifications are made of: a lake as it is at one moment. */
export type LakeFacts = z.output<typeof lakeFacts>

/** @throws {z.ZodError} for what {@link formatLakeFacts} has not made */
export const parseLakeFacts = (json: unknown): LakeFacts => lakeFacts.parse(json)

/** One line of JSON. */
export const formatLakeFacts = (facts: LakeFacts): string => JSON.stringify(facts)
