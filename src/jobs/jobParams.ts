import { z } from 'zod'
import { UsageError } from '../errors.js'
import type { Job } from './job.js'

/** Of an import: which reports, as the command's options say it; the newest where nothing is said. */
export const importParams = z.object({
  manifest: z.string().optional(),
  /** The report's time: `2026-01-20T01-00Z`. */
  at: z.string().optional(),
  all: z.boolean().optional(),
  again: z.boolean().optional(),
  /** What reads and writes the rows; DuckDB unless it is said. */
  engine: z.enum(['duckdb', 'trino', 'athena']).optional(),
})

/** Of a scan: how much of the bucket; as the connector's scan mode says where nothing is said. */
export const scanParams = z.object({
  /** Of the objects, above 0 and up to 1. */
  rate: z.number().optional(),
  full: z.boolean().optional(),
  prefix: z.string().optional(),
})

/** Of a refresh: the folder that is listed, all of it; empty for the whole bucket. */
export const refreshParams = z.object({ prefix: z.string() })

export const reconcileParams = z.object({ dry_run: z.boolean().optional(), run_tasks: z.boolean().optional() })

export const maintainParams = z.object({ dry_run: z.boolean().optional() })

/** A job's params as its type takes them. @throws {UsageError} */
export function parseParams<T>(schema: z.ZodType<T>, { job_id, params }: Job): T {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'something else' }
  throw new UsageError({
    subject: `params of ${job_id}`,
    got: [path.join('.'), message].join(': '),
    cause: parsed.error,
  })
}
