import { waitAfter } from '../lake/retry.js'
import type { AgentEffects, AgentOptions } from './agentEffects.js'
import { type RunningAgent, runClaim } from './agentJob.js'
import { type Claim, claimJob } from './jobClaims.js'

export type { AgentEffects, AgentEvent, AgentOptions } from './agentEffects.js'

/**
 * Claims jobs that are due and runs each in a process of its own, until the signal is raised, or no job is due. What runs then
 * may end within the grace time; the rest is handed back, to be gone on with by whoever claims it. It doesn't reject when the
 * signal is raised. The store must go on to work then.
 */
export async function runAgent(options: AgentOptions, effects: AgentEffects): Promise<void> {
  let woken = new AbortController()
  const wake = (): void => woken.abort()
  const lasting = { ...effects, signal: new AbortController().signal }
  const agent: RunningAgent = { options, effects, lasting, busy: new Map() }
  const running = new Set<Promise<void>>()
  const begin = (claim: Claim): void => {
    const run = runClaim(claim, agent).finally(() => {
      running.delete(run)
      wake()
    })
    running.add(run)
  }
  effects.signal.addEventListener('abort', wake)
  try {
    for (let failures = 0; !effects.signal.aborted; ) {
      const claim = running.size < options.parallel ? await tryClaim(agent, running.size) : undefined
      failures = claim === 'failed' ? failures + 1 : 0
      if (claim === 'failed') await waitAfter(failures, effects).catch(() => {})
      else if (claim) begin(claim)
      else if (options.until === 'idle' && running.size === 0 && !isWaiting(agent)) return
      else {
        await effects.sleep(options.idleMs, woken.signal).catch(() => {})
        if (!effects.signal.aborted) woken = new AbortController()
      }
    }
  } finally {
    effects.signal.removeEventListener('abort', wake)
    await Promise.all(running)
  }
}

/** A lake that can't be asked is asked again; for an agent that has nothing to do and is to end then, it is an error. */
async function tryClaim(agent: RunningAgent, runningCount: number): Promise<Claim | 'failed' | undefined> {
  const { options, effects, lasting } = agent
  try {
    return await claimJob(claimOptions(agent), lasting)
  } catch (error) {
    if (options.until === 'idle' && runningCount === 0) throw error
    effects.told({ kind: 'trouble', error })
    return 'failed'
  }
}

const claimOptions = ({ options: { types }, effects: { runner, host } }: RunningAgent) => ({
  ...{ runner, host },
  ...(types && { types }),
})

/** Whether there are jobs that were handed back, as another had their connector, and that this agent is to try again. */
function isWaiting({ busy, effects }: RunningAgent): boolean {
  const nowMs = effects.now().getTime()
  return [...busy.values()].some(({ again }) => again.getTime() > nowMs)
}
