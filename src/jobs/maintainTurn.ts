import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import type { DocumentPlace } from '../lake/documentNumbers.js'
import { changeDocument } from '../lake/documents.js'
import { isLeaseHeld, leaseEnd, leaseSchema, makeLease } from '../lake/lease.js'
import { keepLease } from '../lake/leaseKeeper.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import type { QueueEffects } from './jobQueue.js'

// Two at once would do no harm, as whatever changes a table is committed against it as it is by then; but each would do
// what the other does.

const holder = leaseSchema.extend({ since: z.iso.datetime().transform(text => new Date(text)) })
type Holder = z.output<typeof holder>

const turn = z.object({ holder: holder.nullable() })
type Turn = z.output<typeof turn>

export interface TurnEffects extends QueueEffects {
  readonly runner: ProcessFacts
  readonly host: string
}

/** Another maintains the lake. */
export class MaintainBusyError extends StocktakeError {}

/**
 * Has the lake's maintenance to itself for as long as `act` takes.
 * @param act gets a signal that is also raised when the turn is lost
 * @throws {MaintainBusyError} where another has it
 */
export async function withMaintainTurn<T>(effects: TurnEffects, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { owner, until } = await take(effects)
  const renew = (until: Date): Promise<boolean> => changeOwn(owner, mine => ({ ...mine, until }), effects)
  const keeper = keepLease({ until, renew, lostError }, effects)
  try {
    return await act(AbortSignal.any([effects.signal, keeper.lost]))
  } finally {
    await keeper.stop()
    // Where that fails, the lease ends by itself, or when this process does.
    await changeOwn(owner, () => null, effects).catch(() => undefined)
  }
}

async function take({ store, runner, host, ...effects }: TurnEffects): Promise<Pick<Holder, 'owner' | 'until'>> {
  const owner = randomUUID()
  const { current } = await changeDocument(
    placeOf(store),
    async found => {
      const now = effects.now()
      if (found?.holder && (await isLeaseHeld(found.holder, now))) return undefined
      return { holder: { ...makeLease(owner, runner, host, now), since: now } }
    },
    effects,
  )
  const found = current?.holder
  if (!found || found.owner === owner) return { owner, until: found?.until ?? leaseEnd(effects.now()) }
  throw new MaintainBusyError({
    subject: 'maintain',
    expected: 'one at a time',
    got: `another on ${found.host} since ${found.since.toISOString()}`,
    fix: 'try again when that is over',
  })
}

const lostError = (): MaintainBusyError =>
  new MaintainBusyError({
    subject: 'maintain',
    got: 'the lake could not be reached for too long, and another may maintain it now',
    fix: 'run it again: it goes on from where it was',
  })

/** @returns whether it still was this owner's turn */
async function changeOwn(owner: string, plan: (mine: Holder) => Holder | null, effects: TurnEffects): Promise<boolean> {
  const { isChanged } = await changeDocument(
    placeOf(effects.store),
    found => (found?.holder?.owner === owner ? { holder: plan(found.holder) } : undefined),
    { ...effects, signal: new AbortController().signal }, // a signal ends what is done in the turn, not the turn
  )
  return isChanged
}

const placeOf = (store: ObjectStore): DocumentPlace<Turn> => ({
  store,
  folder: 'state/maintain',
  schema: turn,
  keptMs: 0,
})
