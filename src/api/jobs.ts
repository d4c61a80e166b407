import { z } from '@hono/zod-openapi'
import { JOB_STATES, JOB_TYPES } from '../jobs/job.js'
import { count, jsonValue, time } from './shapes.js'

export const job = z
  .object({
    job_id: z.string(),
    type: z.enum(JOB_TYPES),
    connector: z.string().nullable(),
    params: z.record(z.string(), jsonValue()),
    state: z.enum(JOB_STATES),
    due: time(),
    attempts: z.int(),
    max_attempts: z.int(),
    created_at: time(),
    created_by: z.string(),
    started_at: time().nullable(),
    ended_at: time().nullable(),
    progress: z
      .object({
        phase: z.string(),
        done: count(),
        total: count().nullable(),
        rate: z.number().nullable(),
        unit: z.string(),
      })
      .nullable(),
    result: z.record(z.string(), jsonValue()).nullable(),
    error: z.object({ message: z.string(), exit_code: z.int() }).nullable(),
    is_cancelling: z.boolean(),
    chain: z.string().nullable(),
  })
  .openapi('Job')
export type Job = z.output<typeof job>

export const jobList = z
  .object({
    jobs: z.array(job).describe('open ones by when they are due, then ended ones, newest first'),
    runs_here: z.boolean().describe('whether this server runs jobs; else an agent or the daemon has to'),
  })
  .openapi('JobList')
export type JobList = z.output<typeof jobList>

export const jobsQuery = z.object({
  state: z.enum(['open', 'ended', 'all']).default('all'),
  connector: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('of the ended ones'),
})

/** Of an import: which reports; the newest unless said. */
export const importRequest = z
  .object({ at: z.string().optional(), all: z.boolean().optional(), again: z.boolean().optional() })
  .openapi('ImportRequest')
export const scanRequest = z
  .object({ prefix: z.string().optional(), full: z.boolean().optional(), rate: z.number().gt(0).max(1).optional() })
  .openapi('ScanRequest')
