import type { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { formatDocument, parseDocument } from './documentFormat.js'
import { ObjectNotFoundError, type ObjectStore } from './objectStore.js'
import { type RetryEffects, waitAfter } from './retry.js'

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
}

export interface DocumentEffects extends RetryEffects {
  readonly now: () => Date
}

/** What became of a change. */
export interface DocumentChange<T> {
  /** What holds now; `undefined` where there is no document. */
  readonly current: T | undefined
  /** Whether this call wrote it. */
  readonly isChanged: boolean
}

/** Other writers were first, again and again. The document is as they left it. */
export class DocumentConflictError extends StocktakeError {}

/** How often a change is tried against other writers before it is given up. */
export const CHANGE_ATTEMPTS = 50

/** What is older than that isn't changed but loaded again: the number after it may have been removed as old. */
export const MAX_DOCUMENT_AGE_MS = 3_600_000

/** How long a number stays after later ones, by the store's own clock. */
export const KEPT_MS = 7 * 86_400_000

/** @returns the document; `undefined` where there is none. @throws {DocumentFormatError} */
export async function loadDocument<T>(place: DocumentPlace<T>): Promise<T | undefined> {
  return (await loadNewest(place)).value
}

/**
 * Changes a document: loads it, asks `plan` what it is to be, and creates the next number; again from the start when another
 * writer was first, or when the plan took so long that the base is old.
 * @param plan gets what holds, each time; `undefined` changes nothing. It may be asked several times.
 * @throws {DocumentFormatError} for one that can't be read, or that `plan` made and the schema refuses
 * @throws {DocumentConflictError} after 50 lost races
 */
export async function changeDocument<T>(
  place: DocumentPlace<T>,
  plan: (current: T | undefined) => T | undefined | Promise<T | undefined>,
  effects: DocumentEffects,
): Promise<DocumentChange<T>> {
  for (let lost = 1; ; lost++) {
    const loadedAt = effects.now()
    const base = await loadNewest(place)
    const next = await plan(base.value)
    if (next === undefined) return { current: base.value, isChanged: false }
    if (isYoung(loadedAt, effects.now())) {
      const current = await tryPut(place, base.number + 1, next)
      if (current) {
        await removeOld(place, base.numbers)
        return { current: current.value, isChanged: true }
      }
    }
    if (lost === CHANGE_ATTEMPTS) throw conflictOf(place, base.number)
    await waitAfter(lost, effects)
  }
}

/** A document of several in one folder. */
export interface NamedDocument<T> {
  /** Of its own folder, which lies directly in the one that was asked for. */
  readonly name: string
  readonly value: T
}

/**
 * All documents whose folders lie directly in a folder, by their names in code-point order: one listing, and one read each.
 * @throws {DocumentFormatError}
 */
export async function* loadDocuments<T>({ store, folder, schema }: DocumentPlace<T>): AsyncIterable<NamedDocument<T>> {
  const readAll = async (listed: readonly NamedNumber[]): Promise<NamedDocument<T>[]> => {
    const reads = listed.map(newest => readNamed({ store, folder: `${folder}/${newest.name}`, schema }, newest))
    return (await Promise.all(reads)).filter(read => read !== undefined)
  }
  let listed: NamedNumber[] = [] // none is read while the listing is awaited: nobody would hear of its failure
  for await (const newest of listNewest(store, folder)) {
    listed.push(newest)
    if (listed.length < READ_WIDTH) continue
    yield* await readAll(listed)
    listed = []
  }
  yield* await readAll(listed)
}

/** Documents that are read at once. */
const READ_WIDTH = 16

/** One number of a document of several. */
interface NamedNumber extends Numbered {
  readonly name: string
}

