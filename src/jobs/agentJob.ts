import { EXIT } from '../errors.js'
import { loadDocument } from '../lake/documents.js'
import { LEASE_TIMES } from '../lake/lease.js'
import { createDeadline } from '../lake/leaseKeeper.js'
import { describeProcess, type ProcessFacts } from '../lake/processFacts.js'
import { waitAfter } from '../lake/retry.js'
import type { AgentEffects, AgentOptions } from './agentEffects.js'
import { isEnded, type Job, type JobProgress } from './job.js'
import { type Claim, cancelClaim, failClaim, handBackClaim, renewClaim, succeedClaim } from './jobClaims.js'
import { openName, openPlace } from './jobPlaces.js'
import type { Worker, WorkerEnd } from './jobProcess.js'

/** An agent at work. */
export interface RunningAgent {
  readonly options: AgentOptions
  readonly effects: AgentEffects
  /** For what must be recorded: a raised signal doesn't keep it from being so. */
  readonly lasting: AgentEffects
  /** Jobs that were handed back, as another had their connector: how often, and when they are due again. */
  readonly busy: Map<string, { readonly again: Date; readonly times: number }>
}

/** How often it is looked whether a person wants the job to end. */
const LOOK_MS = 2_000
/** When the process of a job is written down, so that others know of it should this one be killed. */
const FIRST_MS = 250
/** How long a job's process has between being asked to end and being killed. */
const KILL_MS = 10_000
/** When a job is due again whose connector another had: later each time. */
const BUSY_MS = 5_000
const LONGEST_BUSY_MS = 30_000
/** What another agent has had meanwhile is known of no longer than that. */
const FORGOTTEN_MS = 60_000
/** A machine that stops tells the processes of jobs, too, and maybe before this one. */
const STOP_MS = 1_000

/** Why a job's process was asked to end. */
type Why = 'cancelled' | 'lost' | 'stopped'

/** Runs a job that was claimed to its end, and records what came of it while the claim holds. Never rejects. */
export async function runClaim(claim: Claim, agent: RunningAgent): Promise<void> {
  const { effects, options } = agent
  effects.told({ kind: 'claimed', job: claim.job })
  let progress: JobProgress | undefined
  const worker = effects.startWorker(claim.job, step => {
    progress = step
    effects.told({ kind: 'progress', job: { ...claim.job, progress: step } })
  })
  const over = new AbortController()
  let why: Why | undefined
  const end = (because: Why): void => {
    if (why !== undefined) return
    why = because
    worker.interrupt()
    after(options.killMs ?? KILL_MS, over.signal, agent, () => worker.kill())
  }
  const stop = (): void => after(options.graceMs, over.signal, agent, () => end('stopped'))
  if (effects.signal.aborted) stop()
  else effects.signal.addEventListener('abort', stop)
  const keeping = keepClaim(claim, { worker, over: over.signal, latest: () => progress, end }, agent)
  const came = await worker.ended
  effects.signal.removeEventListener('abort', stop)
  over.abort()
  const until = await keeping
  await settle(claim, { came, why, until }, agent)
}

/** Does something after so long, unless that is over by then. */
function after(ms: number, over: AbortSignal, { lasting }: RunningAgent, act: () => void): void {
  lasting.sleep(ms, over).then(
    () => over.aborted || act(),
    () => {},
  )
}

interface Kept {
  readonly worker: Worker
  /** Raised when the process has ended. */
  readonly over: AbortSignal
  readonly latest: () => JobProgress | undefined
  readonly end: (why: Why) => void
}

/**
 * Renews the claim and looks whether it is to end, until it is over, or lost; which a lake without an answer doesn't keep it from.
 * @returns until when it is certain to hold
 */
function keepClaim(claim: Claim, kept: Kept, agent: RunningAgent): Promise<Date> {
  let until = leaseEnd(claim.job)
  return new Promise((resolve, reject) => {
    const pass = (): void => {
      if (!kept.over.aborted) kept.end('lost') // what has ended may still be recorded, if nobody else has it
      resolve(until)
    }
    const deadline = createDeadline(until, pass, agent.lasting)
    const held = (next: Date): void => {
      until = next
      deadline.hold(next)
    }
    renewClaims(claim, { ...kept, held }, agent)
      .finally(() => deadline.stop())
      .then(() => resolve(until), reject)
  })
}

interface Renewed extends Kept {
  /** Told until when the claim holds, whenever it was renewed. */
  readonly held: (until: Date) => void
}

