import type { z } from 'zod'
import { formatDocument, parseDocument } from './documentFormat.js'
import { ObjectNotFoundError, type ObjectStore } from './objectStore.js'

/**
 * Where a document is kept: `<folder>/<n>.json`. Each change is the next number, which only one writer can create; the
 * highest number is what holds, and is found by listing. A crash leaves the document as it was or as it is to be.
 */
export interface DocumentPlace<T> {
  readonly store: ObjectStore
  /** Without a slash at its end. Folders of documents don't lie in each other. */
  readonly folder: string
  /** What a document must be to be read, and to be written. */
  readonly schema: z.ZodType<T>
  /**
   * How long a number stays after later ones, by the store's own clock; 7 days where it isn't said. Where it is said, a
   * writer looks for its base again after it has written: if that was removed, its number doesn't count, and it tries again.
   * So numbers may go at any time, in ascending order. A writer that was suspended for so long in between may make its
   * change a second time.
   */
  readonly keptMs?: number
  /** What was loaded so long ago is loaded again before it is changed; an hour where it isn't said. */
  readonly maxAgeMs?: number
}

/** How long a number stays after later ones, by the store's own clock, in places that don't say. */
export const KEPT_MS = 7 * 86_400_000

/** One number of a document in a listing. */
export interface Numbered {
  readonly number: number
  readonly key: string
  readonly lastModified: Date
}

/** A document as loaded; number 0 where there is none. */
export interface LoadedDocument<T> {
  readonly number: number
  readonly value: T | undefined
  readonly bytes: Uint8Array
  /** All that were listed, the newest last. */
  readonly numbers: readonly Numbered[]
}

/** Listings and reads that may miss each other before something else must be wrong. */
const READ_ATTEMPTS = 10

const NO_BYTES = new Uint8Array()

/** @throws {DocumentFormatError} */
export async function loadNewest<T>(place: DocumentPlace<T>): Promise<LoadedDocument<T>> {
  for (let attempt = 1; ; attempt++) {
    const numbers = await listNumbers(place)
    try {
      return await readNewest(place, numbers)
    } catch (error) {
      // Removed as old since it was listed: there are later ones.
      if (!(error instanceof ObjectNotFoundError) || attempt === READ_ATTEMPTS) throw error
    }
  }
}

/** The newest of the numbers that were listed. @throws {ObjectNotFoundError} if it was removed since */
export async function readNewest<T>(place: DocumentPlace<T>, numbers: readonly Numbered[]): Promise<LoadedDocument<T>> {
  const newest = numbers.at(-1)
  if (!newest) return { number: 0, value: undefined, bytes: NO_BYTES, numbers }
  const bytes = await place.store.read(newest.key)
  return { number: newest.number, value: parseIn(place, newest.key, bytes), bytes, numbers }
}

/** A document's numbers, ascending. */
export async function listNumbers({ store, folder }: Pick<DocumentPlace<unknown>, 'store' | 'folder'>) {
  const numbers: Numbered[] = []
  for await (const object of store.list(`${folder}/`)) {
    const numbered = parseNumbered(object, folder)
    if (numbered) numbers.push(numbered)
  }
  return numbers.sort((a, b) => a.number - b.number)
}

/** What a listed object is in the folder of a document; nothing for what isn't one of its numbers. */
export function parseNumbered(
  { key, lastModified }: { readonly key: string; readonly lastModified: Date },
  folder: string,
): Numbered | undefined {
  const digits = /^\/([1-9]\d{0,14})\.json$/.exec(key.slice(folder.length))?.[1]
  return digits !== undefined && key.startsWith(folder) ? { number: Number(digits), key, lastModified } : undefined
}

/**
 * Writes the number after the base, or finds that another has.
 * @returns the document as it will be read; nothing where another was first
 * @throws {DocumentFormatError} for a value that couldn't be read again
 */
export async function putNext<T>(
  place: DocumentPlace<T>,
  base: LoadedDocument<unknown>,
  value: T,
): Promise<{ readonly value: T } | undefined> {
  const written = await tryPut(place, base.number + 1, value)
  if (!written) return undefined
  if (place.keptMs !== undefined && !(await isThere(place, base))) {
    await place.store.remove(keyOf(place, base.number + 1)) // of this writer: only it has created it
    return undefined
  }
  await removeOld(place, base.numbers)
  return written
}

/**
 * Removes numbers in ascending order, and stops at the first that it can't remove: none is there while an older one is gone.
 * A failure is no reason to fail: the next who comes by tries again.
 * @returns whether all are gone
 */
export async function removeNumbers(
  { store }: Pick<DocumentPlace<unknown>, 'store'>,
  numbers: readonly Numbered[],
): Promise<boolean> {
  try {
    for (const { key } of numbers) await store.remove(key)
    return true
  } catch {
    return false
  }
}

const keyOf = ({ folder }: DocumentPlace<unknown>, number: number): string => `${folder}/${number}.json`

export const parseIn = <T>({ store, schema }: DocumentPlace<T>, key: string, bytes: Uint8Array): T =>
  parseDocument(bytes, schema, `${store.url}/${key}`)

/**
 * Whether the base is as it was loaded. Its key alone would not do: another writer may have created that number anew, and
 * not yet have seen that it came too late.
 */
async function isThere(place: DocumentPlace<unknown>, { number, bytes }: LoadedDocument<unknown>): Promise<boolean> {
  if (number === 0) return true
  const found = await readOrAbsent(place.store, keyOf(place, number))
  return found !== undefined && Buffer.compare(found, bytes) === 0
}

async function readOrAbsent(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.read(key)
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

/**
 * Creates the number, or finds that another has. Where the answer is no or got lost, what is there decides: these very
 * bytes mean that this writer was first.
 * @returns the document as it will be read; nothing where another was first
 */
async function tryPut<T>(
  place: DocumentPlace<T>,
  number: number,
  value: T,
): Promise<{ readonly value: T } | undefined> {
  const key = keyOf(place, number)
  const bytes = formatDocument(value)
  const current = { value: parseIn(place, key, bytes) } // nothing is written that couldn't be read
  const answer = await place.store.putIfAbsent(key, bytes).catch((error: unknown) => ({ error }))
  if (answer === true) return current
  const found = await readBack(place.store, key, answer)
  if (found && Buffer.compare(found, bytes) === 0) return current
  if (found || answer === false) return undefined
  throw answer.error // nobody's number is there, but this one may still be on its way
}

async function readBack(
  store: ObjectStore,
  key: string,
  answer: false | { readonly error: unknown },
): Promise<Uint8Array | undefined> {
  try {
    return await store.read(key)
  } catch (error) {
    if (answer !== false || error instanceof ObjectNotFoundError) return undefined // the first error says more
    throw error
  }
}

/** Removes numbers that are older than the base by the time that they are kept; never the base, nor one before it is old. */
async function removeOld(place: DocumentPlace<unknown>, numbers: readonly Numbered[]): Promise<void> {
  const newestMs = numbers.at(-1)?.lastModified.getTime() ?? 0
  const keptMs = place.keptMs ?? KEPT_MS
  const isOld = ({ lastModified }: Numbered): boolean => newestMs - lastModified.getTime() > keptMs
  const firstKept = numbers.findIndex((numbered, at) => at === numbers.length - 1 || !isOld(numbered))
  await removeNumbers(place, numbers.slice(0, Math.max(0, firstKept)))
}
