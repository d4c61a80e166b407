/** Counts what is done by this server, or seen to be done: what was loaded before may be old then. */
export interface Deeds {
  readonly count: number
  note(): void
}

export function countDeeds(): Deeds {
  let count = 0
  return {
    get count() {
      return count
    },
    note() {
      count++
    },
  }
}
