/**
 * Whether a lease's time lies ahead. One that lies further ahead than the longest that anybody makes was made by a clock that
 * was wrong, and isn't believed.
 */
export function isAhead(until: Date, now: Date, longestMs: number): boolean {
  const leftMs = until.getTime() - now.getTime()
  return leftMs > 0 && leftMs < longestMs
}
