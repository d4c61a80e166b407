import type { Chain } from './chain.js'

/** When a chain did its work, and when it will, by columns that lists and screens have. */
export interface ChainTimes {
  /** When its last link ended, and how; NULL where none has. */
  readonly last_ended_at: Date | null
  readonly last_state: 'succeeded' | 'failed' | 'cancelled' | null
  /** When the next one is due, which may be over if it runs or waits for an agent; NULL where none is to come. */
  readonly next_due_at: Date | null
  /** Since when links have failed; NULL where the last one did not. */
  readonly failing_since: Date | null
}

/** @param chain `undefined` where there never was one */
export const chainTimes = (chain: Chain | undefined): ChainTimes => ({
  last_ended_at: chain?.last?.ended_at ?? null,
  last_state: chain?.last?.state ?? null,
  next_due_at: chain?.is_enabled ? chain.due : null,
  failing_since: chain?.failing_since ?? null,
})
