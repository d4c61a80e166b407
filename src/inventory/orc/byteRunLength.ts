import { damaged } from './orcError.js'
import type { OrcStream } from './orcStream.js'

/** Reads a stream of ORC v1, "Byte Run Length Encoding", some bytes at a time. */
export class ByteReader {
  readonly #stream: OrcStream
  readonly #run = new Uint8Array(MAX_RUN)
  readonly #out: Uint8Array
  #runUsed = 0
  #runLength = 0

  /** @param capacity the most bytes that one call of `next` is asked for */
  constructor(stream: OrcStream, capacity: number) {
    this.#stream = stream
    this.#out = new Uint8Array(capacity)
  }

  /** The next `count` bytes, which hold until the next call. @throws {OrcError} if the stream has fewer */
  async next(count: number): Promise<Uint8Array> {
    for (let done = 0; done < count; ) {
      if (this.#runUsed === this.#runLength) await this.#readRun()
      const n = Math.min(count - done, this.#runLength - this.#runUsed)
      this.#out.set(this.#run.subarray(this.#runUsed, this.#runUsed + n), done)
      this.#runUsed += n
      done += n
    }
    return this.#out
  }

  /** @throws {OrcError} if bytes are left */
  async finish(): Promise<void> {
    if (this.#runUsed < this.#runLength)
      throw damaged(this.#stream.place, 'the end of the stream', 'more values than rows')
    await this.#stream.finish()
  }

  async #readRun(): Promise<void> {
    if (!this.#stream.has(MAX_RUN)) await this.#stream.need(MAX_RUN)
    const header = this.#stream.readByte()
    if (header < 0x80) {
      this.#runLength = header + 3
      this.#run.fill(this.#stream.readByte(), 0, this.#runLength)
    } else {
      this.#runLength = 256 - header
      this.#stream.require(this.#runLength)
      const start = this.#stream.position
      this.#run.set(this.#stream.bytes.subarray(start, start + this.#runLength))
      this.#stream.position = start + this.#runLength
    }
    this.#runUsed = 0
  }
}

/** The most values that a run has; literals take one byte more. */
const MAX_RUN = 130
