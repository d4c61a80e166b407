/** The folders that lead to one, with those in the middle folded where they are many. */
export interface FoldedWay<Step> {
  readonly first: readonly Step[]
  readonly folded: readonly Step[]
  readonly last: readonly Step[]
}

const [MOST, FIRST, LAST] = [12, 2, 7] as const

/**
 * Folds a way that is longer than a line or two: keys have room for 1,023 folders, one in the other.
 * @param isWhole somebody asked to see all of it
 */
export const foldWay = <Step>(steps: readonly Step[], isWhole: boolean): FoldedWay<Step> =>
  isWhole || steps.length <= MOST
    ? { first: steps, folded: [], last: [] }
    : { first: steps.slice(0, FIRST), folded: steps.slice(FIRST, -LAST), last: steps.slice(-LAST) }
