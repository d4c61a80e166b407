import { setTimeout as sleep } from 'node:timers/promises'
import type { RetryEffects } from '../lake/retry.js'

/** What is needed to wait, and to try again: the timer and the chance of this process, until a signal. */
export const waitEffects = (signal: AbortSignal): RetryEffects => ({
  sleep: (ms, until) => sleep(ms, undefined, { signal: until }),
  random: Math.random,
  signal,
})
