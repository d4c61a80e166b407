import type { Stream } from '../config/stream.js'
import type { Glue } from '../lake/glue.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { Keep } from '../snapshot/retention.js'
import type { ConnectorLeaseEffects } from './connectorLease.js'

/** How much of what may stay. Ages are milliseconds. */
export interface MaintainLimits {
  /** Newest states of a table that other readers can travel back to. */
  readonly versions: number
  /**
   * States of a declared table that stay for rollbacks and time travel, and for how long the others stay, unless its own
   * properties say otherwise.
   */
  readonly states: number
  readonly statesMs: number
  /** So many small manifests of a table are merged. */
  readonly manifests: number
  /** So many small files of an import, of a partition of a declared table, or of a table without partitions, are merged. */
  readonly files: number
  /** What a small file is, bytes. */
  readonly smallBytes: number
  /** So many names of segments that a stream's table has forgotten the states of stay in any case: those of the newest. */
  readonly segments: number
  /** How long files stay that nothing names any more: somebody may still read them, or be about to name them. */
  readonly graceMs: number
  /** How long every row of the table of gaps stays, and how many must be too old to be worth it. */
  readonly gapsMs: number
  readonly gaps: number
  /** How long a job's record stays after its end, and how many of them in any case. */
  readonly jobsMs: number
  readonly jobs: number
}

const DAY_MS = 86_400_000

export const MAINTAIN_LIMITS: MaintainLimits = {
  versions: 100,
  states: 100,
  statesMs: 30 * DAY_MS,
  manifests: 100,
  files: 10,
  smallBytes: 16_000_000,
  segments: 1_000,
  graceMs: 3 * DAY_MS,
  gapsMs: 30 * DAY_MS,
  gaps: 1_000,
  jobsMs: 30 * DAY_MS,
  jobs: 100,
}

export interface MaintainOptions {
  /** Only tells what would be done; nothing is written. */
  readonly dryRun: boolean
  /** Which snapshots stay; NULL for all. */
  readonly keep: Keep | null
  readonly limits?: MaintainLimits
}

export interface MaintainEffects extends LakeEffects, Omit<ConnectorLeaseEffects, 'waiting'> {
  /** Where imports on this machine do their unfinished work. */
  readonly workRoot: string
  /** Where the lake's tables are in Glue, if they are: tables that killed imports of other engines left are there. */
  readonly glue?: { readonly glue: Glue; readonly database: string }
  /** Those that the configuration declares. */
  readonly streams?: readonly Stream[]
  /** Told before each step. */
  readonly progress: (step: { readonly phase: string; readonly done: number; readonly total: number }) => void
}

/** What was done, or would be, about one thing. */
export interface MaintainRow {
  readonly step: string
  /** The table or connector that it is about; NULL for the lake. */
  readonly subject: string | null
  /** How many went. */
  readonly count: number
  /** Of what. */
  readonly unit: string
  /** What went, or was written anew, bytes. */
  readonly size_bytes: number
  /** More of it, in words. */
  readonly detail: string | null
  /** Of snapshots and imports that went, each. */
  readonly names: readonly string[]
}

/** What a step works with. */
export type StepEffects = Omit<MaintainEffects, 'progress'> & {
  readonly limits: MaintainLimits
  readonly keep: Keep | null
  readonly dryRun: boolean
  /** What ages of what is in the store are told by. */
  readonly storeTime: Date
}

/** One step: rows of what it did. */
export type Step = (effects: StepEffects) => Promise<MaintainRow[]>

export const row = (
  step: string,
  {
    subject = null,
    count,
    unit,
    sizeBytes = 0,
    detail = null,
    names = [],
  }: {
    readonly subject?: string | null
    readonly count: number
    readonly unit: string
    readonly sizeBytes?: number
    readonly detail?: string | null
    readonly names?: readonly string[]
  },
): MaintainRow => ({ step, subject, count, unit, size_bytes: sizeBytes, detail, names })
