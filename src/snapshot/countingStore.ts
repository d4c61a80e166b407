import type { ByteRange, ObjectStore } from '../lake/objectStore.js'
import { S3Store } from '../lake/s3Store.js'

/** What was asked of a store, by kind, and the bytes it gave. */
export interface RequestCounts {
  lists: number
  gets: number
  bytes: number
}

export const NO_REQUESTS: Readonly<RequestCounts> = { lists: 0, gets: 0, bytes: 0 }

/** A store, and what was asked of it since it was made. */
export interface CountedStore {
  readonly store: ObjectStore
  readonly counts: () => RequestCounts
}

/** The same store, with its reads counted: of S3 each request that was sent, repeated ones too; of others each call. */
export function countRequests(store: ObjectStore): CountedStore {
  if (!(store instanceof S3Store)) return countCalls(store)
  const counted = store.countApart()
  const counts = () => {
    const { lists, gets, heads, bytesRead } = counted.counts
    return { lists, gets: gets + heads, bytes: bytesRead }
  }
  return { store: counted, counts }
}

export const addRequests = (a: RequestCounts, b: RequestCounts): RequestCounts => ({
  lists: a.lists + b.lists,
  gets: a.gets + b.gets,
  bytes: a.bytes + b.bytes,
})

/** What was asked since `before`. */
export const requestsSince = (now: RequestCounts, before: RequestCounts): RequestCounts => ({
  lists: now.lists - before.lists,
  gets: now.gets - before.gets,
  bytes: now.bytes - before.bytes,
})

function countCalls(store: ObjectStore): CountedStore {
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
    list(prefix, after) {
      counts.lists++
      return store.list(prefix, after)
    },
    listDirectly(prefix) {
      counts.lists++
      return store.listDirectly(prefix)
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
  return { store: counted, counts: () => ({ ...counts }) }
}
