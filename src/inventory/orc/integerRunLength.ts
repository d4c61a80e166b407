import { allocateInt64s, HIGH, type Int64s, LOW } from './int64s.js'
import { decodeRunV1, MAX_RUN_BYTES_V1, MAX_RUN_V1 } from './integerRunLengthV1.js'
import { decodeRunV2, MAX_RUN_BYTES_V2, MAX_RUN_V2 } from './integerRunLengthV2.js'
import { damaged } from './orcError.js'
import type { OrcStream } from './orcStream.js'

/** How the integers of a stream are written. Version 2 came with file version 0.12. */
export interface IntegerCoding {
  readonly version: 1 | 2
  readonly isSigned: boolean
}

/** Reads a stream of run length encoded integers, some at a time. */
export class IntegerReader {
  readonly #stream: OrcStream
  readonly #coding: IntegerCoding
  readonly #maxRunBytes: number
  readonly #run: Int64s
  readonly #out: Int64s
  #runUsed = 0
  #runLength = 0

  /** @param capacity the most values that one call of `next` is asked for */
  constructor(stream: OrcStream, coding: IntegerCoding, capacity: number) {
    this.#stream = stream
    this.#coding = coding
    this.#maxRunBytes = coding.version === 1 ? MAX_RUN_BYTES_V1 : MAX_RUN_BYTES_V2
    this.#run = allocateInt64s(coding.version === 1 ? MAX_RUN_V1 : MAX_RUN_V2)
    this.#out = allocateInt64s(capacity)
  }

  /** The next `count` values, which hold until the next call. @throws {OrcError} if the stream has fewer */
  async next(count: number): Promise<Int64s> {
    for (let done = 0; done < count; ) {
      if (this.#runUsed === this.#runLength) await this.#readRun()
      const n = Math.min(count - done, this.#runLength - this.#runUsed)
      this.#out.longs.set(this.#run.longs.subarray(this.#runUsed, this.#runUsed + n), done)
      this.#runUsed += n
      done += n
    }
    return this.#out
  }

  /**
   * The next `count` values as doubles: lengths, and numbers of dictionary entries.
   * @throws {OrcError} if one is below zero or above `max`
   */
  async nextSizes(count: number, max: number, sizes: Float64Array): Promise<void> {
    const { words } = await this.next(count)
    for (let i = 0; i < count; i++) {
      const size = (words[2 * i + HIGH] as number) * 2 ** 32 + ((words[2 * i + LOW] as number) >>> 0)
      if (size < 0 || size > max) throw damaged(this.#stream.place, `numbers of 0 to ${max}`, `${size}`)
      sizes[i] = size
    }
  }

  /** @throws {OrcError} if values are left */
  async finish(): Promise<void> {
    if (this.#runUsed < this.#runLength)
      throw damaged(this.#stream.place, 'the end of the stream', 'more values than rows')
    await this.#stream.finish()
  }

  async #readRun(): Promise<void> {
    if (!this.#stream.has(this.#maxRunBytes)) await this.#stream.need(this.#maxRunBytes)
    const decodeRun = this.#coding.version === 1 ? decodeRunV1 : decodeRunV2
    this.#runLength = decodeRun(this.#stream, this.#coding.isSigned, this.#run)
    this.#runUsed = 0
  }
}
