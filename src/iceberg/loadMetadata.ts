import { gunzipSync } from 'node:zlib'
import type { ObjectStore } from '../lake/objectStore.js'
import { TableFormatError } from './errors.js'
import { parseMetadata, type TableMetadata } from './metadata.js'

/**
 * A metadata file, gzipped or not.
 * @throws {ObjectNotFoundError}
 * @throws {TableFormatError} for what is no table metadata
 * @throws {UnsupportedTableError} for another format version than 2
 */
export async function loadMetadata(store: ObjectStore, key: string): Promise<TableMetadata> {
  const subject = `${store.url}/${key}`
  return parseMetadata(new TextDecoder().decode(inflateIfNeeded(await store.read(key), subject)), subject)
}

function inflateIfNeeded(bytes: Uint8Array, subject: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_METADATA_BYTES })
  } catch (cause) {
    throw new TableFormatError({ subject, expected: 'gzipped metadata', got: 'bytes that do not inflate', cause })
  }
}

const MAX_METADATA_BYTES = 256 * 1024 * 1024
