import { StocktakeError } from '../errors.js'
import { type DocumentPlace, loadNewest, type Numbered, parseNumbered, putNext, readNewest } from './documentNumbers.js'
import { ObjectNotFoundError, type ObjectStore } from './objectStore.js'
import { type RetryEffects, waitAfter } from './retry.js'

export type { DocumentPlace } from './documentNumbers.js'

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
    if (isYoung(loadedAt, effects.now(), place)) {
      const current = await putNext(place, base, next)
      if (current) return { current: current.value, isChanged: true }
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
export async function* loadDocuments<T>(root: DocumentPlace<T>): AsyncIterable<NamedDocument<T>> {
  const readAll = async (listed: readonly ListedDocument[]): Promise<NamedDocument<T>[]> => {
    const reads = listed.map(each => readNamed({ ...root, folder: `${root.folder}/${each.name}` }, each))
    return (await Promise.all(reads)).filter(read => read !== undefined)
  }
  let listed: ListedDocument[] = [] // none is read while the listing is awaited: nobody would hear of its failure
  for await (const each of listDocuments(root.store, root.folder)) {
    listed.push(each)
    if (listed.length < READ_WIDTH) continue
    yield* await readAll(listed)
    listed = []
  }
  yield* await readAll(listed)
}

/** Documents that are read at once. */
const READ_WIDTH = 16

/** A document of several, as it was listed. */
export interface ListedDocument {
  readonly name: string
  /** The newest last; one at least. */
  readonly numbers: readonly Numbered[]
}

/** The documents whose folders lie directly in a folder, by their names in code-point order, without reading them. */
export async function* listDocuments(store: ObjectStore, root: string): AsyncIterable<ListedDocument> {
  let name: string | undefined
  let numbers: Numbered[] = []
  const listed = (): ListedDocument[] =>
    name === undefined || numbers.length === 0 ? [] : [{ name, numbers: numbers.sort((a, b) => a.number - b.number) }]
  for await (const object of store.list(`${root}/`)) {
    const next = object.key.slice(root.length + 1).split('/', 1)[0] ?? ''
    const numbered = parseNumbered(object, `${root}/${next}`)
    if (!numbered) continue
    if (next !== name) {
      yield* listed()
      name = next
      numbers = []
    }
    numbers.push(numbered)
  }
  yield* listed()
}

async function readNamed<T>(
  place: DocumentPlace<T>,
  { name, numbers }: ListedDocument,
): Promise<NamedDocument<T> | undefined> {
  const read = async (): Promise<T | undefined> => {
    try {
      return (await readNewest(place, numbers)).value
    } catch (error) {
      if (!(error instanceof ObjectNotFoundError)) throw error
      return loadDocument(place) // removed as old since it was listed
    }
  }
  const value = await read()
  return value === undefined ? undefined : { name, value }
}

/** A clock that went back doesn't tell an age. */
function isYoung(loadedAt: Date, now: Date, { maxAgeMs }: DocumentPlace<unknown>): boolean {
  const ageMs = now.getTime() - loadedAt.getTime()
  return ageMs >= 0 && ageMs <= (maxAgeMs ?? MAX_DOCUMENT_AGE_MS)
}

function conflictOf({ store, folder }: DocumentPlace<unknown>, number: number): DocumentConflictError {
  return new DocumentConflictError({
    subject: `${store.url}/${folder}`,
    expected: `number ${number} to be the newest`,
    got: 'others that were first, again and again',
    fix: 'run it again',
  })
}
