import { z } from 'zod'
import { judgeProcess, type ProcessFacts, processFacts } from './processFacts.js'

const time = z.iso.datetime().transform(text => new Date(text))

/** Who has something for a time, in a document of it. */
export const leaseSchema = z.object({
  /** Random, of one claim. */
  owner: z.string().min(1),
  until: time,
  runner: processFacts,
  /** The machine, for people. */
  host: z.string(),
  /** The process that does the work, once it is known. */
  worker: processFacts.nullable(),
})
export type Lease = z.output<typeof leaseSchema>

/**
 * How long who holds a lease may be silent, and how often it speaks, milliseconds. Clocks of machines may differ by less than
 * a lease's time.
 */
export const LEASE_TIMES = { heldMs: 60_000, renewMs: 10_000 } as const

/** A lease, or a wait, that ends later than that was made by a clock that was wrong. */
export const LONGEST_LEASE_MS = 86_400_000

/** What a lease says of who has it. */
export type LeaseHolder = Pick<Lease, 'until' | 'runner' | 'worker'>

/**
 * Whether a lease still holds: its time isn't over, and it is not certain that all its processes are dead. Of processes on
 * other machines nothing is certain but the time.
 */
export async function isLeaseHeld({ until, runner, worker }: LeaseHolder, now: Date): Promise<boolean> {
  if (!isAhead(until, now, LONGEST_LEASE_MS)) return false
  if ((await judgeProcess(runner)) !== 'dead') return true
  return worker !== null && (await judgeProcess(worker)) !== 'dead'
}

/** When a lease that is made or renewed now ends. */
export const leaseEnd = (now: Date): Date => new Date(now.getTime() + LEASE_TIMES.heldMs)

export const makeLease = (owner: string, runner: ProcessFacts, host: string, now: Date): Lease => ({
  owner,
  until: leaseEnd(now),
  runner,
  host,
  worker: null,
})

/**
 * Whether a lease's time lies ahead. One that lies further ahead than the longest that anybody makes was made by a clock that
 * was wrong, and isn't believed.
 */
export function isAhead(until: Date, now: Date, longestMs: number): boolean {
  const leftMs = until.getTime() - now.getTime()
  return leftMs > 0 && leftMs < longestMs
}
