import type { Channel, NoticePriority } from '../config/channel.js'

/** What notifications are made of: of the facts of a lake, those that can be news. */
export interface NotifiableFacts {
  /** When they were read. */
  readonly at: Date
  readonly connectors: readonly {
    readonly connector: string
    /** The newest one. */
    readonly snapshot: string | null
    readonly taken_at: Date | null
    /** The age from which it is stale, where one is set. */
    readonly warn_after_ms?: number | null
    /** `none` where nothing is expected, or there is nothing yet. */
    readonly state: 'fresh' | 'warn' | 'error' | 'none'
  }[]
  /** How many gaps are open; NULL where that isn't known. */
  readonly gaps: Readonly<Record<NoticePriority, number>> | null
  /** Of the open critical gaps; where there are more than are listed, `gaps` says so. */
  readonly critical_gap_ids: readonly string[]
  /** The most urgent open gaps with what is known of them, the most urgent first. It may be that not all are listed. */
  readonly urgent_gaps?: readonly UrgentGap[]
  /** When the last reconciliation was. */
  readonly last_run: Date | null
  readonly chains: readonly {
    readonly chain: string
    readonly type: string
    readonly connector: string | null
    readonly is_enabled: boolean
  }[]
  /** Enabled chains whose last job failed; of `reconcile` with a connector, a bucket that it couldn't look at. */
  readonly failing: readonly {
    readonly chain: string
    /** What its jobs do: `import`, `reconcile`, … */
    readonly type: string
    readonly connector: string | null
    /** In a row. */
    readonly failures: number
    readonly since: Date
    readonly message: string
    readonly exit_code: number
  }[]
  /** Chains whose next job should have begun long ago; left out where that isn't known. */
  readonly overdue?: readonly { readonly chain: string; readonly due: Date }[]
}

export interface UrgentGap {
  readonly gap_id: string
  readonly priority: NoticePriority
  readonly dataset: string
  readonly reason: string
}

/** Who is told what: of a channel, what decides about it. */
export type Wanted = Pick<Channel, 'on' | 'minPriority'>
