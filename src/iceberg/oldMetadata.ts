import type { StoredObject } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { parseMetadataVersion } from './metadataFiles.js'
import { METADATA_LOG_LENGTH } from './snapshot.js'

/** How long a number stays after later ones: nobody who loaded the one before it still commits (`MAX_BASE_AGE_MS`). */
const KEPT_MS = 7 * 86_400_000

/**
 * Finds metadata files that nobody needs any more: they are a week older than the newest one, by the store's own clock, and
 * the newest one doesn't name them in its log.
 * @returns oldest first: removed in this order, what is left has no gap whenever that stops
 */
export async function listOldMetadata({ store, metadataKey }: Table): Promise<StoredObject[]> {
  const numbered: { readonly number: number; readonly object: StoredObject }[] = []
  const folder = metadataKey.slice(0, metadataKey.lastIndexOf('/'))
  for await (const object of store.list(`${folder}/v`)) {
    const number = parseMetadataVersion(object.key)
    if (number !== undefined) numbered.push({ number, object })
  }
  numbered.sort((a, b) => a.number - b.number)
  const newest = numbered.at(-1)
  if (!newest) return []
  const isOld = ({ number, object }: (typeof numbered)[number]): boolean =>
    number < newest.number - METADATA_LOG_LENGTH &&
    newest.object.lastModified.getTime() - object.lastModified.getTime() > KEPT_MS
  const firstKept = numbered.findIndex(each => !isOld(each))
  return numbered.slice(0, firstKept).map(({ object }) => object)
}
