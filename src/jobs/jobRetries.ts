/** How long a job waits after its first, second and any later attempt that failed. */
const WAITS_MS = [60_000, 5 * 60_000, 15 * 60_000] as const

/**
 * When a job may be tried again: a fifth earlier or later than its wait, so that those that failed together spread out.
 * @param attempts how many there have been, from 1
 */
export function retryAt(attempts: number, now: Date, random: () => number): Date {
  const waitMs = WAITS_MS[Math.min(attempts, WAITS_MS.length) - 1] ?? WAITS_MS[0]
  return new Date(now.getTime() + Math.round(waitMs * (0.8 + 0.4 * random())))
}
