import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ByteRange, ObjectStore, StoredObject } from '../../src/lake/objectStore.js'

/** A place for segments: a folder, where files grow; or one like S3, where nothing does. */
export interface IngestPlace {
  readonly store: ObjectStore
  remove(): Promise<void>
}

/** @param now the clock of a place that has none of its own */
type OpenIngestPlace = (now: () => Date) => Promise<IngestPlace>
type Places = readonly (readonly [name: string, open: OpenIngestPlace])[]

const openFolder = async (makeStore: (folder: string) => ObjectStore): Promise<IngestPlace> => {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-ingest-'))
  return { store: makeStore(folder), remove: () => rm(folder, { recursive: true, force: true }) }
}

export const openFolderPlace = (): Promise<IngestPlace> => openFolder(folder => new FolderStore(folder))

const inChunks: OpenIngestPlace = async now => ({
  ...{ store: new MemoryStore('memory://lake', now), remove: async () => {} },
})

export const PLACES: Places = [
  ['in a folder', openFolderPlace],
  ['in chunks', inChunks],
]

/** For many hours: who ingests renews its lease thousands of times, which needs no disk. */
export const DAY_PLACES: Places = [
  ['in a folder', now => openFolder(folder => new StateInMemory(folder, now))],
  ['in chunks', inChunks],
]

/** A folder whose documents are in memory. */
class StateInMemory extends FolderStore {
  readonly #state: MemoryStore

  constructor(root: string, now: () => Date) {
    super(root)
    this.#state = new MemoryStore('memory://lake', now)
  }

  #storeOf(key: string): ObjectStore | undefined {
    return key.startsWith('state/') ? this.#state : undefined
  }

  override read(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#storeOf(key)?.read(key, range) ?? super.read(key, range)
  }

  override list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    return this.#storeOf(prefix)?.list(prefix, after) ?? super.list(prefix, after)
  }

  override putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.#storeOf(key)?.putIfAbsent(key, bytes) ?? super.putIfAbsent(key, bytes)
  }

  override remove(key: string): Promise<void> {
    return this.#storeOf(key)?.remove(key) ?? super.remove(key)
  }
}
