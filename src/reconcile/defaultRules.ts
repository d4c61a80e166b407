import type { PriorityRule } from './expectations.js'

const DAY_MS = 86_400_000

/**
 * The rules of an expectations file without `priorities`: what datasets of weight lack for more than a day is
 * critical, and so is half of any but the least; what may do harm when it is read comes before what may wait.
 */
export const DEFAULT_RULES: readonly PriorityRule[] = [
  { priority: 'critical', kinds: ['missing', 'incomplete', 'stale'], weight: 8, olderThanMs: DAY_MS },
  { priority: 'critical', kinds: ['missing'], weight: 4, missingShare: 0.5 },
  {
    priority: 'high',
    kinds: ['missing', 'incomplete', 'stale', 'too_small', 'zero_byte'],
    weight: 5,
    olderThanMs: DAY_MS,
  },
  { priority: 'medium', kinds: ['missing', 'incomplete', 'stale', 'too_small', 'zero_byte', 'companion_missing'] },
  { priority: 'low' },
]
