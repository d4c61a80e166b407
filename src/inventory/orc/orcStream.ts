import { inflateRawSync } from 'node:zlib'
import { type ByteSource, readExactly } from './byteSource.js'
import { damaged, type OrcError } from './orcError.js'
import type { Codec } from './postScript.js'
import type { StreamRange } from './stripeFooter.js'

/**
 * The bytes of one stream, decompressed, a block at a time.
 *
 * Decoders look at `bytes` from `position` on. They first `await need(n)`, with n what the longest run takes, so that
 * a run never lies across two blocks, and decode it without waiting. Held at once: a block, and a window of the file.
 */
export class OrcStream {
  /** Which stream of which file, for errors. */
  readonly place: string
  bytes: Uint8Array = EMPTY
  position = 0
  readonly #blocks: AsyncGenerator<Uint8Array>
  #ended = false

  constructor(source: ByteSource, range: StreamRange, codec: Codec, place: string) {
    this.place = place
    this.#blocks = codec.compression === 'ZLIB' ? inflate(source, range, codec, place) : cut(source, range, place)
  }

  /** Whether `need(count)` has nothing to do: lets a hot loop go without waiting. */
  has(count: number): boolean {
    return this.#ended || this.bytes.length - this.position >= count
  }

  /** Makes `count` bytes, or all that are left, lie in `bytes`. @throws {OrcError} */
  async need(count: number): Promise<void> {
    if (this.has(count)) return
    const parts = [this.bytes.subarray(this.position)]
    let left = count - (this.bytes.length - this.position)
    while (left > 0 && !this.#ended) {
      const block = await this.#blocks.next()
      if (block.done) this.#ended = true
      else {
        parts.push(block.value)
        left -= block.value.length
      }
    }
    this.bytes = concat(parts)
    this.position = 0
  }

  /** The next `count` bytes. They stay as they are. @throws {OrcError} if there are fewer */
  async take(count: number): Promise<Uint8Array> {
    await this.need(count)
    this.require(count)
    this.position += count
    return this.bytes.subarray(this.position - count, this.position)
  }

  /** All bytes, if they are at most `limit`. @throws {OrcError} */
  async takeAll(limit: number): Promise<Uint8Array> {
    await this.need(limit + 1)
    const count = this.bytes.length - this.position
    if (count > limit) throw damaged(this.place, `at most ${limit} bytes`, 'more')
    return this.take(count)
  }

  /** @throws {OrcError} if fewer than `count` bytes lie in `bytes`: after `need`, the stream is too short */
  require(count: number): void {
    if (this.bytes.length - this.position < count) throw this.#short(count)
  }

  /** @throws {OrcError} at the end of the stream */
  readByte(): number {
    const byte = this.bytes[this.position++]
    if (byte === undefined) throw this.#short(1)
    return byte
  }

  /** @throws {OrcError} if bytes are left: the stream has more values than the stripe has rows */
  async finish(): Promise<void> {
    await this.need(1)
    if (this.position < this.bytes.length) throw damaged(this.place, 'the end of the stream', 'more values than rows')
  }

  #short(count: number): OrcError {
    return damaged(this.place, `${count} more bytes`, 'the end of the stream')
  }
}

/** A stream that a stripe lists no bytes for. */
export function emptyStream(place: string): OrcStream {
  const nothing: ByteSource = { sizeBytes: 0, read: async () => EMPTY }
  return new OrcStream(nothing, { start: 0, end: 0 }, { compression: 'NONE', blockSizeBytes: 0 }, place)
}

const EMPTY = new Uint8Array(0)

/** What is read from the file at once for one stream; a stripe has about 45 of them. */
const WINDOW_BYTES = 256 * 1024

async function* cut(source: ByteSource, { start, end }: StreamRange, place: string): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += WINDOW_BYTES)
    yield await readExactly(source, at, Math.min(at + WINDOW_BYTES, end), place)
}

/** Blocks of a compressed stream: each has a header of 3 bytes, length * 2 + isOriginal (ORC v1, "Compression"). */
async function* inflate(
  source: ByteSource,
  range: StreamRange,
  codec: Codec,
  place: string,
): AsyncGenerator<Uint8Array> {
  let at = range.start
  let window: Uint8Array = EMPTY
  const take = async (count: number): Promise<Uint8Array> => {
    if (window.length < count) {
      const behind = at + window.length
      const wanted = Math.min(Math.max(count, WINDOW_BYTES), range.end - at)
      if (wanted < count) throw damaged(place, `${count} bytes of a compressed chunk`, `${wanted}`)
      window = concat([window, await readExactly(source, behind, at + wanted, place)])
    }
    const taken = window.subarray(0, count)
    window = window.subarray(count)
    at += count
    return taken
  }
  while (at < range.end) {
    const [low = 0, middle = 0, high = 0] = await take(3)
    const chunk = await take((low >> 1) | (middle << 7) | (high << 15))
    if ((low & 1) === 0) yield inflateChunk(chunk, codec, place)
    else if (chunk.length <= codec.blockSizeBytes) yield chunk
    else throw damaged(place, `a chunk of at most ${codec.blockSizeBytes} bytes`, `${chunk.length}`)
  }
}

function inflateChunk(chunk: Uint8Array, { blockSizeBytes }: Codec, place: string): Uint8Array {
  try {
    const chunkSize = Math.max(64, Math.min(blockSizeBytes, chunk.length * 8))
    return inflateRawSync(chunk, { maxOutputLength: blockSizeBytes, chunkSize })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'other bytes'
    throw damaged(place, `a deflated chunk of at most ${blockSizeBytes} bytes`, reason)
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.filter(part => part.length > 0)
  return filled.length === 1 && filled[0] ? filled[0] : Buffer.concat(filled)
}
