import { MemoryStore } from '../../src/lake/memoryStore.js'

/** A store whose n-th write (counted from 1) fails: before it does anything, or after, with the answer lost. */
export class FailingStore extends MemoryStore {
  writes = 0
  failAt: number
  readonly #when: 'before' | 'after'

  constructor(from: MemoryStore, failAt: number, when: 'before' | 'after') {
    super(from.url)
    for (const [key, object] of from.objects) this.objects.set(key, object)
    this.failAt = failAt
    this.#when = when
  }

  override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.#write(async () => {
      const isFree = !this.objects.has(key)
      if (isFree) this.objects.set(key, { bytes, lastModified: new Date(0) })
      return isFree
    })
  }

  override async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#write(() => super.put(key, bytes))
  }

  override async remove(key: string): Promise<void> {
    await this.#write(() => super.remove(key))
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    const fails = ++this.writes === this.failAt
    if (fails && this.#when === 'before') throw new StoreDownError('before')
    const result = await write()
    if (fails) throw new StoreDownError('after')
    return result
  }
}

export class StoreDownError extends Error {}

/** A store where every call takes a turn of the event loop, so that writers interleave. */
export class SlowStore extends MemoryStore {
  override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    await turn()
    return super.putIfAbsent(key, bytes)
  }

  override async read(key: string): Promise<Uint8Array> {
    await turn()
    return super.read(key)
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve))