async function renewClaims(
  claim: Claim,
  { worker, over, latest, end, held }: Renewed,
  agent: RunningAgent,
): Promise<void> {
  const { lasting } = agent
  let until = leaseEnd(claim.job)
  let renewedAt: Date | undefined
  let facts: ProcessFacts | undefined
  let phase: string | undefined
  for (;;) {
    await lasting.sleep(renewedAt ? LOOK_MS : FIRST_MS, over).catch(() => {})
    if (over.aborted) return
    try {
      const now = lasting.now()
      facts ??= worker.pid === undefined ? undefined : await describeProcess(worker.pid)
      const progress = latest()
      const isNews = !renewedAt || progress?.phase !== phase
      const isDue = isNews || !isWithin(LEASE_TIMES.renewMs, renewedAt, now)
      const news = { ...(facts && { worker: facts }), ...(progress && { progress }) }
      const job = isDue ? await renewClaim(claim, news, lasting) : await findOwn(claim, agent)
      if (isDue) [renewedAt, phase] = [now, progress?.phase]
      if (job) until = leaseEnd(job)
      else end('lost')
      if (job && isDue) held(until)
      if (job?.cancel) end('cancelled')
    } catch (error) {
      lasting.told({ kind: 'trouble', error })
      if (lasting.now() > until) end('lost')
    }
  }
}

/** A clock that went back tells nothing. */
const isWithin = (ms: number, since: Date | undefined, now: Date): boolean =>
  since !== undefined && now >= since && now.getTime() - since.getTime() < ms

const leaseEnd = ({ lease }: Job): Date => lease?.until ?? new Date(0)

async function findOwn({ job, owner }: Claim, { lasting: { store } }: RunningAgent): Promise<Job | undefined> {
  const found = await loadDocument(openPlace(store, openName(job)))
  return found?.lease?.owner === owner ? found : undefined
}

interface Came {
  readonly came: WorkerEnd
  readonly why: Why | undefined
  /** When another may have claimed the job. */
  readonly until: Date
}

/** Writes down what came of the job; again, while the claim holds, where the lake can't be reached. */
async function settle(claim: Claim, { came, why, until }: Came, agent: RunningAgent): Promise<void> {
  const { effects, lasting } = agent
  if (why === 'lost') return effects.told({ kind: 'lost', job: claim.job })
  const isHandedBack = await mustHandBack(came, why, agent)
  if (came.kind !== 'busy') agent.busy.delete(claim.job.job_id)
  for (let failures = 1; ; failures++) {
    try {
      const job = isHandedBack ? await handBack(claim, came, agent) : await record(claim, came, why, lasting)
      if (!job) return effects.told({ kind: 'lost', job: claim.job })
      return effects.told({ kind: isHandedBack && !isEnded(job) ? 'handed back' : 'ended', job })
    } catch (error) {
      effects.told({ kind: 'trouble', error })
      if (lasting.now() > until) return effects.told({ kind: 'lost', job: claim.job })
      await waitAfter(failures, lasting)
    }
  }
}

/** Whether a job's end is nobody's fault and no person's wish: another goes on with it, and nothing is counted. */
async function mustHandBack(came: WorkerEnd, why: Why | undefined, { effects }: RunningAgent): Promise<boolean> {
  if (came.kind === 'busy') return why !== 'cancelled'
  if (came.kind === 'succeeded' || came.kind === 'failed' || why === 'cancelled') return false
  if (why === 'stopped') return true
  if (came.kind === 'interrupted') await effects.sleep(STOP_MS, effects.signal).catch(() => {})
  return effects.signal.aborted
}

function handBack(claim: Claim, { kind }: WorkerEnd, { lasting, busy }: RunningAgent): Promise<Job | undefined> {
  if (kind !== 'busy') return handBackClaim(claim, lasting)
  const nowMs = lasting.now().getTime()
  for (const [jobId, { again }] of busy) if (nowMs - again.getTime() > FORGOTTEN_MS) busy.delete(jobId)
  const times = busy.get(claim.job.job_id)?.times ?? 0
  const waitMs = Math.min(LONGEST_BUSY_MS, BUSY_MS * 2 ** times) * (0.5 + lasting.random() / 2)
  const again = new Date(nowMs + waitMs)
  busy.set(claim.job.job_id, { again, times: times + 1 })
  return handBackClaim(claim, lasting, again)
}

function record(claim: Claim, came: WorkerEnd, why: Why | undefined, effects: AgentEffects): Promise<Job | undefined> {
  if (came.kind === 'succeeded') return succeedClaim(claim, came.result, effects)
  if (why === 'cancelled') return cancelClaim(claim, effects)
  return failClaim(claim, errorOf(came), effects)
}

function errorOf(came: Exclude<WorkerEnd, { kind: 'succeeded' }>): NonNullable<Job['error']> {
  if (came.kind === 'failed') return came.error
  return { message: came.kind === 'interrupted' ? 'interrupted' : came.message, exit_code: EXIT.failed }
}
