import { z } from 'zod'
import { leaseSchema } from '../lake/lease.js'

/** What a job does. */
export const JOB_TYPES = ['import', 'scan', 'reconcile', 'refresh', 'maintain', 'publish'] as const
export type JobType = (typeof JOB_TYPES)[number]

/**
 * What a job can be:
 * - `queued`: waits for an agent
 * - `scheduled`: waits for its time
 * - `running`: an agent has it, for as long as its lease holds; after that it is anybody's, and goes on from its checkpoint
 * - `succeeded`, `failed`, `cancelled`: ended, for good
 */
export const JOB_STATES = ['queued', 'scheduled', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

const time = z.iso.datetime().transform(text => new Date(text))

const progress = z.object({
  /** `read`, `sort`, … */
  phase: z.string(),
  done: z.number().nonnegative(),
  /** NULL where it isn't known. */
  total: z.number().nonnegative().nullable(),
  /** Of `done`, a second; NULL where it isn't known. */
  rate: z.number().nonnegative().nullable(),
  /** What is counted: `rows`, `files`, … */
  unit: z.string(),
  at: time,
})
export type JobProgress = z.output<typeof progress>

/** The document of a job. */
export const jobSchema = z.object({
  /** `job_` and 32 hex digits that begin with when it was made. */
  job_id: z.string().regex(/^job_[0-9a-f]{32}$/),
  type: z.enum(JOB_TYPES),
  /** NULL where the job is about the whole lake. */
  connector: z.string().nullable(),
  /** As JSON; what a type takes is known to what runs it. */
  params: z.record(z.string(), z.json()),
  state: z.enum(JOB_STATES),
  due: time,
  /** After a failure: not to be tried again before. */
  not_before: time.nullable(),
  /** How often it was begun, and how often it may be. */
  attempts: z.int().nonnegative(),
  max_attempts: z.int().positive(),
  created_at: time,
  created_by: z.string(),
  /** Of the attempt that is or was the last. */
  started_at: time.nullable(),
  ended_at: time.nullable(),
  progress: progress.nullable(),
  /** What came of it, as JSON: of an import the snapshot, its counts, requests and bytes. */
  result: z.record(z.string(), z.json()).nullable(),
  /** Of the last attempt that failed. */
  error: z.object({ message: z.string(), exit_code: z.int() }).nullable(),
  /** A person wants it to end. */
  cancel: z.object({ by: z.string(), at: time }).nullable(),
  /** The chain that it is a link of, and which. NULL for one that a person asked for. */
  chain: z.object({ name: z.string(), link: z.int().positive() }).nullable(),
  lease: leaseSchema.nullable(),
})
export type Job = z.output<typeof jobSchema>

export const isEnded = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled'
