import type { ByteSource, ObjectStore } from './objectStore.js'
import { S3Store } from './s3Store.js'

/** Creates or replaces an object; on S3 in parts, so that no more of it is in memory at once. */
export const putSource = async (store: ObjectStore, key: string, source: ByteSource): Promise<void> =>
  store instanceof S3Store ? store.putSource(key, source) : store.put(key, await source.read(0, source.sizeBytes))
