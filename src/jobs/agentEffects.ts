import type { ProcessFacts } from '../lake/processFacts.js'
import type { Job, JobProgress, JobType } from './job.js'
import type { Worker } from './jobProcess.js'
import type { QueueEffects } from './jobQueue.js'

export interface AgentOptions {
  /** How many jobs run at once. */
  readonly parallel: number
  /** How long it waits before it looks for jobs again. */
  readonly idleMs: number
  /** How long running jobs may go on after the signal before they are handed back. */
  readonly graceMs: number
  /** `idle`: it returns when no job is due that it may run. */
  readonly until: 'stopped' | 'idle'
  /** All unless given. */
  readonly types?: readonly JobType[]
  /** How long a job's process has between being asked to end and being killed. */
  readonly killMs?: number
}

/** What an agent tells of a job: the job as it is then. */
export type AgentEvent =
  | { readonly kind: 'claimed' | 'progress' | 'ended' | 'handed back' | 'lost'; readonly job: Job }
  /** The lake couldn't be asked, or told; it is tried again. */
  | { readonly kind: 'trouble'; readonly error: unknown }

export interface AgentEffects extends QueueEffects {
  /** This process. */
  readonly runner: ProcessFacts
  /** This machine, for people. */
  readonly host: string
  readonly startWorker: (job: Job, progress: (progress: JobProgress) => void) => Worker
  readonly told: (event: AgentEvent) => void
}
