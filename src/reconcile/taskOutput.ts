import { formatBytes } from '../output/quantities.js'

/** What is kept of a stream that may be endless. */
export interface KeptOutput {
  add(chunk: Uint8Array): void
  /** All that came, or its beginning and its end, and between them a line that says how much is left out. */
  bytes(): Uint8Array
}

/** Keeps a stream's first and last bytes. @param mostBytes of what came, half of them from each end */
export function keepOutput(mostBytes: number): KeptOutput {
  const half = Math.floor(mostBytes / 2)
  // One piece of memory, however small the chunks are. Its second half is a ring: what comes takes the place of the oldest.
  let kept = Buffer.alloc(0)
  let total = 0
  const placeOf = (byte: number): number => (byte < half ? byte : half + ((byte - half) % half))
  return {
    add(chunk) {
      kept = grow(kept, Math.min(2 * half, total + chunk.length), 2 * half)
      for (let from = 0; from < chunk.length; ) {
        const place = placeOf(total)
        const part = chunk.subarray(from, from + (place < half ? half : 2 * half) - place)
        kept.set(part, place)
        total += part.length
        from += part.length
      }
    },
    bytes() {
      if (total <= 2 * half) return Buffer.from(kept.subarray(0, total))
      const oldest = placeOf(total)
      const missing = Buffer.from(`\n… ${formatBytes(total - 2 * half)} left out …\n`)
      return Buffer.concat([kept.subarray(0, half), missing, kept.subarray(oldest), kept.subarray(half, oldest)])
    },
  }
}

/** The bytes in a buffer that has room for so many, and for more to come. */
function grow(bytes: Buffer<ArrayBuffer>, needed: number, most: number): Buffer<ArrayBuffer> {
  if (bytes.length >= needed) return bytes
  const grown = Buffer.alloc(Math.min(most, Math.max(needed, 2 * bytes.length)))
  grown.set(bytes)
  return grown
}
