import type { RetryEffects } from '../lake/retry.js'
import type { Deeds } from './deeds.js'
import { shareNext } from './shareNext.js'

/** For so long an answer is given again. */
const KEPT_MS = 500

/**
 * As {@link shareNext}, for what costs much: an answer is given again for half a second, unless something has been done through
 * this server since. What others do meanwhile is seen half a second later.
 */
export function shareRecent<T>(
  load: () => Promise<T>,
  deeds: Deeds,
  { sleep, signal }: Pick<RetryEffects, 'sleep' | 'signal'>,
): () => Promise<T> {
  const share = shareNext(load)
  let kept: { readonly deeds: number; readonly value: T } | undefined
  return async () => {
    if (kept?.deeds === deeds.count) return kept.value
    const mine = { deeds: deeds.count, value: await share() }
    kept = mine
    const forget = (): void => {
      if (kept === mine) kept = undefined
    }
    void sleep(KEPT_MS, signal).then(forget, forget)
    return mine.value
  }
}
