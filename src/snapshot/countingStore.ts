import type { ByteRange, ObjectStore } from '../lake/objectStore.js'

/** What was asked of a store, by kind, and the bytes it gave. */
export interface RequestCounts {
  lists: number
  gets: number
  bytes: number
}

export const NO_REQUESTS: Readonly<RequestCounts> = { lists: 0, gets: 0, bytes: 0 }

/** The same store, with its reads counted. */
export function countRequests(store: ObjectStore): { store: ObjectStore; counts: RequestCounts } {
  const counts: RequestCounts = { ...NO_REQUESTS }
  const counted: ObjectStore = {
    url: store.url,
    async read(key, range) {
      counts.gets++
      const bytes = await store.read(key, range)
      counts.bytes += bytes.length
      return bytes
    },
    async *stream(key: string, range?: ByteRange) {
      counts.gets++
      for await (const chunk of store.stream(key, range)) {
        counts.bytes += chunk.length
        yield chunk
      }
    },
    find(key) {
      counts.gets++
      return store.find(key)
    },
    list(prefix) {
      counts.lists++
      return store.list(prefix)
    },
    listFolders(prefix) {
      counts.lists++
      return store.listFolders(prefix)
    },
    putIfAbsent: (key, bytes) => store.putIfAbsent(key, bytes),
    put: (key, bytes) => store.put(key, bytes),
    putFile: (key, path) => store.putFile(key, path),
    remove: key => store.remove(key),
    locate: key => store.locate(key),
  }
  return { store: counted, counts }
}
