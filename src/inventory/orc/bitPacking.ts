import { HIGH, type Int64s, LOW } from './int64s.js'
import type { OrcStream } from './orcStream.js'

/**
 * Reads `count` unsigned numbers of `width` bits each, most significant bit first, padded to a whole byte, into `into`
 * from number `from` on.
 * @param width a width that RLE v2 can have: 1 to 24, 26, 28, 30, 32, 40, 48, 56, 64
 * @throws {OrcError} if the stream ends within them
 */
export function readPacked(stream: OrcStream, width: number, count: number, into: Int64s, from: number): void {
  stream.require(Math.ceil((width * count) / 8))
  if (width <= 24) readNarrow(stream, width, count, into.words, from)
  else if (width % 8 === 0) readWholeBytes(stream, width >> 3, count, into.words, from)
  else readHalves(stream, width, count, into.words, from)
}

// `as number` below: `require` has checked that the bytes are there.

function readNarrow(stream: OrcStream, width: number, count: number, words: Int32Array, from: number): void {
  const { bytes } = stream
  const mask = (1 << width) - 1
  let at = stream.position
  let buffer = 0 // holds fewer than width + 8 bits that count; what was used drops out at the top
  let held = 0
  for (let i = 2 * from; i < 2 * (from + count); i += 2) {
    while (held < width) {
      buffer = (buffer << 8) | (bytes[at++] as number)
      held += 8
    }
    held -= width
    words[i + LOW] = (buffer >>> held) & mask
    words[i + HIGH] = 0
  }
  stream.position = at
}

function readWholeBytes(stream: OrcStream, size: number, count: number, words: Int32Array, from: number): void {
  for (let i = from; i < from + count; i++) readBigEndian(stream, size, words, i)
}

/** Reads one unsigned number of `size` bytes (1 to 8), most significant first. The bytes must be there. */
export function readBigEndian(stream: OrcStream, size: number, words: Int32Array, i: number): void {
  const { bytes } = stream
  const end = stream.position + size
  let low = 0
  let high = 0
  for (let at = stream.position; at < end; at++) {
    high = (high << 8) | (low >>> 24)
    low = (low << 8) | (bytes[at] as number)
  }
  words[2 * i + LOW] = low
  words[2 * i + HIGH] = high
  stream.position = end
}

/** 26, 28 and 30 bits: the upper part, then 16 bits. */
function readHalves(stream: OrcStream, width: number, count: number, words: Int32Array, from: number): void {
  const { bytes } = stream
  let at = stream.position
  let buffer = 0
  let held = 0
  const take = (bits: number): number => {
    while (held < bits) {
      buffer = (buffer << 8) | (bytes[at++] as number)
      held += 8
    }
    held -= bits
    return (buffer >>> held) & ((1 << bits) - 1)
  }
  for (let i = from; i < from + count; i++) {
    const upper = take(width - 16)
    words[2 * i + LOW] = (upper << 16) | take(16)
    words[2 * i + HIGH] = 0
  }
  stream.position = at
}
