/** Numbers that are the same for the same seed. */
export interface RandomNumbers {
  /** A whole number from 0, less than `limit`. */
  below(limit: number): number
  pick<T>(from: readonly [T, ...T[]]): T
}

/** @param seed of 32 bits */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed | 0
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { below, pick: from => from[below(from.length)] ?? from[0] }
}
