import { EXIT, StocktakeError } from '../errors.js'
import type { TurnHolder } from '../lake/turn.js'
import { runAgent } from './agent.js'
import type { AgentEvent } from './agentEffects.js'
import type { ChainSpec } from './chain.js'
import { findChain, syncChain, syncChains } from './chains.js'
import type { DaemonEffects, DaemonOptions } from './daemonEffects.js'
import { takeDaemonLease } from './daemonLease.js'
import { readFacts, sendNews } from './daemonNews.js'
import { createTroubles } from './daemonTroubles.js'
import { isEnded, type Job, type JobType } from './job.js'
import { findJob } from './jobQueue.js'
import { listTaskErrors, listUnseen } from './jobResult.js'
import { RECONCILE_CHAIN } from './wantedChains.js'

/** Another daemon does what this one was to do. */
export class DaemonBusyError extends StocktakeError {
  constructor({ runner, host, since }: TurnHolder) {
    super({
      subject: 'the lake',
      expected: 'no other daemon',
      got: `one with pid ${runner.pid} on ${host} since ${since.toISOString()}`,
      fix: 'that one runs the cycles; stop it to run them by yourself',
    })
  }
}

/** What is done in turn; jobs of these types that others have queued, too. */
const PHASES: readonly (readonly JobType[])[] = [
  ['import', 'scan'],
  ['reconcile', 'refresh'],
  ['maintain'],
  ['publish'],
]

/**
 * Runs one cycle: imports that are due, a reconciliation, whenever the last was, and `maintain` if it is due; then tells of it.
 * @returns the jobs that it ran, as they were left, in that order
 * @throws {DaemonBusyError}
 * @throws the signal's reason; what ran was handed back then
 */
export async function runOnce(options: DaemonOptions, effects: DaemonEffects): Promise<Job[]> {
  const { holder, own: lease } = await takeDaemonLease(effects)
  if (!lease) throw new DaemonBusyError(holder)
  const signal = AbortSignal.any([effects.signal, lease.lost])
  try {
    const jobs = await runCycle(options, { ...effects, signal })
    signal.throwIfAborted()
    return jobs
  } finally {
    await lease.release()
  }
}

async function runCycle(options: DaemonOptions, effects: DaemonEffects): Promise<Job[]> {
  const troubles = createTroubles(effects)
  const jobs = new Map<string, Job>()
  const hear = (event: AgentEvent): void => {
    if (event.kind === 'trouble') troubles.tell('jobs', event.error)
    else effects.told(event)
    if (event.kind === 'ended') jobs.set(event.job.job_id, event.job)
  }
  const wanted = await effects.wanted()
  await syncChains(wanted.map(asWantedNow), effects)
  for (const types of PHASES) await runAgent({ ...options, types, until: 'idle' }, { ...effects, told: hear })
  if (effects.signal.aborted) return [...jobs.values()]
  await settle(wanted, effects)
  const facts = await readFacts(troubles, effects)
  if (facts) await sendNews(facts, {}, troubles, effects) // what is overdue isn't known: nobody looks all the time
  return [...jobs.values()]
}

const asWantedNow = (spec: ChainSpec): ChainSpec =>
  spec.name === RECONCILE_CHAIN ? { ...spec, isWantedNow: true } : spec

/** Notes what ended, and makes the next links; of `reconcile` none, as the next cycle brings its own. */
async function settle(wanted: readonly ChainSpec[], effects: DaemonEffects): Promise<void> {
  const { afterCycle, store, told } = effects
  const before = await findChain(store, RECONCILE_CHAIN)
  const job = before?.job_id ? await findJob(store, before.job_id) : undefined
  for (const spec of wanted) {
    const isOver = spec.name === RECONCILE_CHAIN && job !== undefined && isEnded(job) // else it is tried again
    await syncChain(isOver ? { ...spec, isOnce: true } : spec, effects)
  }
  const { last } = (await findChain(store, RECONCILE_CHAIN)) ?? {}
  if (!job || last?.job_id !== job.job_id || job.state === 'cancelled' || !afterCycle) return
  told({ kind: 'after cycle', end: await afterCycle(job) })
}

/** Exit codes, those first that say most of how bad it is. */
const WORST: readonly number[] = [EXIT.failed, EXIT.usage, EXIT.refused, EXIT.notFound, EXIT.findings]

/** The exit code of the worst of jobs, and of what a reconciliation left undone; 0 where all went well. */
export function worstExitCode(jobs: readonly Job[]): number {
  const codes = jobs.flatMap(exitCodes)
  return WORST.find(code => codes.includes(code)) ?? codes[0] ?? EXIT.done
}

function exitCodes({ state, error, result }: Job): number[] {
  if (state === 'cancelled') return []
  if (state !== 'succeeded') return [error?.exit_code ?? EXIT.failed]
  return [...listUnseen(result), ...listTaskErrors(result)].map(({ exit_code }) => exit_code)
}