/** The newest number of each document directly in a folder. */
async function* listNewest(store: ObjectStore, root: string): AsyncIterable<NamedNumber> {
  let newest: NamedNumber | undefined
  for await (const { key, lastModified } of store.list(`${root}/`)) {
    const [, name, digits] = /^([^/]+)\/([1-9]\d{0,14})\.json$/.exec(key.slice(root.length + 1)) ?? []
    if (name === undefined) continue
    const number = Number(digits)
    if (newest && newest.name !== name) yield newest
    if (newest?.name !== name || number > newest.number) newest = { name, number, key, lastModified }
  }
  if (newest) yield newest
}

async function readNamed<T>(
  place: DocumentPlace<T>,
  { name, key }: NamedNumber,
): Promise<NamedDocument<T> | undefined> {
  try {
    return { name, value: parseIn(place, key, await place.store.read(key)) }
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error
    const value = await loadDocument(place) // removed as old since it was listed
    return value === undefined ? undefined : { name, value }
  }
}

/** One number of a document in a listing. */
interface Numbered {
  readonly number: number
  readonly key: string
  readonly lastModified: Date
}

/** A document as loaded; number 0 where there is none. */
interface Loaded<T> {
  readonly number: number
  readonly value: T | undefined
  /** All that were listed, the newest last. */
  readonly numbers: readonly Numbered[]
}

const NUMBERED = /\/([1-9]\d{0,14})\.json$/

/** Listings and reads that may miss each other before something else must be wrong. */
const READ_ATTEMPTS = 10

async function loadNewest<T>(place: DocumentPlace<T>): Promise<Loaded<T>> {
  for (let attempt = 1; ; attempt++) {
    const numbers = await listNumbers(place)
    const newest = numbers.at(-1)
    if (!newest) return { number: 0, value: undefined, numbers }
    try {
      const bytes = await place.store.read(newest.key)
      return { number: newest.number, value: parseIn(place, newest.key, bytes), numbers }
    } catch (error) {
      // Removed as old since it was listed: there are later ones.
      if (!(error instanceof ObjectNotFoundError) || attempt === READ_ATTEMPTS) throw error
    }
  }
}

async function listNumbers({ store, folder }: DocumentPlace<unknown>): Promise<Numbered[]> {
  const numbers: Numbered[] = []
  for await (const { key, lastModified } of store.list(`${folder}/`)) {
    const number = Number(NUMBERED.exec(key.slice(folder.length))?.[1] ?? 0)
    if (number > 0 && key === keyOf(folder, number)) numbers.push({ number, key, lastModified })
  }
  return numbers.sort((a, b) => a.number - b.number)
}

const keyOf = (folder: string, number: number): string => `${folder}/${number}.json`

const parseIn = <T>({ store, schema }: DocumentPlace<T>, key: string, bytes: Uint8Array): T =>
  parseDocument(bytes, schema, `${store.url}/${key}`)

/** A clock that went back doesn't tell an age. */
function isYoung(loadedAt: Date, now: Date): boolean {
  const ageMs = now.getTime() - loadedAt.getTime()
  return ageMs >= 0 && ageMs <= MAX_DOCUMENT_AGE_MS
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
  const key = keyOf(place.folder, number)
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

/**
 * Removes numbers that are older than the base by a week: no writer that still counts has loaded the one before them. A
 * failure is no reason to fail: the next change tries again.
 */
async function removeOld({ store }: DocumentPlace<unknown>, numbers: readonly Numbered[]): Promise<void> {
  const newestMs = numbers.at(-1)?.lastModified.getTime() ?? 0
  const old = numbers.filter(({ lastModified }) => newestMs - lastModified.getTime() > KEPT_MS)
  for (const { key } of old) await store.remove(key).catch(() => undefined)
}

function conflictOf({ store, folder }: DocumentPlace<unknown>, number: number): DocumentConflictError {
  return new DocumentConflictError({
    subject: `${store.url}/${folder}`,
    expected: `number ${number} to be the newest`,
    got: 'others that were first, again and again',
    fix: 'run it again',
  })
}
