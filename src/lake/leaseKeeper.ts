import type { DocumentEffects } from './documents.js'
import { LEASE_TIMES, leaseEnd } from './lease.js'

type Effects = Pick<DocumentEffects, 'now' | 'sleep'>

/** A lease that is kept. */
export interface LeaseKeeper {
  /** Raised when another has it, or when nobody could be told for so long that another may. */
  readonly lost: AbortSignal
  /** Ends its renewal; it is over then, or lost. */
  stop(): Promise<void>
}

export interface KeptLease {
  /** When it ends unless it is renewed. */
  readonly until: Date
  /** Renews it. @returns whether it was still this process's */
  readonly renew: (until: Date) => Promise<boolean>
  /** Why `lost` is raised. */
  readonly lostError?: () => Error
}

/** Renews a lease until it is told to stop, or the lease is lost; which a renewal without an answer doesn't keep it from. */
export function keepLease({ until: firstUntil, renew, lostError }: KeptLease, effects: Effects): LeaseKeeper {
  const [stopped, lost] = [new AbortController(), new AbortController()]
  const lose = (): void => lost.abort(lostError?.())
  const isOver = (): boolean => stopped.signal.aborted || lost.signal.aborted
  const deadline = createDeadline(firstUntil, lose, effects)
  let until = firstUntil
  const renewOnce = async (): Promise<void> => {
    const next = leaseEnd(effects.now())
    try {
      if (!(await renew(next))) return lose()
      until = next
      deadline.hold(next)
    } catch {
      if (effects.now() > until) lose() // until then the next renewal makes up for it
    }
  }
  const beat = async (): Promise<void> => {
    while (!isOver()) {
      await effects.sleep(LEASE_TIMES.renewMs, stopped.signal).catch(() => {})
      if (!isOver()) await renewOnce()
    }
  }
  const beating = beat()
  const gone = new Promise<void>(resolve => lost.signal.addEventListener('abort', () => resolve()))
  return {
    lost: lost.signal,
    async stop() {
      stopped.abort()
      await Promise.race([beating, gone])
      deadline.stop()
    },
  }
}

/** A time by which something must have been said again. */
export interface Deadline {
  /** Moves it. */
  hold(until: Date): void
  stop(): void
}

/**
 * Does something once when a lease has ended that wasn't held on to. It waits, and never longer than a lease's time, so that a
 * clock that jumps meanwhile changes nothing.
 */
export function createDeadline(until: Date, pass: () => void, { now, sleep }: Effects): Deadline {
  let waiting = new AbortController()
  let isOver = false
  const hold = (until: Date): void => {
    waiting.abort()
    if (isOver) return
    const own = new AbortController()
    waiting = own
    const waitMs = Math.min(LEASE_TIMES.heldMs, Math.max(0, until.getTime() - now().getTime()))
    sleep(waitMs, own.signal).then(
      () => {
        if (own.signal.aborted) return
        isOver = true
        pass()
      },
      () => {},
    )
  }
  hold(until)
  return {
    hold,
    stop() {
      isOver = true
      waiting.abort()
    },
  }
}
