import type { ObjectStore } from '../lake/objectStore.js'

// A table's metadata files, manifest lists and manifests are written once and never changed: what was read of them counts
// for ever. All else is read each time.

/**
 * The same store, which keeps files of metadata in memory.
 * @param mostBytes of all that it keeps; those go first that were asked for the longest ago
 */
export function cacheMetadata(store: ObjectStore, mostBytes: number): ObjectStore {
  const kept = new Map<string, Promise<Uint8Array>>() // in the order they were asked for
  const sizes = new Map<string, number>()
  let bytesKept = 0

  const drop = (key: string): void => {
    kept.delete(key)
    bytesKept -= sizes.get(key) ?? 0
    sizes.delete(key)
  }

  const load = async (key: string): Promise<Uint8Array> => {
    try {
      const bytes = await store.read(key)
      sizes.set(key, bytes.length)
      bytesKept += bytes.length
      for (const oldest of kept.keys()) {
        if (bytesKept <= mostBytes) break
        drop(oldest)
      }
      return bytes
    } catch (error) {
      drop(key)
      throw error
    }
  }

  const readKept = (key: string): Promise<Uint8Array> => {
    const bytes = kept.get(key) ?? load(key)
    kept.delete(key)
    kept.set(key, bytes)
    return bytes
  }

  return {
    url: store.url,
    read: (key, range) => (!range && METADATA.test(key) ? readKept(key) : store.read(key, range)),
    stream: (key, range) => store.stream(key, range),
    find: key => store.find(key),
    list: (prefix, after) => store.list(prefix, after),
    listDirectly: prefix => store.listDirectly(prefix),
    listFolders: prefix => store.listFolders(prefix),
    putIfAbsent: (key, bytes) => store.putIfAbsent(key, bytes),
    put: (key, bytes) => store.put(key, bytes),
    putFile: (key, path) => store.putFile(key, path),
    remove: key => store.remove(key),
    locate: key => store.locate(key),
  }
}

/** Not the hint, which is written again and again. */
const METADATA = /^tables\/[^/]+\/metadata\/.*\.(?:avro|json|json\.gz)$/
