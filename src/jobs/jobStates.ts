import { EXIT } from '../errors.js'
import type { Job } from './job.js'
import { retryAt } from './jobRetries.js'

// What a job becomes, as plain values.

export type JobError = NonNullable<Job['error']>

/** The lease of who ended it stays: it says where that was, and who it was. */
const asEnded = (job: Job, state: 'succeeded' | 'failed' | 'cancelled', now: Date): Job => ({
  ...job,
  state,
  not_before: null,
  ended_at: now,
  progress: null,
})

export const asCancelled = (job: Job, now: Date): Job => asEnded(job, 'cancelled', now)

export const asSucceeded = (job: Job, result: NonNullable<Job['result']>, now: Date): Job => ({
  ...asEnded(job, 'succeeded', now),
  result,
})

/** Failed, or waiting for its next attempt; one that a person wants to end is cancelled. */
export function asTried(job: Job, error: JobError, now: Date, random: () => number): Job {
  const tried = { ...job, error }
  if (job.cancel) return asCancelled(tried, now)
  if (job.attempts >= job.max_attempts || isFinal(error)) return asEnded(tried, 'failed', now)
  const notBefore = retryAt(job.attempts, now, random)
  return { ...asEnded(tried, 'failed', now), state: 'scheduled', not_before: notBefore, lease: null }
}

/** Another attempt would fail the same way: a wrong setting, nothing there, a report that can't be trusted. */
const isFinal = ({ exit_code }: JobError): boolean =>
  exit_code === EXIT.usage || exit_code === EXIT.notFound || exit_code === EXIT.refused

/** Waiting again, as if this attempt had not been. */
export function asHandedBack(job: Job, now: Date, notBefore: Date | null): Job {
  if (job.cancel) return asCancelled(job, now)
  return {
    ...job,
    state: notBefore && notBefore > now ? 'scheduled' : 'queued',
    not_before: notBefore,
    attempts: Math.max(0, job.attempts - 1),
    progress: null,
    lease: null,
  }
}

/** Why a job failed whose agents were never heard of again. */
export const neverHeardOf = ({ attempts }: Job): JobError => ({
  message: `its process died or could not reach the lake, ${attempts === 1 ? 'once' : `${attempts} times`}`,
  exit_code: EXIT.failed,
})
