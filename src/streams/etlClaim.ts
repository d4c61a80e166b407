import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { type DocumentPlace, listNumbers, removeNumbers } from '../lake/documentNumbers.js'
import { changeDocument, type DocumentEffects, listDocuments, loadDocument } from '../lake/documents.js'
import { isLeaseHeld, LEASE_TIMES, leaseEnd, leaseSchema, makeLease } from '../lake/lease.js'
import { keepLease } from '../lake/leaseKeeper.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import { claimFolder } from './streamPlaces.js'

const claim = z.object({ holder: leaseSchema.nullable() })
type Claim = z.output<typeof claim>

export interface ClaimEffects extends DocumentEffects {
  readonly store: ObjectStore
  /** This process. */
  readonly runner: ProcessFacts
  /** This machine, for people. */
  readonly host: string
}

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

const placeOf = (store: ObjectStore, stream: string, segment: string): DocumentPlace<Claim> => ({
  store,
  folder: claimFolder(stream, segment),
  schema: claim,
  keptMs: LEASE_TIMES.heldMs,
})

/**
 * Claims a segment that nobody works on: its last worker gave it back, is certainly dead, or was silent for longer than a
 * lease's time.
 * @returns nothing where another has it
 */
export async function claimSegment(
  stream: string,
  segment: string,
  effects: ClaimEffects,
): Promise<SegmentClaim | undefined> {
  const place = placeOf(effects.store, stream, segment)
  const owner = randomUUID()
  const { current } = await changeDocument(
    place,
    async found => {
      const now = effects.now()
      if (found?.holder && (await isLeaseHeld(found.holder, now))) return undefined
      return { holder: makeLease(owner, effects.runner, effects.host, now) }
    },
    effects,
  )
  if (current?.holder?.owner !== owner) return undefined
  const change = async (next: (lease: NonNullable<Claim['holder']>) => Claim['holder']): Promise<boolean> => {
    const { isChanged } = await changeDocument(
      place,
      found => (found?.holder?.owner === owner ? { holder: next(found.holder) } : undefined),
      { ...effects, signal: new AbortController().signal }, // a signal ends the work, and then the claim
    )
    return isChanged
  }
  const keeper = keepLease(
    {
      until: current.holder.until ?? leaseEnd(effects.now()),
      renew: until => change(lease => ({ ...lease, until })),
      lostError: () => new SegmentLostError(segment),
    },
    effects,
  )
  return {
    check() {
      effects.signal.throwIfAborted()
      keeper.lost.throwIfAborted()
    },
    async release() {
      await keeper.stop()
      await change(() => null).catch(() => undefined)
    },
    async forget() {
      await keeper.stop()
      await removeNumbers(place, await listNumbers(place)).catch(() => false)
    },
  }
}

/** Removes the claims of segments that are gone, as a killed worker leaves them; not those that somebody holds. */
export async function sweepClaims(
  stream: string,
  isThere: (segment: string) => Promise<boolean>,
  effects: ClaimEffects,
): Promise<void> {
  const folder = claimFolder(stream, '').slice(0, -1)
  for await (const { name } of listDocuments(effects.store, folder)) {
    if (await isThere(name)) continue
    const place = placeOf(effects.store, stream, name)
    const holder = (await loadDocument(place))?.holder
    if (holder && (await isLeaseHeld(holder, effects.now()))) continue
    await removeNumbers(place, await listNumbers(place))
  }
}
