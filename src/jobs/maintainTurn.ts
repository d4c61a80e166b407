import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { type TurnEffects, takeTurn, turnHolderSchema } from '../lake/turn.js'

// Two at once would do no harm, as whatever changes a table is committed against it as it is by then; but each would do
// what the other does.

/** Another maintains the lake. */
export class MaintainBusyError extends StocktakeError {}

const PLACE = { folder: 'state/maintain', schema: z.object({ holder: turnHolderSchema.nullable() }), keptMs: 0 }

/**
 * Has the lake's maintenance to itself for as long as `act` takes.
 * @param act gets a signal that is also raised when the turn is lost
 * @throws {MaintainBusyError} where another has it
 */
export async function withMaintainTurn<T>(effects: TurnEffects, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { holder, own } = await takeTurn(
    { place: PLACE, take: (lease, now) => ({ holder: { ...lease, since: now } }), lostError },
    effects,
  )
  if (!own)
    throw new MaintainBusyError({
      subject: 'maintain',
      expected: 'one at a time',
      got: `another on ${holder.host} since ${holder.since.toISOString()}`,
      fix: 'try again when that is over',
    })
  try {
    return await act(AbortSignal.any([effects.signal, own.lost]))
  } finally {
    await own.release()
  }
}

const lostError = (): MaintainBusyError =>
  new MaintainBusyError({
    subject: 'maintain',
    got: 'the lake could not be reached for too long, and another may maintain it now',
    fix: 'run it again: it goes on from where it was',
  })
