import { z } from 'zod'
import { NotFoundError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import {
  changeDocument,
  type DocumentChange,
  type DocumentEffects,
  type DocumentPlace,
  loadDocument,
} from './documents.js'
import { foldName } from './foldName.js'
import type { ObjectStore } from './objectStore.js'

// All collections of a lake are one document, `state/collections/all/<n>.json`: of two people who give the same name at once one
// is first and the other sees it, and many are made in one change or none. Small as they are, one read has them all.

const time = z.iso.datetime().transform(text => new Date(text))

const storedCollection = z.object({
  /** `col_` and 32 hex digits at random. */
  collection: z.string().regex(/^col_[0-9a-f]{32}$/),
  name: z.string(),
  /** Name of the connector, which may be gone. */
  connector: z.string(),
  /** Ends in a slash; empty for the whole bucket. */
  folder: z.string(),
  created_at: time,
  created_by: z.string(),
  /** How often it was changed since, for who wants to change it as they saw it. */
  version: z.int().nonnegative(),
})

/** A folder that a person gave a name to. */
export type Collection = Readonly<z.output<typeof storedCollection>>

const collectionsDocument = z.object({ collections: z.array(storedCollection) })

const placeIn = (store: ObjectStore): DocumentPlace<z.output<typeof collectionsDocument>> => ({
  store,
  folder: 'state/collections/all',
  schema: collectionsDocument,
})

/** The collections of a lake, by name. One listing and one read. @throws {DocumentFormatError} */
export async function listCollections(store: ObjectStore): Promise<Collection[]> {
  return sortByName((await loadDocument(placeIn(store)))?.collections ?? [])
}

/**
 * The collection of that GUID or name; of the name in other letters where there is none in these.
 * @throws {NotFoundError}
 */
export const getCollection = async (store: ObjectStore, guidOrName: string): Promise<Collection> =>
  pickCollection(await listCollections(store), guidOrName)

/** As {@link getCollection}, of those that were listed. @throws {NotFoundError} */
export function pickCollection(collections: readonly Collection[], guidOrName: string): Collection {
  const found =
    collections.find(({ collection }) => collection === guidOrName) ??
    collections.find(({ name }) => foldName(name) === foldName(guidOrName)) // of one fold there is but one
  if (found) return found
  const names = collections.map(({ name }) => name)
  throw new NotFoundError({
    subject: `collection ${JSON.stringify(guidOrName)}`,
    got: 'no such collection',
    fix: formatSuggestion(guidOrName, names) ?? 'stocktake collections list',
  })
}

/**
 * Changes the collections, all at once.
 * @param plan gets them by name, each time that it is asked; gives those that are to be, `undefined` to leave them
 * @throws what `plan` throws; nothing is changed then
 */
export const changeCollections = async (
  store: ObjectStore,
  plan: (current: readonly Collection[]) => readonly Collection[] | undefined,
  effects: DocumentEffects,
): Promise<DocumentChange<unknown>> =>
  changeDocument(
    placeIn(store),
    current => {
      const collections = plan(sortByName(current?.collections ?? []))
      return collections && { collections: [...collections] }
    },
    effects,
  )

const sortByName = (collections: readonly Collection[]): Collection[] =>
  [...collections].sort((a, b) => (a.name < b.name ? -1 : 1))
