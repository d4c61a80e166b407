import { randomUUID } from 'node:crypto'
import { ConflictError, UsageError } from '../errors.js'
import type { DocumentEffects } from '../lake/documents.js'
import { foldName } from '../lake/foldName.js'
import { type Collection, changeCollections, getCollection, pickCollection } from '../lake/lakeCollections.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { parseName } from './collectionName.js'
import { suggestName } from './suggestName.js'

// What collections there are is in src/lake/lakeCollections.ts.

/** How many a lake can have: all of them are written at each change. */
export const MOST_COLLECTIONS = 10_000

export interface CollectionEffects extends DocumentEffects {
  /** The lake's. */
  readonly store: ObjectStore
}

/** A folder that is to get a name; the suggested one where none is given. */
export interface NewCollection {
  /** Ends in a slash; empty for the whole bucket. */
  readonly folder: string
  readonly name?: string
}

export interface CollectionOrder {
  /** Its name. */
  readonly connector: string
  readonly folders: readonly NewCollection[]
  readonly by: string
}

/** Names that others have, or that are given twice. Nothing was changed. */
export class NameTakenError extends ConflictError {}

/** Somebody else has changed the collection since it was looked at. It is as they left it. */
export class CollectionChangedError extends ConflictError {}

/**
 * Makes collections of folders: all of them or none.
 * @returns the new ones, in the order of the folders; and all there are now, by name
 * @throws {NameTakenError} which says each name that can't be had, and why
 * @throws {UsageError} for names that can't be
 */
export async function createCollections(
  { connector, folders, by }: CollectionOrder,
  effects: CollectionEffects,
): Promise<{ readonly created: readonly Collection[]; readonly all: readonly Collection[] }> {
  const made = folders.map(({ folder, name }) => ({
    collection: `col_${randomUUID().replaceAll('-', '')}`,
    name: parseName(name ?? suggestName(folder, connector)),
    connector,
    folder,
    created_by: by,
    version: 0,
  }))
  let created: readonly Collection[] = []
  let all: readonly Collection[] = []
  await changeCollections(
    effects.store,
    current => {
      const created_at = effects.now()
      created = made.map(each => ({ ...each, created_at }))
      all = [...current, ...created]
      requireFree(created, current)
      requireRoom(all)
      return created.length === 0 ? undefined : all
    },
    effects,
  )
  return { created, all }
}

/**
 * Gives a collection another name; the one it has leaves it as it is.
 * @param change guidOrName: which; ifVersion: only if it still is of that version
 * @throws {NotFoundError}
 * @throws {NameTakenError}
 * @throws {CollectionChangedError}
 * @throws {UsageError} for a name that can't be
 */
export async function renameCollection(
  change: { readonly guidOrName: string; readonly name: string; readonly ifVersion?: number },
  effects: CollectionEffects,
): Promise<{ readonly collection: Collection; readonly before: Collection; readonly isChanged: boolean }> {
  const name = parseName(change.name)
  const before = await getCollection(effects.store, change.guidOrName)
  const renamed = (found: Collection): Collection => ({ ...found, name, version: found.version + 1 })
  let collection = before
  const { isChanged } = await changeCollections(
    effects.store,
    current => {
      collection = pickCollection(current, before.collection) // by that name another may be meant by now
      requireVersion(collection, change.ifVersion)
      if (collection.name === name) return undefined
      const others = current.filter(each => each !== collection)
      collection = renamed(collection)
      requireFree([collection], others)
      return [...others, collection]
    },
    effects,
  )
  return { collection, before, isChanged }
}

/**
 * Forgets a collection. The objects and their folder stay as they are.
 * @returns the one that was there
 * @throws {NotFoundError}
 * @throws {CollectionChangedError}
 */
export async function removeCollection(
  change: { readonly guidOrName: string; readonly ifVersion?: number },
  effects: CollectionEffects,
): Promise<Collection> {
  const found = await getCollection(effects.store, change.guidOrName)
  await changeCollections(
    effects.store,
    current => {
      const now = pickCollection(current, found.collection)
      requireVersion(now, change.ifVersion)
      return current.filter(each => each !== now)
    },
    effects,
  )
  return found
}

/** A name that can't be had: of which folder, and what has it. */
export interface NameClash {
  readonly folder: string
  readonly name: string
  /** In words: another collection, or another of these folders. */
  readonly with: string
}

/** The names of some that others have, or that are among them twice. Letters, spaces and accents make no other name. */
export function findClashes(
  wanted: readonly Pick<Collection, 'name' | 'folder'>[],
  current: readonly Collection[],
): NameClash[] {
  const taken = new Map(current.map(each => [foldName(each.name), each]))
  const first = new Map<string, number>()
  const folds = wanted.map(({ name }) => foldName(name))
  const last = new Map(folds.map((fold, i) => [fold, i]))
  for (const [i, fold] of folds.entries()) if (!first.has(fold)) first.set(fold, i)
  return wanted.flatMap(({ folder, name }, i) => {
    const fold = folds[i] ?? ''
    const other = taken.get(fold)
    if (other) return [{ folder, name, with: `the collection ${quoted(other)}` }]
    const twin = wanted[(first.get(fold) === i ? last : first).get(fold) ?? i]
    return twin === wanted[i] || !twin ? [] : [{ folder, name, with: `the new one of ${folderText(twin)}` }]
  })
}

const quoted = ({ name, connector, folder }: Collection): string =>
  `${JSON.stringify(name)} of ${connector}, ${folderText({ folder })}`

/** A folder in words. */
export const folderText = ({ folder }: { readonly folder: string }): string =>
  folder === '' ? 'the whole bucket' : JSON.stringify(folder)

function requireFree(wanted: readonly Collection[], current: readonly Collection[]): void {
  const clashes = findClashes(wanted, current)
  if (clashes.length === 0) return
  const [first] = clashes
  throw new NameTakenError({
    subject: clashes.length === 1 && first ? `name ${JSON.stringify(first.name)}` : `${clashes.length} names`,
    got: clashes
      .slice(0, MOST_TOLD)
      .map(clash =>
        clashes.length === 1 ? `${clash.with} has it` : `${JSON.stringify(clash.name)}: ${clash.with} has it`,
      )
      .concat(clashes.length > MOST_TOLD ? [`and ${clashes.length - MOST_TOLD} more`] : [])
      .join('; '),
    fix: 'give another name',
  })
}

const MOST_TOLD = 10

function requireRoom(all: readonly Collection[]): void {
  if (all.length > MOST_COLLECTIONS)
    throw new UsageError({
      subject: 'collections',
      expected: `${MOST_COLLECTIONS} in a lake at most`,
      got: String(all.length),
      fix: 'remove some, or map folders further up',
    })
}

function requireVersion(found: Collection, version: number | undefined): void {
  if (version === undefined || found.version === version) return
  throw new CollectionChangedError({
    subject: `collection ${JSON.stringify(found.name)}`,
    got: 'changed by somebody else in the meantime',
    fix: 'look at it again',
  })
}
