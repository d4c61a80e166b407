import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { loadDocument } from '../lake/documents.js'
import { isLeaseHeld, LEASE_TIMES } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type TakenTurn, type TurnEffects, type TurnHolder, takeTurn, turnHolderSchema } from '../lake/turn.js'

/** The loop of a lake isn't this process's any more: what it had begun was handed back. */
export class DaemonLostError extends StocktakeError {
  constructor() {
    super({
      subject: "the lake's loop",
      got: 'another process has it now, or the lake could not be told in time',
      fix: 'run it again, unless another does it',
    })
  }
}

/** Who has the loop of a lake: makes its chains, and tells of it. */
const PLACE = {
  folder: 'state/daemon',
  schema: z.object({ holder: turnHolderSchema.nullable() }),
  keptMs: LEASE_TIMES.heldMs,
}

/** Takes the loop of a lake if it is free. */
export const takeDaemonLease = (effects: TurnEffects): Promise<TakenTurn<TurnHolder>> =>
  takeTurn(
    {
      place: PLACE,
      take: (lease, now) => ({ holder: { ...lease, since: now } }),
      lostError: () => new DaemonLostError(),
    },
    effects,
  )

/** What is known of a lake's daemon from outside. */
export interface SeenDaemon {
  /** When it last said that it lives; NULL where none has the loop. */
  readonly seenAt: Date | null
  readonly isRunning: boolean
}

/** Whether a daemon has the loop of a lake, and lives. One that was killed is seen to be dead within a lease's time. */
export async function findDaemon(store: ObjectStore, now: Date): Promise<SeenDaemon> {
  const found = (await loadDocument({ ...PLACE, store }))?.holder
  if (!found) return { seenAt: null, isRunning: false }
  const seenAt = new Date(found.until.getTime() - LEASE_TIMES.heldMs)
  return { seenAt, isRunning: await isLeaseHeld(found, now) }
}
