import { ByteReader } from './byteRunLength.js'
import type { OrcStream } from './orcStream.js'

/**
 * Reads a stream of ORC v1, "Boolean Run Length Encoding", some flags at a time. The last byte is padded, so up to 7
 * flags too many can't be noticed.
 */
export class BooleanReader {
  readonly #bytes: ByteReader
  readonly #out: Uint8Array
  #current = 0
  #bitsLeft = 0

  /** @param capacity the most flags that one call of `next` is asked for */
  constructor(stream: OrcStream, capacity: number) {
    this.#bytes = new ByteReader(stream, Math.ceil(capacity / 8))
    this.#out = new Uint8Array(capacity)
  }

  /** The next `count` flags, 0 or 1 each, which hold until the next call. @throws {OrcError} if there are fewer */
  async next(count: number): Promise<Uint8Array> {
    const bytes = await this.#bytes.next(Math.max(0, Math.ceil((count - this.#bitsLeft) / 8)))
    let at = 0
    for (let i = 0; i < count; i++) {
      if (this.#bitsLeft === 0) {
        this.#current = bytes[at++] as number
        this.#bitsLeft = 8
      }
      this.#bitsLeft--
      this.#out[i] = (this.#current >> this.#bitsLeft) & 1
    }
    return this.#out
  }

  /** @throws {OrcError} if whole bytes of flags are left */
  finish(): Promise<void> {
    return this.#bytes.finish()
  }
}
