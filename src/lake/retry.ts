/** What waiting needs of the world. */
export interface RetryEffects {
  /** Resolves after so long, or rejects when the signal is raised. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to below 1. */
  readonly random: () => number
  readonly signal: AbortSignal
}

const FIRST_MS = 100
const LONGEST_MS = 20_000

/**
 * How long to wait after so many failures, in milliseconds: anything from nothing to a bound that doubles each time
 * ("full jitter", which spreads out those who failed together).
 * @param failures from 1
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
}

/** Waits after so many failures. @throws the signal's reason once that is raised */
export const waitAfter = (failures: number, effects: RetryEffects): Promise<void> =>
  waitFor(backoffMs(failures, effects.random), effects)

/** Waits so long. @throws the signal's reason once that is raised */
export async function waitFor(ms: number, { sleep, signal }: Omit<RetryEffects, 'random'>): Promise<void> {
  try {
    await sleep(ms, signal)
  } finally {
    signal.throwIfAborted() // a timer's own error doesn't say why it was stopped
  }
}

/**
 * Tries until it works, fails for good, or has failed in passing more than `retries` times.
 * @throws the last failure
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries, isTransient }: { readonly retries: number; readonly isTransient: (error: unknown) => boolean },
  effects: RetryEffects,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (failures > retries || !isTransient(error)) throw error
      await waitAfter(failures, effects)
    }
  }
}
