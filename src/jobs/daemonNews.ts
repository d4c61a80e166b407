import type { DaemonEffects } from './daemonEffects.js'
import type { DaemonState } from './daemonState.js'
import type { Troubles } from './daemonTroubles.js'
import type { LakeFacts } from './lakeFacts.js'

/** What keeps metrics and notifications up to date. */
export interface DaemonNews {
  /** Has the lake read again, and told of; while that is done, once more afterwards. */
  refresh(): void
  /** Tries again to send what couldn't be. */
  sendAgain(): void
  /** When nothing is done any more. */
  settled(): Promise<void>
}

type NewsEffects = Pick<DaemonEffects, 'readFacts' | 'metrics' | 'notify' | 'told' | 'signal'>

/** Reads the lake's facts, and tells them to metrics and channels. A failure is told, and nobody else's. */
export function createNews(state: DaemonState, troubles: Troubles, effects: NewsEffects): DaemonNews {
  let wanted: 'facts' | 'sending' | undefined
  let facts: LakeFacts | undefined
  let running: Promise<void> | undefined
  let isUnsent = false
  const run = async (): Promise<void> => {
    while (wanted && !effects.signal.aborted) {
      const isFresh = wanted === 'facts'
      wanted = undefined
      if (isFresh) facts = await readFacts(troubles, effects)
      if (facts) isUnsent = await sendNews(facts, state, troubles, effects)
    }
    running = undefined
  }
  const begin = (what: typeof wanted): void => {
    wanted = wanted === 'facts' ? wanted : what
    running ??= run()
  }
  return {
    refresh: () => begin('facts'),
    sendAgain: () => isUnsent && begin('sending'),
    settled: async () => running,
  }
}

export async function readFacts(troubles: Troubles, effects: NewsEffects): Promise<LakeFacts | undefined> {
  const facts = await troubles.guard('metrics', effects.readFacts)
  if (facts) effects.metrics.update(facts)
  return facts
}

/** @returns whether a message waits to be sent again */
export async function sendNews(
  facts: LakeFacts,
  { overdue }: Partial<Pick<DaemonState, 'overdue'>>,
  troubles: Troubles,
  effects: NewsEffects,
): Promise<boolean> {
  const events = await troubles.guard('notify', () => effects.notify({ ...facts, ...(overdue && { overdue }) }))
  for (const event of events ?? []) if (event.kind !== 'waits') effects.told({ kind: 'notified', event })
  return !events || events.some(({ kind }) => kind !== 'sent' && kind !== 'given up')
}
