import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { listNumbers, removeNumbers } from '../lake/documentNumbers.js'
import { listDocuments, loadDocument } from '../lake/documents.js'
import { isLeaseHeld, LEASE_TIMES, type Lease, leaseSchema } from '../lake/lease.js'
import { type TurnEffects, takeTurn } from '../lake/turn.js'
import { claimFolder } from './streamPlaces.js'

/** What claims a segment. */
export type ClaimEffects = TurnEffects

/** The segment isn't this process's any more: another may work on it. What was written is replaced by that one. */
export class SegmentLostError extends StocktakeError {
  constructor(segment: string) {
    super({
      subject: `segment ${segment}`,
      got: 'another process has it now, or the lake could not be told in time',
      fix: 'nothing is lost: it is done by another, or the next time',
    })
  }
}

/** A segment in the hands of this process. */
export interface SegmentClaim {
  /** @throws {SegmentLostError} when it is lost @throws the signal's reason */
  check(): void
  /** Gives it back; where that fails, it ends by itself. */
  release(): Promise<void>
  /** Removes what is known of it, for a segment that is gone. */
  forget(): Promise<void>
}

const claim = z.object({ holder: leaseSchema.nullable() })

const placeOf = (stream: string, segment: string) => ({
  folder: claimFolder(stream, segment),
  schema: claim,
  keptMs: LEASE_TIMES.heldMs,
})

/**
 * Claims a segment that nobody works on.
 * @returns nothing where another has it
 */
export async function claimSegment(
  stream: string,
  segment: string,
  effects: ClaimEffects,
): Promise<SegmentClaim | undefined> {
  const place = placeOf(stream, segment)
  const { own } = await takeTurn(
    { place, take: lease => ({ holder: lease }), lostError: () => new SegmentLostError(segment) },
    effects,
  )
  if (!own) return undefined
  return {
    check() {
      effects.signal.throwIfAborted()
      own.lost.throwIfAborted()
    },
    release: own.release,
    async forget() {
      await own.stop()
      await forget(place, effects).catch(() => false)
    },
  }
}

/** Who works on a segment; nothing where nobody does. */
export async function findClaimHolder(
  stream: string,
  segment: string,
  { store, now }: Pick<ClaimEffects, 'store' | 'now'>,
): Promise<Lease | undefined> {
  const holder = (await loadDocument({ ...placeOf(stream, segment), store }))?.holder
  return holder && (await isLeaseHeld(holder, now())) ? holder : undefined
}

/** Removes the claims of segments that are gone, as a killed worker leaves them; not those that somebody holds. */
export async function sweepClaims(
  stream: string,
  isThere: (segment: string) => Promise<boolean>,
  effects: ClaimEffects,
): Promise<void> {
  const folder = claimFolder(stream, '').slice(0, -1)
  for await (const { name } of listDocuments(effects.store, folder)) {
    if ((await isThere(name)) || (await findClaimHolder(stream, name, effects))) continue
    await forget(placeOf(stream, name), effects)
  }
}

async function forget({ folder }: { readonly folder: string }, { store }: ClaimEffects): Promise<boolean> {
  return removeNumbers({ store }, await listNumbers({ store, folder }))
}
