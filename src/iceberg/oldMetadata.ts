import type { StoredObject } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { findKey } from './location.js'
import { parseMetadataNumber, parseMetadataVersion } from './metadataFiles.js'
import { METADATA_LOG_LENGTH } from './snapshot.js'

/** How long a metadata file stays after later ones: nobody who loaded the one before it still commits (`MAX_BASE_AGE_MS`). */
const KEPT_MS = 7 * 86_400_000

/**
 * Finds metadata files that nobody needs any more: they are a week older than the newest one, by the store's own clock, and
 * the newest one doesn't name them in its log.
 * @returns oldest first: removed in this order, what is left has no gap whenever that stops
 */
export async function listOldMetadata(table: Table): Promise<StoredObject[]> {
  const isOfFiles = parseMetadataVersion(table.metadataKey) !== undefined
  return isOfFiles ? listOldVersions(table) : listUnnamed(table)
}

interface Numbered {
  readonly number: number
  readonly object: StoredObject
}

/** Where the highest number counts: those before the newest ones, and no later one than any that stays. */
async function listOldVersions(table: Table): Promise<StoredObject[]> {
  const numbered = await listNumbered(table, 'v', parseMetadataVersion)
  numbered.sort((a, b) => a.number - b.number)
  const newest = numbered.at(-1)
  if (!newest) return []
  const named = keysNamed(table)
  const isOld = ({ number, object }: Numbered): boolean =>
    number < newest.number - METADATA_LOG_LENGTH && isOlder(object, newest.object) && !named.has(object.key)
  const firstKept = numbered.findIndex(each => !isOld(each))
  return numbered.slice(0, firstKept).map(({ object }) => object)
}

/** Where another catalog names the one that counts: also what writers left who came second, or were killed. */
async function listUnnamed(table: Table): Promise<StoredObject[]> {
  const numbered = await listNumbered(table, '', parseMetadataNumber)
  const newest = numbered.find(({ object }) => object.key === table.metadataKey)
  if (!newest) return []
  const named = keysNamed(table)
  const old = numbered.filter(({ object }) => isOlder(object, newest.object) && !named.has(object.key))
  return old.map(({ object }) => object).sort((a, b) => a.lastModified.getTime() - b.lastModified.getTime())
}

async function listNumbered(
  { store, metadataKey }: Table,
  prefix: string,
  parse: (key: string) => number | undefined,
): Promise<Numbered[]> {
  const folder = metadataKey.slice(0, metadataKey.lastIndexOf('/'))
  const numbered: Numbered[] = []
  for await (const object of store.list(`${folder}/${prefix}`)) {
    const number = parse(object.key)
    if (number !== undefined) numbered.push({ number, object })
  }
  return numbered
}

/** The files that a table is and was, as far as it says. */
function keysNamed({ store, metadata, metadataKey }: Table): ReadonlySet<string | undefined> {
  return new Set([metadataKey, ...metadata['metadata-log'].map(entry => findKey(store, entry['metadata-file']))])
}

const isOlder = (object: StoredObject, newest: StoredObject): boolean =>
  newest.lastModified.getTime() - object.lastModified.getTime() > KEPT_MS
