import type { StocktakeError } from '../errors.js'
import { explainError, isFinding } from '../setup/attempt.js'
import { type Check, isOfSystem } from '../snapshot/connectorChecks.js'

/** What was looked for, or the check that says why it can't be had. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'failed'; readonly check: Check }

/** What fails for a known reason, or one that the system gives, such as a folder that may not be read, is a finding. */
export async function lookFor<T>(
  check: string,
  find: () => Promise<T>,
  explain: (error: StocktakeError) => Pick<Check, 'found' | 'fix'> = explainError,
): Promise<Found<T>> {
  try {
    return { kind: 'found', value: await find() }
  } catch (error) {
    if (isFinding(error)) return { kind: 'failed', check: { status: 'fail', check, ...explain(error) } }
    if (isOfSystem(error)) return { kind: 'failed', check: { status: 'fail', check, found: error.message, fix: null } }
    throw error
  }
}

/** As {@link lookFor}, for what is a check itself. */
export async function lookAt<C extends Check>(
  check: string,
  act: () => Promise<C>,
  explain?: (error: StocktakeError) => Pick<Check, 'found' | 'fix'>,
): Promise<C | Check> {
  const found = await lookFor(check, act, explain)
  return found.kind === 'found' ? found.value : found.check
}
