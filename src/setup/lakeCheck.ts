import { NotFoundError, type StocktakeError } from '../errors.js'
import type { Authority } from '../lake/authority.js'
import { openLake } from '../lake/lake.js'
import { type ObjectStore, readText } from '../lake/objectStore.js'
import { S3AccessDeniedError } from '../lake/s3Errors.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { explainError, isFinding } from './attempt.js'

const CHECK = 'lake'

/**
 * Whether the lake is there, can be read and written, and refuses a second create, by which alone two writers can't undo
 * each other's work. The object it is tried with is removed again.
 * @param place as the person named it
 * @param probeName a name that nobody else has
 * @param authority the catalog that it is to have
 */
export async function checkLake(
  place: string,
  store: ObjectStore,
  probeName: string,
  authority: Authority,
): Promise<Check> {
  try {
    await openLake(store, authority)
  } catch (error) {
    if (error instanceof NotFoundError && error.facts.got === 'no lake there')
      return { status: 'warn', check: CHECK, found: `${place}: no lake yet`, fix: '`stocktake init` creates it' }
    throw error
  }
  return probe(place, store, `state/doctor-${probeName}`)
}

async function probe(place: string, store: ObjectStore, key: string): Promise<Check> {
  const fail = (found: string, fix: string | null): Check => ({
    status: 'fail',
    check: CHECK,
    found: `${place}: ${found}`,
    fix,
  })
  try {
    await store.putIfAbsent(key, bytesOf('first'))
  } catch (error) {
    if (!isFinding(error)) throw error
    return fail(`reads, but can't write: ${explainError(error).found}`, lakeFix(error))
  }
  try {
    const isSecondMade = await store.putIfAbsent(key, bytesOf('second'))
    const kept = await readText(store, key)
    if (isSecondMade || kept !== 'first')
      return fail(
        'does not refuse a second create: two imports at once could undo each other',
        'keep the lake where If-None-Match is honoured: on AWS, or in a folder',
      )
  } catch (error) {
    if (!isFinding(error)) throw error
    return fail(`writes, but does not keep to it: ${explainError(error).found}`, lakeFix(error))
  } finally {
    await removeQuietly(store, key)
  }
  return await confirmRemoved(place, store, key)
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What went wrong before matters more; what stays is told by {@link confirmRemoved} where nothing did. */
async function removeQuietly(store: ObjectStore, key: string): Promise<void> {
  try {
    await store.remove(key)
  } catch (error) {
    if (!isFinding(error)) throw error
  }
}

async function confirmRemoved(place: string, store: ObjectStore, key: string): Promise<Check> {
  if (!(await store.find(key)))
    return { status: 'ok', check: CHECK, found: `${place}: reads, writes, and refuses a second create`, fix: null }
  return {
    status: 'fail',
    check: CHECK,
    found: `${place}: reads and writes, but removes nothing; ${key} stays there`,
    fix: "allow s3:DeleteObject on the lake's objects",
  }
}

const lakeFix = (error: StocktakeError): string | null =>
  error instanceof S3AccessDeniedError
    ? `allow ${error.action} on ${error.resource}: stocktake setup <connector> prints the policy`
    : (error.facts.fix ?? null)
