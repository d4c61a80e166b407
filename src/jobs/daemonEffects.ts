import type { TurnHolder } from '../lake/turn.js'
import type { StreamStatus } from '../streams/streamStatus.js'
import type { AfterCycleEnd } from './afterCycle.js'
import type { AgentEffects, AgentEvent, AgentOptions } from './agentEffects.js'
import type { Chain, ChainSpec } from './chain.js'
import type { Job } from './job.js'
import type { LakeFacts } from './lakeFacts.js'
import type { NotifyEvent } from './notify.js'
import type { NotifiableFacts } from './notifyFacts.js'
import type { Metrics } from './prometheus.js'
import type { StreamProcess, StreamWork } from './streamProcess.js'

export type DaemonOptions = Pick<AgentOptions, 'parallel' | 'idleMs' | 'graceMs' | 'killMs'>

/** What doesn't go well, and is tried again. */
export type TroubleKind = 'lake' | 'jobs' | 'metrics' | 'notify' | 'streams'

/** What a daemon tells, as it comes. */
export type DaemonEvent =
  | Exclude<AgentEvent, { kind: 'trouble' }>
  /** It has the loop; the chains as they are. */
  | { readonly kind: 'leading'; readonly chains: readonly Chain[] }
  /** Another has. */
  | { readonly kind: 'standing by'; readonly holder: TurnHolder }
  /** Another has it now, or may. */
  | { readonly kind: 'lost the loop' }
  /** A chain has another next link, or none any more. */
  | { readonly kind: 'next'; readonly chain: Chain }
  | { readonly kind: 'after cycle'; readonly end: AfterCycleEnd }
  | { readonly kind: 'notified'; readonly event: NotifyEvent }
  | { readonly kind: 'stream began'; readonly work: StreamWork; readonly pid: number | undefined }
  /** By itself; it is begun again after the wait. */
  | { readonly kind: 'stream ended'; readonly work: StreamWork; readonly message: string; readonly waitMs: number }
  | { readonly kind: 'trouble'; readonly what: TroubleKind; readonly error: unknown }
  | { readonly kind: 'stopping' }

export interface DaemonEffects extends Omit<AgentEffects, 'told'> {
  /** @throws {OtherLakeError} where the lake isn't the one any more that this daemon began with */
  readonly requireSameLake: () => Promise<void>
  /**
   * The chains that the configuration and the lake's connectors ask for; asked again and again.
   * @param failed is told what couldn't be found out, and the chain that it decides is asked for as it was; without it, that
   *   is thrown
   */
  readonly wanted: (failed?: (error: unknown) => void) => Promise<readonly ChainSpec[]>
  readonly readFacts: () => Promise<LakeFacts>
  readonly metrics: Pick<Metrics, 'update' | 'updateStreams' | 'observeJob' | 'clear'>
  /** How all streams go; quick. */
  readonly readStreams: () => Promise<readonly StreamStatus[]>
  /** What is kept going of streams, and how it is begun. */
  readonly streams: {
    readonly works: readonly StreamWork[]
    readonly start: (work: StreamWork) => StreamProcess
  }
  readonly notify: (facts: NotifiableFacts) => Promise<readonly NotifyEvent[]>
  /** What is run after a reconciliation; never rejects. `undefined` where there is nothing. */
  readonly afterCycle: ((job: Job) => Promise<AfterCycleEnd>) | undefined
  readonly told: (event: DaemonEvent) => void
}
