import type { OwnTurn, TakenTurn, TurnHolder } from '../lake/turn.js'
import type { DaemonEffects, DaemonOptions } from './daemonEffects.js'
import { takeDaemonLease } from './daemonLease.js'
import { leadLake, TICK_MS } from './daemonLoop.js'
import type { DaemonState } from './daemonState.js'
import { createTroubles, messageOf } from './daemonTroubles.js'

/**
 * Runs a lake: {@link leadLake}, while no other daemon does; else it stands by, and takes over when the other is gone. Ends
 * when the signal is raised, and gives the loop back. The store must go on to work then.
 * @param state kept up to date, for those who ask whether all is well
 */
export async function runDaemon(options: DaemonOptions, state: DaemonState, effects: DaemonEffects): Promise<void> {
  while (!effects.signal.aborted) {
    const lease = await awaitLease(state, effects)
    if (!lease) return
    const signal = AbortSignal.any([effects.signal, lease.lost])
    await leadLake(options, state, { ...effects, signal })
    await lease.release()
    effects.metrics.clear() // what the next one does isn't known here
    if (!effects.signal.aborted) effects.told({ kind: 'lost the loop' })
  }
}

/** @returns the lease; nothing once the signal is raised */
async function awaitLease(state: DaemonState, effects: DaemonEffects): Promise<OwnTurn | undefined> {
  const { now, told, signal } = effects
  const troubles = createTroubles(effects)
  let known: TurnHolder | undefined
  while (!signal.aborted) {
    const found = await troubles.guard('lake', () => lookAtLease(state, effects))
    if (found?.own) return found.own
    if (found) {
      Object.assign(state, { lookedAt: now(), trouble: undefined, overdue: [], streams: [] })
      if (known?.owner !== found.holder.owner) told({ kind: 'standing by', holder: found.holder })
      known = found.holder
    }
    await effects.sleep(TICK_MS, signal).catch(() => {})
  }
  return undefined
}

async function lookAtLease(state: DaemonState, effects: DaemonEffects): Promise<TakenTurn<TurnHolder>> {
  try {
    await effects.requireSameLake()
    return await takeDaemonLease(effects)
  } catch (error) {
    state.trouble = messageOf(error)
    throw error
  }
}
