import type { ByteRange, DirectEntry, ObjectStore, StoredObject } from '../src/lake/objectStore.js'

/** A store whose objects were written by another clock than the machine's. */
export class DatedStore implements ObjectStore {
  readonly url: string
  readonly #store: ObjectStore
  readonly #now: () => Date
  readonly #written = new Map<string, Date>()

  constructor(store: ObjectStore, now: () => Date) {
    this.url = store.url
    this.#store = store
    this.#now = now
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#store.read(key, range)
  }

  stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    return this.#store.stream(key, range)
  }

  async find(key: string): Promise<StoredObject | undefined> {
    const found = await this.#store.find(key)
    return found && this.#date(found)
  }

  async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    for await (const object of this.#store.list(prefix, after)) yield this.#date(object)
  }

  async *listDirectly(prefix: string): AsyncIterable<DirectEntry> {
    for await (const entry of this.#store.listDirectly(prefix))
      yield entry.kind === 'object' ? { kind: 'object', object: this.#date(entry.object) } : entry
  }

  listFolders(prefix: string): AsyncIterable<string> {
    return this.#store.listFolders(prefix)
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const isCreated = await this.#store.putIfAbsent(key, bytes)
    if (isCreated) this.#written.set(key, this.#now())
    return isCreated
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(key, bytes)
    this.#written.set(key, this.#now())
  }

  async putFile(key: string, path: string): Promise<void> {
    await this.#store.putFile(key, path)
    this.#written.set(key, this.#now())
  }

  async remove(key: string): Promise<void> {
    await this.#store.remove(key)
    this.#written.delete(key)
  }

  locate(key: string): string {
    return this.#store.locate(key)
  }

  #date(object: StoredObject): StoredObject {
    return { ...object, lastModified: this.#written.get(object.key) ?? object.lastModified }
  }
}
