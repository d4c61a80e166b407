/** A stream of whole numbers from 0 to 2^32 - 1 that is the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return (x ^ (x >>> 14)) >>> 0
  }
}

/** A whole number from 0 to 2^32 - 1 for a text (FNV-1a); alike texts give unlike numbers. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** A whole number of [from, to). */
export const between = (random: () => number, from: number, to: number): number =>
  from + Math.floor((random() / 2 ** 32) * (to - from))

/** That many hex digits, a multiple of eight. */
export function hexDigits(random: () => number, digits: number): string {
  let text = ''
  for (let length = 0; length < digits; length += 8) {
    const bits = random()
    text += `${HEX[bits >>> 24]}${HEX[(bits >>> 16) & 255]}${HEX[(bits >>> 8) & 255]}${HEX[bits & 255]}`
  }
  return text
}

// Number.toString(16) is more than ten times slower for numbers past 2^31, and a report has half a million of them.
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * The same rows in another order that is the same for the same seed. Each goes no further forward than the buffer is
 * long, and the buffer is all that is held.
 */
export function* shuffle<T>(rows: Iterable<T>, seed: number, bufferRows: number): Generator<T> {
  const random = randomFrom(seed)
  const buffer: T[] = []
  for (const row of rows) {
    if (buffer.length < bufferRows) {
      buffer.push(row)
      continue
    }
    const place = random() % bufferRows
    const taken = buffer[place] as T
    buffer[place] = row
    yield taken
  }
  while (buffer.length > 0) {
    const place = random() % buffer.length
    const taken = buffer[place] as T
    buffer[place] = buffer[buffer.length - 1] as T
    buffer.pop()
    yield taken
  }
}
