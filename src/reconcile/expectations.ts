import type { KeyTemplate } from './keyTemplate.js'

/** data_inventory.yaml, understood: what should be in the buckets, and what is to be done where it isn't. */
export interface Expectations {
  readonly datasets: readonly Dataset[]
  /** Datasets that are streams of the lake. */
  readonly streams: readonly StreamExpectation[]
  /** The first that holds for a gap says its priority; where none does, it is low. */
  readonly rules: readonly PriorityRule[]
  readonly tasks: TaskSettings
}

/** Objects that belong together, and what is expected of them. */
export interface Dataset {
  readonly name: string
  /** Name of the connector whose bucket they are in. */
  readonly connector: string
  readonly key: KeyTemplate
  /** IANA name: whose days and hours the dates of keys are. */
  readonly timeZone: string
  /** 1 to 10: how much it matters. */
  readonly weight: number
  /** Which values there should be: every combination of each item's values. Empty: the dataset is one partition. */
  readonly expect: readonly ExpectedValues[]
  /** Of each partition that is there. */
  readonly partition: Bounds
  /** Of all of the dataset. */
  readonly total: Bounds
  /** How old the newest object may be, ms. */
  readonly freshnessMs?: number
  readonly allowZeroByte: boolean
  /** Storage classes that objects may have; every one where it is absent. */
  readonly storageClasses?: readonly string[]
  /** Whether keys under the template's prefix that don't match it, and partitions that aren't expected, are fine. */
  readonly allowUnexpected: boolean
  /** What each object has beside it: `{stem}.xmp`, where stem is its key without the extension, or `{key}.md5`. */
  readonly companions: readonly string[]
  readonly task?: TaskTemplate
}

/** Records that should keep coming. */
export interface StreamExpectation {
  /** The dataset's. */
  readonly name: string
  /** Of stocktake.yaml. */
  readonly stream: string
  /** 1 to 10: how much it matters. */
  readonly weight: number
  /** How old the last record may be, ms. */
  readonly freshnessMs: number
}

/** Values by the placeholder's name; those of a CSV file with several columns go together, row by row. */
export interface ExpectedValues {
  readonly values: ReadonlyMap<string, ValueList | DateRange>
  readonly rows?: ValueRows
}

export interface ValueList {
  readonly kind: 'list'
  readonly values: readonly string[]
}

/** Rows of a CSV file: one value for each of the columns. */
export interface ValueRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Local days, hours or months, `from` and `to` included. */
export interface DateRange {
  readonly kind: 'dates'
  readonly every: 'day' | 'weekday' | 'hour' | 'month'
  readonly from: DateBound
  readonly to: DateBound
  readonly except: readonly { readonly from: DateBound; readonly to: DateBound }[]
}

/** A local date, `2026-01-20`, or so many days, hours or months before the one on which the bucket was looked at. */
export type DateBound =
  | { readonly kind: 'date'; readonly date: string }
  | { readonly kind: 'today'; readonly minus: number; readonly unit: 'hour' | 'day' | 'month' }

/** Limits of counts and bytes, both included; absent ones don't limit. */
export interface Bounds {
  readonly objects: Limits
  readonly bytes: Limits
}

export interface Limits {
  readonly min?: number
  readonly max?: number
  /** Against the median of the partitions before it, in the order of their dates, that have the same other values. */
  readonly ofMedian?: { readonly min?: number; readonly max?: number; readonly over: number }
}

export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

export const GAP_KINDS = [
  'missing',
  'incomplete',
  'too_small',
  'too_large',
  'stale',
  'zero_byte',
  'unexpected',
  'wrong_class',
  'companion_missing',
] as const
export type GapKind = (typeof GAP_KINDS)[number]

/** All conditions that are there must hold. */
export interface PriorityRule {
  readonly priority: Priority
  readonly kinds?: readonly GapKind[]
  readonly datasets?: readonly string[]
  /** At least. */
  readonly weight?: number
  /** At least, ms since the partition's time ended, or since the gap was first seen where it has none. */
  readonly olderThanMs?: number
  /** Less than that. */
  readonly newerThanMs?: number
  /** At least that share of the dataset's expected partitions is missing, 0 to 1. */
  readonly missingShare?: number
}

/** What mends gaps: a program with its arguments, which may have placeholders; no shell. */
export interface TaskTemplate {
  /** The program, without placeholders, and its arguments. */
  readonly run: readonly [string, ...string[]]
  /** Gaps that have the same values of these become one task; each gap its own where it is absent. */
  readonly per?: readonly string[]
  readonly kinds: readonly GapKind[]
  /** Names of variables that are passed on, beside PATH, HOME and the like. */
  readonly passEnv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where it runs; the folder of data_inventory.yaml unless given. */
  readonly cwd?: string
  readonly timeoutMs: number
  /** More tries after one that failed, in one run. */
  readonly retries: number
  /** Open tasks of the dataset: gaps beyond them wait. */
  readonly atMost: number
}

export interface TaskSettings {
  readonly concurrency: number
  /** A task whose gap came back, or that failed, so often is quarantined. */
  readonly quarantineAfter: number
}

/** Expected partitions that one dataset may have; more are refused before they are made. */
export const MOST_PARTITIONS = 1_000_000
