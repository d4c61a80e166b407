import { createHash } from 'node:crypto'

// A million folders are found by their paths without their paths being in memory: each has a number, its place, which is 53
// bits of the path's MD5, as sql/page/folder_step.sql has it. Two paths may have one place: who asks looks whether it is theirs.

export const placeOf = (path: string): number =>
  Number(createHash('md5').update(path).digest().readBigUInt64LE(0) >> 11n)

/** Finds rows by their places. */
export interface PlaceTable {
  /** @returns the row; `undefined` where there is none of that place */
  find(place: number): number | undefined
  /** @returns whether the place was free */
  add(place: number, row: number): boolean
}

/** @param rows how many there will be at most */
export function makePlaceTable(rows: number): PlaceTable {
  const size = 2 ** Math.ceil(Math.log2(Math.max(rows, 1) * SPARSENESS))
  const places = new Float64Array(size).fill(-1)
  const found = new Uint32Array(size)
  /** Where it is, or would be. */
  const slotOf = (place: number): number => {
    let slot = place % size
    for (let at = places[slot]; at !== -1 && at !== place; at = places[slot]) slot = (slot + 1) % size
    return slot
  }
  return {
    find(place) {
      const slot = slotOf(place)
      return places[slot] === -1 ? undefined : found[slot]
    },
    add(place, row) {
      const slot = slotOf(place)
      if (places[slot] !== -1) return false
      places[slot] = place
      found[slot] = row
      return true
    },
  }
}

const SPARSENESS = 1.5

/** Groups of neighbouring rows, in the order of their places. */
export class PlaceRuns {
  readonly #places: number[] = []
  readonly #firsts: number[] = []
  #end = 0

  /** The next row is of this place, which isn't less than the one before. */
  add(place: number): void {
    if (this.#places.at(-1) !== place) {
      this.#places.push(place)
      this.#firsts.push(this.#end)
    }
    this.#end++
  }

  finish(): Runs {
    const places = Float64Array.from(this.#places)
    const firsts = Uint32Array.from([...this.#firsts, this.#end])
    return {
      childrenOf(place) {
        let [low, high] = [0, places.length]
        while (low < high) {
          const middle = (low + high) >> 1
          if ((places[middle] ?? 0) < place) low = middle + 1
          else high = middle
        }
        const first = places[low] === place ? (firsts[low] ?? 0) : 0
        return { first, end: places[low] === place ? (firsts[low + 1] ?? first) : first }
      },
      *groups() {
        for (const [i, place] of places.entries()) yield { place, count: (firsts[i + 1] ?? 0) - (firsts[i] ?? 0) }
      },
    }
  }
}

export interface Runs {
  /** The rows of a place: from `first` to before `end`, which are the same where there are none. */
  childrenOf(place: number): { readonly first: number; readonly end: number }
  /** All places, and how many rows each has. */
  groups(): Iterable<{ readonly place: number; readonly count: number }>
}
