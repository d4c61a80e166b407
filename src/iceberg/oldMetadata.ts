import type { StoredObject } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { findKey } from './location.js'
import { parseCopyNumber } from './metadataCopy.js'
import { parseMetadataNumber, parseMetadataVersion } from './metadataFiles.js'
import { METADATA_LOG_LENGTH } from './snapshot.js'

/** How long a metadata file stays after later ones: nobody who loaded the one before it still commits (`MAX_BASE_AGE_MS`). */
const KEPT_MS = 7 * 86_400_000

/**
 * Finds metadata files that nobody needs any more: they are a week older than the newest one, by the store's own clock, and
 * the newest one doesn't name them in its log; and copies of such, which another catalog may name: see {@link findOldCopies}.
 * @returns oldest first: removed in this order, what is left has no gap whenever that stops
 */
export async function listOldMetadata(table: Table): Promise<StoredObject[]> {
  if (parseMetadataVersion(table.metadataKey) === undefined) return listUnnamed(table)
  const versions = await listNumbered(table, 'v', parseMetadataVersion)
  const newest = versions.sort(byNumber).at(-1)
  if (!newest) return []
  const copies = await listNumbered(table, '', parseCopyNumber)
  return [...findOldVersions(versions, newest, keysNamed(table)), ...findOldCopies(copies, newest)]
}

interface Numbered {
  readonly number: number
  readonly object: StoredObject
}

const byNumber = (a: Numbered, b: Numbered): number => a.number - b.number

/** Where the highest number counts: those before the newest ones, and no later one than any that stays. */
function findOldVersions(
  versions: readonly Numbered[],
  newest: Numbered,
  named: ReadonlySet<string | undefined>,
): StoredObject[] {
  const isOld = (each: Numbered): boolean =>
    isFarBehind(each, newest) && isOlder(each.object, newest.object) && !named.has(each.object.key)
  const firstKept = versions.findIndex(each => !isOld(each))
  return versions.slice(0, firstKept).map(({ object }) => object)
}

/** Whether so many versions came after it that the log of the newest one doesn't name it any more. */
const isFarBehind = ({ number }: Numbered, newest: Numbered): boolean => number < newest.number - METADATA_LOG_LENGTH

/**
 * A catalog names a copy until it is told of one of a later version, which is put before: a copy goes when such a one has been
 * there for a week, and no sooner than the version that it is a copy of. The newest stays, however old it is.
 */
function findOldCopies(copies: readonly Numbered[], newest: Numbered): StoredObject[] {
  const times = [newest, ...copies].map(({ object }) => object.lastModified.getTime())
  const latestMs = times.reduce((a, b) => Math.max(a, b))
  const later = copies.filter(({ object }) => latestMs - object.lastModified.getTime() > KEPT_MS)
  const isReplaced = ({ number, object }: Numbered): boolean =>
    later.some(each => each.number > number && each.object.lastModified >= object.lastModified)
  const old = copies.filter(each => isFarBehind(each, newest) && isReplaced(each))
  return old.sort(byNumber).map(({ object }) => object)
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
