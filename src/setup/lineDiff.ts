/**
 * What differs between two texts, line by line: `  ` before a line of both, `- ` before one of the first, `+ ` before one
 * of the second. For texts of some hundred lines: its time grows with the product of their lengths.
 */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const shared = longestShared(before, after)
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]]
    if (old !== undefined && old === fresh) {
      lines.push(`  ${old}`)
      i++
      j++
    } else if (old !== undefined && (fresh === undefined || lengthAt(shared, i + 1, j) >= lengthAt(shared, i, j + 1))) {
      lines.push(`- ${old}`)
      i++
    } else {
      lines.push(`+ ${fresh}`)
      j++
    }
  }
  return lines
}

/** [i][j]: how many lines `before` from i and `after` from j have in common, in order. */
function longestShared(before: readonly string[], after: readonly string[]): number[][] {
  const shared = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const row = shared[i]
      if (row)
        row[j] =
          before[i] === after[j]
            ? 1 + lengthAt(shared, i + 1, j + 1)
            : Math.max(lengthAt(shared, i + 1, j), lengthAt(shared, i, j + 1))
    }
  return shared
}

const lengthAt = (shared: readonly (readonly number[])[], i: number, j: number): number => shared[i]?.[j] ?? 0
