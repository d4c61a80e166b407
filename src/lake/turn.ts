import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { DocumentPlace } from './documentNumbers.js'
import { changeDocument, type DocumentEffects } from './documents.js'
import { isLeaseHeld, type Lease, leaseSchema, makeLease } from './lease.js'
import { keepLease } from './leaseKeeper.js'
import type { ObjectStore } from './objectStore.js'
import type { ProcessFacts } from './processFacts.js'

/** Who has a turn, for people: since when. */
export const turnHolderSchema = leaseSchema.extend({ since: z.iso.datetime().transform(text => new Date(text)) })
export type TurnHolder = z.output<typeof turnHolderSchema>

/** What one process at a time may do, as a document: who does it, or NULL. */
interface TurnDocument {
  readonly holder: Lease | null
}
type HolderOf<D extends TurnDocument> = NonNullable<D['holder']>

/** Where a turn's document is kept, in the store that it is of. */
export type TurnPlace<D extends TurnDocument> = Omit<DocumentPlace<D>, 'store'>

export interface Turn<D extends TurnDocument> {
  readonly place: TurnPlace<D>
  /** The document of who takes it now. */
  readonly take: (lease: Lease, now: Date) => D
  /** Whether a holder is certainly gone whose lease says otherwise; none where it isn't said. */
  readonly isGone?: (holder: HolderOf<D>) => boolean
  /** Why a turn that was taken is lost. */
  readonly lostError: () => Error
}

export interface TurnEffects extends DocumentEffects {
  /** The lake's. */
  readonly store: ObjectStore
  /** This process. */
  readonly runner: ProcessFacts
  /** This machine, for people. */
  readonly host: string
}

/** A turn in the hands of this process, which renews it. */
export interface OwnTurn {
  /** Raised when another has it, or when nobody could be told for so long that another may. */
  readonly lost: AbortSignal
  /** Renews it no more. */
  stop(): Promise<void>
  /** Gives it back; where that fails, it ends by itself, or when this process does. */
  release(): Promise<void>
}

/** Who has a turn; with `own` where that is this process now. */
export interface TakenTurn<H extends Lease> {
  readonly holder: H
  readonly own?: OwnTurn
}

/**
 * Takes a turn if it is free: its last holder gave it back, is certainly dead, or was silent for longer than a lease's time.
 */
export async function takeTurn<D extends TurnDocument>(
  turn: Turn<D>,
  effects: TurnEffects,
): Promise<TakenTurn<HolderOf<D>>> {
  const owner = randomUUID()
  const { current } = await changeDocument(
    { ...turn.place, store: effects.store },
    async found => {
      const now = effects.now()
      if (found && (await isTaken(turn, found, now))) return undefined
      return turn.take(makeLease(owner, effects.runner, effects.host, now), now)
    },
    effects,
  )
  const holder = current?.holder as HolderOf<D> // whoever has it, or this process now
  return holder.owner === owner ? { holder, own: startKeeping(turn, holder, effects) } : { holder }
}

async function isTaken<D extends TurnDocument>(turn: Turn<D>, { holder }: D, now: Date): Promise<boolean> {
  return holder !== null && !turn.isGone?.(holder) && (await isLeaseHeld(holder, now))
}

/** Renews a turn until it is given back or lost. */
function startKeeping<D extends TurnDocument>(
  { place, lostError }: Turn<D>,
  { owner, until }: Lease,
  effects: TurnEffects,
): OwnTurn {
  const lasting = { ...effects, signal: new AbortController().signal } // a signal ends what is done in the turn, not the turn
  /** @returns whether it was still this process's */
  const change = async (plan: (mine: Lease) => Lease | null): Promise<boolean> => {
    const planOwn = (found: D | undefined): D | undefined =>
      found?.holder?.owner === owner ? { ...found, holder: plan(found.holder) } : undefined
    return (await changeDocument({ ...place, store: effects.store }, planOwn, lasting)).isChanged
  }
  const renew = (until: Date): Promise<boolean> => change(mine => ({ ...mine, until }))
  const { lost, stop } = keepLease({ until, renew, lostError }, effects)
  return {
    lost,
    stop,
    async release() {
      await stop()
      await change(() => null).catch(() => undefined)
    },
  }
}
