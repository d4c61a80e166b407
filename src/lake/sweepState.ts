import { KEPT_MS, type Numbered, parseNumbered, removeNumbers } from './documentNumbers.js'
import type { ObjectStore, StoredObject } from './objectStore.js'

/** What was removed, or would be. */
export interface Swept {
  readonly count: number
  readonly sizeBytes: number
}

export const NOTHING_SWEPT: Swept = { count: 0, sizeBytes: 0 }

export interface SweepOptions {
  /** Ages are counted back from here: the store's own time, as far as it is known. */
  readonly now: Date
  /** Only tells what would be removed. */
  readonly dryRun: boolean
}

/**
 * Removes old numbers of documents: those that later ones have followed, a week after they were written. A change does so,
 * too, but of a document that nobody changes any more its last week's numbers would stay for ever.
 * @param folder all documents below it
 */
export async function sweepNumbers(store: ObjectStore, folder: string, options: SweepOptions): Promise<Swept> {
  const parts: Swept[] = []
  for await (const { numbers } of listDocumentNumbers(store, folder)) {
    const firstKept = numbers.findIndex((each, i) => i === numbers.length - 1 || !isOlder(each, KEPT_MS, options))
    parts.push(await removeAscending({ store }, numbers.slice(0, Math.max(0, firstKept)), options))
  }
  return addSwept(parts)
}

/** One number of a document, and how large it is. */
export interface SizedNumber extends Numbered {
  readonly sizeBytes: number
}

/** The documents below a folder, in no order, with the numbers of each, ascending. */
export async function* listDocumentNumbers(
  store: ObjectStore,
  folder: string,
): AsyncIterable<{ readonly folder: string; readonly numbers: readonly SizedNumber[] }> {
  const documents = new Map<string, SizedNumber[]>()
  for await (const object of store.list(`${folder}/`)) {
    const place = object.key.slice(0, object.key.lastIndexOf('/'))
    const numbered = parseNumbered(object, place)
    if (!numbered) continue
    const sized = { ...numbered, sizeBytes: object.sizeBytes }
    const numbers = documents.get(place)
    if (numbers) numbers.push(sized)
    else documents.set(place, [sized])
  }
  for (const [place, numbers] of documents)
    yield { folder: place, numbers: numbers.sort((a, b) => a.number - b.number) }
}

/** Removes numbers of a document in ascending order, as {@link removeNumbers}. */
export async function removeAscending(
  { store }: { readonly store: ObjectStore },
  numbers: readonly SizedNumber[],
  { dryRun }: Pick<SweepOptions, 'dryRun'>,
): Promise<Swept> {
  if (!dryRun) await removeNumbers({ store }, numbers)
  return { count: numbers.length, sizeBytes: sumBytes(numbers) }
}

/** Removes the objects under a prefix that were written longer ago than that. */
export async function sweepObjects(
  store: ObjectStore,
  prefix: string,
  { olderThanMs, ...options }: SweepOptions & { readonly olderThanMs: number },
): Promise<Swept> {
  const going: StoredObject[] = []
  for await (const object of store.list(prefix)) if (isOlder(object, olderThanMs, options)) going.push(object)
  for (const { key } of options.dryRun ? [] : going) await store.remove(key)
  return { count: going.length, sizeBytes: sumBytes(going) }
}

export const addSwept = (parts: readonly Swept[]): Swept =>
  parts.reduce(
    (sum, { count, sizeBytes }) => ({ count: sum.count + count, sizeBytes: sum.sizeBytes + sizeBytes }),
    NOTHING_SWEPT,
  )

const sumBytes = (objects: readonly { readonly sizeBytes: number }[]): number =>
  objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Whether something was written longer ago than that. */
export const isOlder = (
  { lastModified }: { readonly lastModified: Date },
  ageMs: number,
  { now }: Pick<SweepOptions, 'now'>,
): boolean => now.getTime() - lastModified.getTime() > ageMs
