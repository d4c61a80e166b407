import { z } from 'zod'
import { JOB_TYPES, type Job } from './job.js'

const time = z.iso.datetime().transform(text => new Date(text))

/**
 * When the next link of a chain is due, after one that ended well:
 * - `every`: so long after it ended
 * - `reports`: soon after the next report should be there, as the last two were apart
 */
const schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('every'), every_ms: z.number().positive() }),
  z.object({ kind: z.literal('reports') }),
])
export type ChainSchedule = z.output<typeof schedule>

const last = z.object({
  job_id: z.string(),
  link: z.int().positive(),
  state: z.enum(['succeeded', 'failed', 'cancelled']),
  ended_at: time,
  /** The snapshot that it made or found. */
  snapshot: z.string().nullable(),
  /** Of a failure. */
  error: z.object({ message: z.string(), exit_code: z.int() }).nullable(),
})

/** A bucket that links which ended well couldn't look at, up to the newest of them. */
const unseen = z.object({
  connector: z.string(),
  /** How many of them in a row, and when the first of these ended. */
  failures: z.int().positive(),
  since: time,
  message: z.string(),
  exit_code: z.int(),
})
export type UnseenBucket = z.output<typeof unseen>

/** The document of a chain: what is to be done again and again, and which job is the next to do it. */
export const chainSchema = z.object({
  /** `import-<connector's guid>`, `reconcile`, `maintain`. */
  name: z.string().min(1),
  /** What each link's job is. */
  type: z.enum(JOB_TYPES),
  connector: z.string().nullable(),
  params: z.record(z.string(), z.json()),
  schedule,
  is_enabled: z.boolean(),
  /** How many links there have been; the newest one's number. */
  link: z.int().nonnegative(),
  /**
   * The newest link's job, which waits or runs, or has ended without this being known here yet; NULL where none is to come.
   * It is written here before it is made, so that whoever finds it absent makes it.
   */
  job_id: z.string().nullable(),
  /** When that job may begin. */
  due: time.nullable(),
  /** The last link that ended. */
  last: last.nullable(),
  /** When a link last ended well. */
  last_success_at: time.nullable(),
  /** How many links in a row have failed, and since when. */
  failures: z.int().nonnegative(),
  failing_since: time.nullable(),
  /** Times of the newest reports that its jobs found, the newest first; at most two. */
  reports: z.array(time).max(2),
  /** Of reconciliations; left out by those that looked at all, or know nothing of it. */
  unseen: z.array(unseen).optional(),
})
export type Chain = z.output<typeof chainSchema>

/** What a chain should be, by the configuration. */
export interface ChainSpec {
  readonly name: string
  readonly type: Job['type']
  readonly connector: string | null
  readonly params: Job['params']
  readonly schedule: ChainSchedule
  readonly isEnabled: boolean
  /** Whether a link that waits for its time is wanted at once. */
  readonly isWantedNow?: boolean
  /** Whether no other link is to follow the one that ended, until this is asked for again: the chain isn't disabled by that. */
  readonly isOnce?: boolean
}

/** Where the documents of chains lie in a lake. */
export const CHAINS_FOLDER = 'state/chains'

/** Who makes and takes back the jobs of chains, as jobs name it. */
export const BY_SCHEDULE = 'schedule'
