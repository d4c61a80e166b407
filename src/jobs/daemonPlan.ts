import type { ObjectStore } from '../lake/objectStore.js'
import type { Chain, ChainSpec } from './chain.js'
import { listChains } from './chains.js'
import { findJob } from './jobQueue.js'
import { planNext } from './planNext.js'

/** What a daemon that began now would do about a chain. */
export interface PlannedChain {
  readonly chain: string
  readonly type: ChainSpec['type']
  readonly connector: string | null
  /**
   * - `now`: its job is due
   * - `later`: its job is due then
   * - `running`: an agent has it
   * - `off`: none is to come; one that waits is taken back
   */
  readonly next: 'now' | 'later' | 'running' | 'off'
  readonly due: Date | null
  readonly last_state: string | null
  readonly last_ended_at: Date | null
  readonly failures: number
}

/**
 * What a daemon would do about each chain; changes nothing.
 * @param store `undefined` where there is no lake yet
 * @returns those that are wanted, in their order, and then those that are wanted no more
 */
export async function planDaemon(
  wanted: readonly ChainSpec[],
  store: ObjectStore | undefined,
  now: Date,
): Promise<PlannedChain[]> {
  const chains = new Map((store ? await listChains(store) : []).map(chain => [chain.name, chain]))
  const planned: PlannedChain[] = []
  for (const spec of wanted) {
    const chain = chains.get(spec.name)
    chains.delete(spec.name)
    planned.push(toPlanned(spec, chain, await whenNext(spec, chain, store, now), now))
  }
  for (const chain of chains.values())
    if (chain.is_enabled) planned.push(toPlanned({ ...chain, isEnabled: false }, chain, 'off', now))
  return planned
}

async function whenNext(
  spec: ChainSpec,
  chain: Chain | undefined,
  store: ObjectStore | undefined,
  now: Date,
): Promise<Date | 'running' | 'off'> {
  const job = store && chain?.job_id ? await findJob(store, chain.job_id) : undefined
  const decision = planNext(chain, spec, job, now)
  if (decision.kind === 'next') return decision.due
  if (!spec.isEnabled) return 'off'
  if (job?.state === 'running') return 'running'
  return spec.isWantedNow || !chain?.due ? now : chain.due
}

function toPlanned(
  { name, type, connector }: Pick<ChainSpec, 'name' | 'type' | 'connector'> & { isEnabled: boolean },
  chain: Chain | undefined,
  next: Date | 'running' | 'off',
  now: Date,
): PlannedChain {
  const due = next instanceof Date ? next : null
  return {
    ...{ chain: name, type, connector },
    next: next instanceof Date ? (next <= now ? 'now' : 'later') : next,
    due,
    last_state: chain?.last?.state ?? null,
    last_ended_at: chain?.last?.ended_at ?? null,
    failures: chain?.failures ?? 0,
  }
}
