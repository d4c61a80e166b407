import { NotFoundError } from '../errors.js'
import type { StoredObject } from '../lake/objectStore.js'
import type { Catalog, Table } from './catalog.js'
import type { CommitEffects } from './commit.js'
import { mapConcurrently } from './loadManifests.js'

/** What keeping a table in order touches. */
export interface UpkeepEffects extends CommitEffects {
  readonly signal: AbortSignal
}

/** @throws {NotFoundError} */
export async function loadExisting(catalog: Catalog, name: string): Promise<Table> {
  const table = await catalog.load(name)
  if (table) return table
  throw new NotFoundError({ subject: `table ${name}`, got: 'no such table' })
}

/** Removes objects of a table's store, several at a time. */
export async function removeAll(
  { store }: Table,
  objects: readonly StoredObject[],
  { signal }: UpkeepEffects,
): Promise<void> {
  await mapConcurrently(objects, async ({ key }) => {
    signal.throwIfAborted()
    await store.remove(key)
  })
}
