import { HIGH, type Int64s, LOW } from './int64s.js'
import { damaged } from './orcError.js'
import type { OrcStream } from './orcStream.js'

/** The most bytes that a varint of 64 bits takes. */
export const MAX_VARINT_BYTES = 10

/** Reads an unsigned varint into number i of `into` (ORC v1, "Base 128 Varint"). @throws {OrcError} past 64 bits */
export function readVarint(stream: OrcStream, into: Int64s, i: number): void {
  let low = 0
  let high = 0
  for (let shift = 0; ; shift += 7) {
    const byte = stream.readByte()
    const bits = byte & 0x7f
    if (shift > 63 || (shift === 63 && bits > 1)) throw damaged(stream.place, 'a varint of 64 bits', 'more bits')
    if (shift < 28) low |= bits << shift
    else if (shift > 28) high |= bits << (shift - 32)
    else {
      low |= bits << 28
      high |= bits >>> 4
    }
    if (byte < 0x80) break
  }
  into.words[2 * i + LOW] = low
  into.words[2 * i + HIGH] = high
}
