import { z } from 'zod'
import { changeDocument, type DocumentEffects, type DocumentPlace, loadDocument } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'

// A database that held one declared table is looked into by nobody when that table is dropped. So the lake knows all
// databases that it was ever published to: they are written down before anything is put there.

const schema = z.object({ databases: z.array(z.string().min(1)) })

const placeOf = (store: ObjectStore): DocumentPlace<z.output<typeof schema>> => ({
  ...{ store, schema },
  folder: 'state/published',
})

/** Glue's databases that the lake was published to, in order. */
export const listPublishedPlaces = async (store: ObjectStore): Promise<readonly string[]> =>
  (await loadDocument(placeOf(store)))?.databases ?? []

/** Adds databases to those that are known. @throws {DocumentConflictError} */
export async function addPublishedPlaces(
  store: ObjectStore,
  databases: Iterable<string>,
  effects: DocumentEffects,
): Promise<void> {
  const added = [...databases]
  await changeDocument(
    placeOf(store),
    (current = { databases: [] }) => {
      const all = [...new Set([...current.databases, ...added])].sort()
      return all.length === current.databases.length ? undefined : { databases: all }
    },
    effects,
  )
}
