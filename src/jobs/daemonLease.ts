import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import type { DocumentPlace } from '../lake/documentNumbers.js'
import { changeDocument, loadDocument } from '../lake/documents.js'
import { isLeaseHeld, LEASE_TIMES, leaseEnd, leaseSchema, makeLease } from '../lake/lease.js'
import { keepLease } from '../lake/leaseKeeper.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import type { QueueEffects } from './jobQueue.js'

const holder = leaseSchema.extend({ since: z.iso.datetime().transform(text => new Date(text)) })

/** Who has the loop of a lake: makes its chains, and tells of it. */
export type DaemonHolder = z.output<typeof holder>

const turn = z.object({ holder: holder.nullable() })

export interface DaemonLeaseEffects extends QueueEffects {
  /** This process. */
  readonly runner: ProcessFacts
  /** This machine, for people. */
  readonly host: string
}

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

/** The loop of a lake, in the hands of this process. */
export interface DaemonLease {
  /** Raised when another has it, or when nobody could be told for so long that another may. */
  readonly lost: AbortSignal
  /** Gives it back; where that fails, it ends by itself. */
  release(): Promise<void>
}

const placeOf = (store: ObjectStore): DocumentPlace<z.output<typeof turn>> => ({
  store,
  folder: 'state/daemon',
  schema: turn,
  keptMs: LEASE_TIMES.heldMs,
})

/**
 * Takes the loop of a lake if it is free: its last holder gave it back, is certainly dead, or was silent for longer than a
 * lease's time.
 * @returns the lease; or who has it
 */
export async function takeDaemonLease(effects: DaemonLeaseEffects): Promise<DaemonLease | DaemonHolder> {
  const owner = randomUUID()
  const { current } = await changeDocument(
    placeOf(effects.store),
    async found => {
      const now = effects.now()
      if (found?.holder && (await isLeaseHeld(found.holder, now))) return undefined
      return { holder: { ...makeLease(owner, effects.runner, effects.host, now), since: now } }
    },
    effects,
  )
  const found = current?.holder
  if (found && found.owner !== owner) return found
  return startKeeping(owner, found?.until ?? leaseEnd(effects.now()), effects)
}

/** What is known of a lake's daemon from outside. */
export interface SeenDaemon {
  /** When it last said that it lives; NULL where none has the loop. */
  readonly seenAt: Date | null
  readonly isRunning: boolean
}

/** Whether a daemon has the loop of a lake, and lives. One that was killed is seen to be dead within a lease's time. */
export async function findDaemon(store: ObjectStore, now: Date): Promise<SeenDaemon> {
  const found = (await loadDocument(placeOf(store)))?.holder
  if (!found) return { seenAt: null, isRunning: false }
  const seenAt = new Date(found.until.getTime() - LEASE_TIMES.heldMs)
  return { seenAt, isRunning: await isLeaseHeld(found, now) }
}

/** Renews the lease until it is released or lost. */
function startKeeping(owner: string, until: Date, effects: DaemonLeaseEffects): DaemonLease {
  const renew = (until: Date): Promise<boolean> => changeOwn(owner, mine => ({ ...mine, until }), effects)
  const keeper = keepLease({ until, renew, lostError: () => new DaemonLostError() }, effects)
  return {
    lost: keeper.lost,
    async release() {
      await keeper.stop()
      await changeOwn(owner, () => null, effects).catch(() => {})
    },
  }
}

/** @returns whether the loop was still this owner's */
async function changeOwn(
  owner: string,
  plan: (mine: DaemonHolder) => DaemonHolder | null,
  effects: DaemonLeaseEffects,
): Promise<boolean> {
  const { isChanged } = await changeDocument(
    placeOf(effects.store),
    found => (found?.holder?.owner === owner ? { holder: plan(found.holder) } : undefined),
    { ...effects, signal: new AbortController().signal }, // a signal ends the loop, and then the lease
  )
  return isChanged
}
