import { readFile } from 'node:fs/promises'
import { compareCodePoints } from '../codePoints.js'
import {
  type ByteRange,
  type DirectEntry,
  ObjectNotFoundError,
  type ObjectStore,
  type StoredObject,
} from './objectStore.js'

/** An object store in memory, for tests. It keeps the promises of the others, and can be looked into. */
export class MemoryStore implements ObjectStore {
  readonly url: string
  readonly objects = new Map<string, { bytes: Uint8Array; lastModified: Date }>()
  readonly #now: () => Date

  constructor(url = 'memory://lake', now: () => Date = () => new Date(0)) {
    this.url = url
    this.#now = now
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    const object = this.objects.get(key)
    if (!object) throw new ObjectNotFoundError({ subject: `${this.url}/${key}`, got: 'no such object' })
    return object.bytes.slice(range?.start, range?.end)
  }

  async *stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    yield await this.read(key, range)
  }

  async find(key: string): Promise<StoredObject | undefined> {
    const object = this.objects.get(key)
    return object && { key, sizeBytes: object.bytes.length, lastModified: object.lastModified }
  }

  async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
    const keys = [...this.objects.keys()].filter(key => key.startsWith(prefix) && compareCodePoints(key, after) > 0)
    for (const key of keys.sort(compareCodePoints)) {
      const object = await this.find(key)
      if (object) yield object
    }
  }

  async *listDirectly(prefix: string): AsyncIterable<DirectEntry> {
    let last: string | undefined
    for await (const object of this.list(prefix)) {
      const slash = object.key.indexOf('/', prefix.length)
      const path = object.key.slice(0, slash + 1)
      if (slash < 0) yield { kind: 'object', object }
      else if (path !== last) yield { kind: 'folder', path }
      if (slash >= 0) last = path
    }
  }

  async *listFolders(prefix: string): AsyncIterable<string> {
    for await (const entry of this.listDirectly(prefix)) if (entry.kind === 'folder') yield entry.path
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.objects.has(key)) return false
    await this.put(key, bytes)
    return true
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, { bytes: bytes.slice(), lastModified: this.#now() })
  }

  async putFile(key: string, path: string): Promise<void> {
    await this.put(key, await readFile(path))
  }

  async remove(key: string): Promise<void> {
    this.objects.delete(key)
  }

  locate(key: string): string {
    return `${this.url}/${key}`
  }
}
