import { z } from 'zod'
import { EXIT, StocktakeError } from '../errors.js'
import type { Difference } from '../publish/entry.js'
import type { Metric } from '../reconcile/metrics.js'
import type { PriorityCounts } from '../reconcile/openGaps.js'
import type { TasksRun } from '../reconcile/runTasks.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { Job } from './job.js'
import type { MaintainReport } from './maintain.js'

export type JobResult = NonNullable<Job['result']>

/** A snapshot that a job made, or that was there. */
export interface JobSnapshot {
  readonly receipt: Receipt
  readonly isNew: boolean
}

/** What a job's process spent. */
export interface JobCost {
  readonly durationMs: number
  readonly peakMemoryBytes: number
}

/**
 * What an import or a scan came to: the newest of its snapshots, and the requests and bytes of all that it made. What was there
 * before cost nothing that is known: NULL.
 */
export function snapshotResult(made: readonly JobSnapshot[], cost: JobCost): JobResult {
  const newest = made.at(-1)
  const fresh = made.filter(({ isNew }) => isNew).map(({ receipt }) => receipt)
  const sum = (pick: (receipt: Receipt) => bigint) =>
    fresh.length === 0 ? null : exact(fresh.reduce((all, receipt) => all + pick(receipt), 0n))
  return {
    ...(newest ? factsOf(newest) : { snapshot: null, is_new: false }),
    snapshot_count: made.length,
    list_requests: sum(({ list_requests }) => list_requests),
    get_requests: sum(({ get_requests }) => get_requests),
    bytes_read: sum(({ bytes_read }) => bytes_read),
    ...costOf(cost),
  }
}

const factsOf = ({ receipt, isNew }: JobSnapshot): JobResult => ({
  snapshot: receipt.snapshot,
  import_id: receipt.import_id,
  is_new: isNew,
  object_count: exact(receipt.object_count),
  total_size_bytes: exact(receipt.total_size_bytes),
  new_count: exact(receipt.new_count),
  modified_count: exact(receipt.modified_count),
  deleted_count: exact(receipt.deleted_count),
  rejected_row_count: exact(receipt.rejected_row_count),
})

/** A number; where JSON's would be another, its digits. */
function exact(count: bigint | null): number | string | null {
  if (count === null) return null
  return Number.isSafeInteger(Number(count)) ? Number(count) : String(count)
}

/** What a reconciliation found. */
export interface JobReconciled {
  readonly runId: string
  readonly metrics: readonly Metric[]
  readonly counts: PriorityCounts
  readonly failures: readonly { readonly connector: string; readonly error: { message: string; exitCode: number } }[]
}

/** What a run of tasks did, and what was measured after it. */
export interface JobTasks {
  readonly run: TasksRun
  readonly verified: Pick<JobReconciled, 'metrics' | 'counts'> | undefined
}

/**
 * What a reconciliation came to; where it ran tasks, as it is after them, and how many are in which state now.
 */
export const reconcileResult = (
  { runId, metrics, counts, failures }: JobReconciled,
  tasks: JobTasks | undefined,
  cost: JobCost,
): JobResult => ({
  run_id: runId,
  metrics: [...newestOf([...metrics, ...(tasks?.verified?.metrics ?? [])])],
  gaps: { ...(tasks?.verified?.counts ?? counts) },
  failures: failures.map(({ connector, error }) => ({
    connector,
    message: error.message,
    exit_code: error.exitCode,
  })),
  tasks: tasks ? countTasks(tasks.run) : null,
  task_errors: tasks ? tasks.run.errors.map(toTaskError) : [],
  ...costOf(cost),
})

const toTaskError = (error: unknown) => ({
  message: error instanceof Error ? error.message : String(error),
  exit_code: error instanceof StocktakeError ? error.exitCode : EXIT.failed,
})

const taskErrors = z.array(z.object({ message: z.string(), exit_code: z.int() }))
const failures = z.array(z.object({ connector: z.string(), message: z.string(), exit_code: z.int() }))

/** Buckets that a reconciliation couldn't look at, by its result; none where that says nothing of it. */
export const listUnseen = (result: Job['result']): z.output<typeof failures> =>
  failures.safeParse(result?.failures).data ?? []

/** What kept a reconciliation from recording tasks or looking for their gaps, by its result; as {@link listUnseen}. */
export const listTaskErrors = (result: Job['result']): z.output<typeof taskErrors> =>
  taskErrors.safeParse(result?.task_errors).data ?? []

/** Of each metric of a dataset the last. */
function newestOf(all: readonly Metric[]) {
  const newest = new Map<string, { metric: string; dataset: string | null; value: number }>()
  for (const { metric, dataset, value } of all)
    newest.set(JSON.stringify([metric, dataset]), { metric, dataset, value })
  return newest.values()
}

function countTasks({ tasks, left, errors }: TasksRun): Record<string, number> {
  const counts: Record<string, number> = { done: 0, failed: 0, left: left.length, errors: errors.length }
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

/** What was done to keep the lake small, or would be. */
export const maintainResult = (
  { dryRun, rows }: Pick<MaintainReport, 'dryRun' | 'rows'>,
  cost: JobCost,
): JobResult => ({
  dry_run: dryRun,
  steps: rows
    .filter(({ count }) => count > 0)
    .map(({ step, subject, count, unit, size_bytes }) => ({ step, subject, count, unit, size_bytes })),
  ...costOf(cost),
})

/** How many entries of Glue's were made, changed and removed. */
export const publishResult = (differences: readonly Pick<Difference, 'change'>[], cost: JobCost): JobResult => {
  const count = (change: Difference['change']) => differences.filter(each => each.change === change).length
  return { created: count('create'), changed: count('change'), removed: count('remove'), ...costOf(cost) }
}

const costOf = ({ durationMs, peakMemoryBytes }: JobCost) => ({
  duration_ms: durationMs,
  peak_memory_bytes: peakMemoryBytes,
})
