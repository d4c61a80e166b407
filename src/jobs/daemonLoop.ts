import { DocumentFormatError } from '../lake/documentFormat.js'
import { runAgent } from './agent.js'
import type { AgentEvent } from './agentEffects.js'
import type { Chain } from './chain.js'
import { listChains, syncChains } from './chains.js'
import type { DaemonEffects, DaemonOptions } from './daemonEffects.js'
import { createNews } from './daemonNews.js'
import { type DaemonState, listOverdue, type OverdueChain } from './daemonState.js'
import { createTroubles, messageOf, type Troubles } from './daemonTroubles.js'
import { findJob } from './jobQueue.js'
import { keepStreams } from './keepStreams.js'
import { RECONCILE_CHAIN } from './wantedChains.js'

/** How often the loop looks whether there is anything to do, milliseconds. */
export const TICK_MS = 5_000
/** How many ticks pass until it looks at the chains even though nothing is known to have changed. */
const SYNC_TICKS = 12
/** And until it reads the lake's facts: ages change by themselves. */
const NEWS_TICKS = 180
/** How often it looks how streams go, milliseconds. */
const STREAMS_MS = 60_000

/**
 * Does what one daemon of a lake does: keeps its chains and streams going, runs its jobs, and tells of it; until the signal is raised, and
 * running jobs have ended or are handed back. What can't be done now is tried again; it doesn't reject.
 *
 * It counts ticks and not time, so that a clock that jumps changes nothing.
 */
export async function leadLake(options: DaemonOptions, state: DaemonState, effects: DaemonEffects): Promise<void> {
  const troubles = createTroubles(effects)
  const news = createNews(state, troubles, effects)
  const cycles = createCycles(effects)
  // One for each tick: a signal made of the lasting one each time would stay with that.
  let tick = new AbortController()
  let isWoken = false
  const wake = (): void => {
    isWoken = true
    tick.abort()
  }
  effects.signal.addEventListener('abort', wake, { once: true })
  const hear = (event: AgentEvent): void => {
    if (event.kind === 'trouble') troubles.tell('jobs', event.error)
    else effects.told(event)
    if (event.kind === 'claimed') troubles.isWell('jobs')
    if (event.kind !== 'ended') return
    effects.metrics.observeJob(event.job)
    wake()
  }
  const working = runAgent({ ...options, until: 'stopped' }, { ...effects, told: hear })
  const streaming = [keepStreams(options, state, effects), watchStreams(troubles, effects)]
  const follow = createFollower(effects)
  let [sinceSync, sinceNews] = [SYNC_TICKS, NEWS_TICKS]
  while (!effects.signal.aborted) {
    tick = new AbortController()
    const isNews = isWoken
    isWoken = false
    if (isNews || ++sinceSync >= SYNC_TICKS) {
      const ended = await lookAtChains(follow, state, troubles, effects)
      if (ended) sinceSync = 0
      for (const chain of ended ?? []) if (chain.name === RECONCILE_CHAIN) cycles.add(chain)
      if (isNews || (ended && ended.length > 0)) sinceNews = NEWS_TICKS
    }
    if (++sinceNews >= NEWS_TICKS) {
      sinceNews = 0
      news.refresh()
    } else if (sinceNews % SYNC_TICKS === 0) news.sendAgain()
    await effects.sleep(TICK_MS, tick.signal).catch(() => {})
  }
  await Promise.all([working, news.settled(), cycles.settled(), ...streaming])
}

/** Tells the metrics how streams go. */
async function watchStreams(troubles: Troubles, { readStreams, metrics, sleep, signal }: DaemonEffects): Promise<void> {
  while (!signal.aborted) {
    const found = await troubles.guard('streams', readStreams)
    if (found && !signal.aborted) metrics.updateStreams(found)
    await sleep(STREAMS_MS, signal).catch(() => {})
  }
}

/** @returns the chains of which a link ended since it was last asked; nothing where the lake couldn't be asked, which was told */
async function lookAtChains(
  follow: Follower,
  state: DaemonState,
  troubles: Troubles,
  effects: DaemonEffects,
): Promise<readonly Chain[] | undefined> {
  const { now, signal } = effects
  const failures: unknown[] = []
  const fail = (error: unknown): void => void failures.push(error)
  const ended = await follow.look(fail).catch(fail)
  if (signal.aborted) return undefined
  state.overdue = await findOverdue(follow.known(), state.overdue, effects)
  if (ended) state.lookedAt = now()
  state.trouble = failures.length > 0 ? messageOf(failures[0]) : undefined
  if (failures.length > 0) troubles.tell('lake', failures[0])
  else troubles.isWell('lake')
  return ended ?? undefined
}

/** What is overdue; of what can't be found out, as it was. */
async function findOverdue(
  chains: readonly Chain[],
  before: readonly OverdueChain[],
  { store, now }: DaemonEffects,
): Promise<readonly OverdueChain[]> {
  const overdue: OverdueChain[] = []
  for (const chain of chains) {
    try {
      overdue.push(...(await listOverdue([chain], store, now())))
    } catch (error) {
      if (!(error instanceof DocumentFormatError)) return before // no answer, which others won't have either
      overdue.push(...before.filter(each => each.chain === chain.name))
    }
  }
  return overdue
}

interface Follower {
  /** @returns the chains of which a link ended since the last look. @throws where the lake can't be asked */
  look(failed: (error: unknown) => void): Promise<readonly Chain[]>
  /** All chains as they were last seen. */
  known(): readonly Chain[]
}

/** Makes the chains what is wanted, and tells of each that has another link; at first, of all at once. */
function createFollower(effects: DaemonEffects): Follower {
  const { store, told } = effects
  let known: Map<string, Chain> | undefined
  let isLeading = false
  const look: Follower['look'] = async failed => {
    await effects.requireSameLake()
    known ??= byName(await listChains(store, () => {}))
    const before = known
    const chains = await syncChains(await effects.wanted(failed), effects, failed)
    known = new Map([...before, ...byName(chains)]) // those that failed stay as they were seen
    const changed = chains.filter(chain => chain.job_id !== before.get(chain.name)?.job_id)
    if (!isLeading) told({ kind: 'leading', chains })
    else for (const chain of changed) told({ kind: 'next', chain })
    isLeading = true
    // One that couldn't be read until now may have ended at any time.
    return chains.filter(({ name, last }) => before.has(name) && last && last.job_id !== before.get(name)?.last?.job_id)
  }
  return { look, known: () => [...(known?.values() ?? [])] }
}

const byName = (chains: readonly Chain[]): Map<string, Chain> => new Map(chains.map(chain => [chain.name, chain]))

/** Runs what is to be run after a cycle, one after the other, beside all else. */
function createCycles({ afterCycle, store, told, signal }: DaemonEffects) {
  let last = Promise.resolve()
  const run = async ({ last: ended }: Chain): Promise<void> => {
    const job = ended && !signal.aborted ? await findJob(store, ended.job_id).catch(() => undefined) : undefined
    if (job && job.state !== 'cancelled' && afterCycle) told({ kind: 'after cycle', end: await afterCycle(job) })
  }
  return {
    add(chain: Chain): void {
      last = last.then(() => run(chain))
    },
    settled: () => last,
  }
}
