import { endianness } from 'node:os'

/**
 * 64-bit integers as pairs of 32-bit words, so that decoders can add and shift without bigints; `longs` is the same
 * memory, read as bigints. Number i has its low word at `2 * i + LOW`, its high word at `2 * i + HIGH`.
 */
export interface Int64s {
  readonly words: Int32Array
  readonly longs: BigInt64Array
}

export const LOW = endianness() === 'LE' ? 0 : 1
export const HIGH = 1 - LOW

export function allocateInt64s(count: number): Int64s {
  const longs = new BigInt64Array(count)
  return { words: new Int32Array(longs.buffer), longs }
}

/** Number i as a double: exact to 2^53. */
export function toDouble({ words }: Int64s, i: number): number {
  return (words[2 * i + HIGH] as number) * 2 ** 32 + ((words[2 * i + LOW] as number) >>> 0)
}

/** Undoes zigzag in numbers `from` to `to`: 0, 1, 2, 3 become 0, -1, 1, -2 (ORC v1, "Base 128 Varint"). */
export function unzigzag({ words }: Int64s, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const low = words[2 * i + LOW] as number
    const high = words[2 * i + HIGH] as number
    const sign = -(low & 1)
    words[2 * i + LOW] = ((low >>> 1) | (high << 31)) ^ sign
    words[2 * i + HIGH] = (high >>> 1) ^ sign
  }
}

/** number[i] = number[i - 1] + step, for `from` to `to`, wrapping at 64 bits as writers do. */
export function addSteps({ words }: Int64s, from: number, to: number, stepLow: number, stepHigh: number): void {
  for (let i = from; i < to; i++) {
    const low = ((words[2 * i - 2 + LOW] as number) + stepLow) | 0
    const carry = low >>> 0 < stepLow >>> 0 ? 1 : 0
    words[2 * i + LOW] = low
    words[2 * i + HIGH] = ((words[2 * i - 2 + HIGH] as number) + stepHigh + carry) | 0
  }
}
