import type { Job } from '../jobs/job.js'
import type { ListedJobs } from './lakeJobs.js'

const DAY_MS = 86_400_000

/** Failed jobs that are counted. */
const MOST_FAILED = 100

/** What a lake's jobs are up to. */
export interface JobCounts {
  readonly running: number
  /** Of those that may begin now. */
  readonly waiting: number
  /** Since when the first of these may; NULL where there is none. */
  readonly waitingSince: Date | null
  /** In the last day, the newest first. */
  readonly failed: readonly Job[]
}

/** Counts them. */
export async function countJobs({ open, ended }: ListedJobs, now: Date): Promise<JobCounts> {
  const startOf = ({ due, not_before }: Job): Date => (not_before !== null && not_before > due ? not_before : due)
  const waiting = open.filter(job => job.state !== 'running' && startOf(job) <= now).map(startOf)
  const isOld = ({ ended_at }: Job): boolean => ended_at !== null && now.getTime() - ended_at.getTime() > DAY_MS
  return {
    running: open.filter(({ state }) => state === 'running').length,
    waiting: waiting.length,
    waitingSince: waiting.length === 0 ? null : new Date(Math.min(...waiting.map(time => time.getTime()))),
    failed: await ended(({ state }) => state === 'failed', MOST_FAILED, isOld),
  }
}
