import { quoteString } from '../engine/sqlText.js'

/** Keys from `from` on, up to but without `to`; without them, from the first or to the last key there can be. */
export interface KeyRange {
  readonly from?: string
  readonly to?: string
}

/** How many keys are looked at to choose cuts. */
export const CUT_SAMPLE_ROWS = 20_000
/** More ranges than these are made by splitting ranges again: in one pass each takes a share of the memory. */
export const MOST_CUT_RANGES = 32

/** An SQL condition that the keys of a range meet. Its ends are in the text: by parameters DuckDB would leave out no row groups. */
export function rangeCondition({ from, to }: KeyRange, column = 'key'): string {
  const parts = [
    from !== undefined && `${column} >= ${quoteString(from)}`,
    to !== undefined && `${column} < ${quoteString(to)}`,
  ]
  return parts.filter(Boolean).join(' and ') || 'true'
}

/**
 * Chooses where to cut a set of keys into ranges of about the same number of rows.
 *
 * @param keys a sample of the keys, in code-point order
 * @param ranges how many are wanted
 * @returns the keys that start a new range, ascending and distinct; fewer than wanted where a key fills more than a range
 */
export function planCuts(keys: readonly string[], ranges: number): string[] {
  const cuts: string[] = []
  for (let i = 1; i < ranges; i++) {
    const key = keys[Math.floor((i * keys.length) / ranges)]
    if (key !== undefined && key !== keys[0] && key !== cuts.at(-1)) cuts.push(key)
  }
  return cuts
}

/** The ranges that the cuts make of one range: one more than there are cuts, disjoint and in order. */
export function splitRange(range: KeyRange, cuts: readonly string[]): KeyRange[] {
  const bounds = [range.from, ...cuts, range.to]
  return bounds.slice(1).map((to, i) => ({ from: bounds[i], to }))
}

/**
 * An SQL expression that gives the number of a key's range, from 0, with a comparison for each halving. The cuts are
 * parameters: `$cut_0` and so on.
 */
export function rangeNumber(cutCount: number): string {
  const choose = (low: number, high: number): string => {
    if (low === high) return String(low)
    const middle = Math.floor((low + high) / 2)
    return `case when key < $cut_${middle} then ${choose(low, middle)} else ${choose(middle + 1, high)} end`
  }
  return choose(0, cutCount)
}

/** The parameters of `rangeNumber`. */
export const cutParams = (cuts: readonly string[]): Record<string, string> =>
  Object.fromEntries(cuts.map((cut, i) => [`cut_${i}`, cut]))
