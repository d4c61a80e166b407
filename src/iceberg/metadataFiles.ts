import type { ObjectStore } from '../lake/objectStore.js'
import { tablePrefix } from './location.js'

/** One of a table's metadata files; the one of the highest number is what the table is. */
export interface MetadataFile {
  readonly key: string
  readonly version: number
}

/** Where the metadata file of a number is put. */
export const metadataKey = (name: string, version: number): string =>
  `${tablePrefix(name)}/metadata/v${version}.metadata.json`

/** The number in a key, or `undefined` for another file. Hadoop's catalog may write gzipped ones, under either of two names. */
export function parseMetadataVersion(key: string): number | undefined {
  const digits = METADATA_NAME.exec(key)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * The number in the key of a metadata file of any catalog: `v12.metadata.json`, or `00012-<uuid>.metadata.json`, of which
 * two may have the same where a writer came second. `undefined` for another file.
 */
export function parseMetadataNumber(key: string): number | undefined {
  const digits = NUMBERED_NAME.exec(key)?.[1]
  return digits === undefined ? parseMetadataVersion(key) : Number(digits)
}

/** A new name for the metadata file of a number, as Iceberg's own library gives it: no two are alike. */
export const numberedMetadataName = (number: number, uuid: string): string =>
  `${String(number).padStart(5, '0')}-${uuid}.metadata.json`

/** The parts of such a name, in a key or URL; `undefined` for one of another form. */
export function parseNumberedName(key: string): { readonly number: number; readonly uuid: string } | undefined {
  const [, digits, uuid] = UUID_NAME.exec(key) ?? []
  return digits === undefined || uuid === undefined ? undefined : { number: Number(digits), uuid }
}

/** The metadata file that counts, or `undefined` where there is none. */
export async function findNewest(store: ObjectStore, name: string): Promise<MetadataFile | undefined> {
  let newest: MetadataFile | undefined
  for await (const { key } of store.list(`${tablePrefix(name)}/metadata/v`)) {
    const version = parseMetadataVersion(key) ?? -1
    if (version > (newest?.version ?? -1)) newest = { key, version }
  }
  return newest
}

const METADATA_NAME = /\/v(\d+)(?:\.gz\.metadata\.json|\.metadata\.json(?:\.gz)?)$/
const NUMBERED_NAME = /\/(\d+)-[^/]+?(?:\.gz\.metadata\.json|\.metadata\.json(?:\.gz)?)$/
const UUID_NAME = /\/(\d{5,15})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.metadata\.json$/
