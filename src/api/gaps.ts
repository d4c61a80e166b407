import { z } from '@hono/zod-openapi'
import { count, next, pageQuery, tableFormat, time } from './shapes.js'

export const gap = z
  .object({
    gap_id: z.string(),
    connector: z.string(),
    dataset: z.string(),
    kind: z.string(),
    priority: z.enum(['critical', 'high', 'medium', 'low']),
    reason: z.string(),
    key_prefix: z.string().nullable(),
    expected: z.string().nullable(),
    found: z.string().nullable(),
    first_seen: time(),
    times_seen: count(),
    run_at: time(),
  })
  .openapi('Gap')
export type Gap = z.output<typeof gap>
export const gapsQuery = z.object({
  priority: z.enum(['critical', 'high', 'medium', 'low']).optional(),
  dataset: z.string().optional(),
  ...pageQuery,
  format: tableFormat,
})
export const gapPage = z
  .object({
    gaps: z.array(gap).describe('open ones, the most urgent first'),
    counts: z.object({ critical: count(), high: count(), medium: count(), low: count() }),
    last_run: time().nullable().describe('NULL where nothing was ever reconciled'),
    is_comparable: z.boolean().describe('whether there is a `data_inventory.yaml`, which says what is expected'),
    next: next(),
  })
  .openapi('GapPage')
export type GapPage = z.output<typeof gapPage>

export const task = z
  .object({
    task_id: z.string(),
    dataset: z.string(),
    priority: z.string(),
    state: z.string(),
    command: z.array(z.string()),
    gap_count: count(),
    attempts: z.int(),
    created_at: time(),
    ended_at: time().nullable(),
    outcome: z.string().nullable(),
  })
  .openapi('Task')
export type Task = z.output<typeof task>
/** Those that wait, run or did not help, the most urgent first; then those that are over, the newest first. */
export const taskList = z.object({ tasks: z.array(task) }).openapi('TaskList')
export const tasksQuery = z.object({ format: tableFormat })
export type TaskList = z.output<typeof taskList>

/** A gap, and what is known around it. */
export const gapExplained = z
  .object({
    gap,
    resolved_at: time().nullable().describe('NULL while it is open'),
    partition_values: z.record(z.string(), z.string()),
    expectation: z.string().nullable().describe('the key template; NULL where data_inventory.yaml has it no more'),
    nearest: z
      .array(
        z.object({
          key: z.string(),
          size: count().nullable(),
          last_modified: time().nullable(),
          storage_class: z.string().nullable(),
        }),
      )
      .describe('keys beside where it should be'),
    sql: z.string().describe('that shows what is there'),
    task: task.nullable().describe('that is to close it'),
  })
  .openapi('GapExplained')
export type GapExplained = z.output<typeof gapExplained>
