/**
 * The candidate that a mistyped word was most likely meant to be, or the only one that it begins.
 * @returns `undefined` where none is near: more than one letter and more than a third, or all of the word,
 *   would have to change
 */
export function findSuggestion(word: string, candidates: Iterable<string>): string | undefined {
  let nearest: { candidate: string; distance: number } | undefined
  const begun: string[] = []
  const typed = plain(word)
  for (const candidate of candidates) {
    if (typed.length >= LEAST_BEGINNING && plain(candidate).startsWith(typed)) begun.push(candidate)
    const distance = editDistance(typed, plain(candidate))
    const most = Math.min(Math.max(1, Math.floor(candidate.length / 3)), word.length - 1)
    if (distance <= most && distance < (nearest?.distance ?? Infinity)) nearest = { candidate, distance }
  }
  return nearest?.candidate ?? (begun.length === 1 ? begun[0] : undefined)
}

const LEAST_BEGINNING = 3

/** `did you mean X?`, for an error's fix; `undefined` where nothing is near. */
export function formatSuggestion(word: string, candidates: Iterable<string>, prefix = ''): string | undefined {
  const suggestion = findSuggestion(word, candidates)
  return suggestion === undefined ? undefined : `did you mean ${prefix}${suggestion}?`
}

/** `sourceBucket`, `source-bucket` and `source_bucket` are the same word to who types them. */
const plain = (word: string): string => word.replace(/[-_ ]/g, '').toLowerCase()

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity
      row.push(Math.min(at(above, j) + 1, at(row, j - 1) + 1, replaced, swapped))
    }
    before = above
    above = row
  }
  return at(above, b.length)
}

const at = (row: readonly number[], j: number): number => row[j] ?? Infinity
