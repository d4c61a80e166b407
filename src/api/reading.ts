import { z } from '@hono/zod-openapi'
import { count, jsonValue, next, pageQuery, shownSnapshot, tableFormat, time } from './shapes.js'

// Snapshots, changes, reports, gaps, tasks, SQL, and the overview.

/** The columns of the view `snapshots` that a page shows, and how fresh it is. */
export const snapshot = z
  .object({
    connector: z.string(),
    snapshot: z.string(),
    taken_at: time(),
    source: z.enum(['inventory', 'api']),
    scope: z.string(),
    sample_rate: z.number().nullable(),
    object_count: count(),
    total_size_bytes: count(),
    noncurrent_object_count: count(),
    noncurrent_size_bytes: count(),
    folder_count: count(),
    rejected_row_count: count(),
    base_snapshot: z.string().nullable(),
    new_count: count().nullable(),
    modified_count: count().nullable(),
    touched_count: count().nullable(),
    deleted_count: count().nullable(),
    list_requests: count(),
    get_requests: count(),
    bytes_read: count(),
    duration_ms: count(),
    imported_at: time(),
    imported_by: z.string(),
  })
  .openapi('Snapshot')
export type Snapshot = z.output<typeof snapshot>
export const snapshotsQuery = z.object({
  connector: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  format: tableFormat,
})
export const snapshotList = z.object({ snapshots: z.array(snapshot) }).openapi('SnapshotList')
export type SnapshotList = z.output<typeof snapshotList>

const pairQuery = {
  from: z.string().optional().describe('a snapshot; the base of `to` unless given'),
  to: z.string().optional().describe('a snapshot; the newest unless given'),
  prefix: z.string().default('').describe('what the keys start with'),
}
export const changesQuery = z.object({
  ...pairQuery,
  change: z.enum(['new', 'modified', 'deleted', 'touched']).optional(),
  ...pageQuery,
  format: tableFormat,
})
export type ChangesQuery = z.output<typeof changesQuery>
export const change = z
  .object({
    key: z.string(),
    change: z.enum(['new', 'modified', 'deleted', 'touched']),
    size_before: count().nullable(),
    size_after: count().nullable(),
    last_modified_before: time().nullable(),
    last_modified_after: time().nullable(),
    storage_class_before: z.string().nullable(),
    storage_class_after: z.string().nullable(),
    e_tag_before: z.string().nullable(),
    e_tag_after: z.string().nullable(),
  })
  .openapi('Change')
export type Change = z.output<typeof change>

export const changeTotals = z
  .object({
    new_count: count(),
    new_size_bytes: count().nullable(),
    modified_count: count(),
    modified_size_change: count().nullable(),
    deleted_count: count(),
    deleted_size_bytes: count().nullable(),
    touched_count: count(),
  })
  .openapi('ChangeTotals')
export const changePage = z
  .object({ from: z.string(), to: shownSnapshot, changes: z.array(change), next: next() })
  .openapi('ChangePage')
export type ChangePage = z.output<typeof changePage>

export const changeFoldersQuery = z.object({
  ...pairQuery,
  depth: z.coerce.number().int().min(1).max(20).default(1),
  format: tableFormat,
})
export const changeFolder = z
  .object({
    path: z.string(),
    new_count: count(),
    modified_count: count(),
    deleted_count: count(),
    touched_count: count(),
    size_change: count().nullable(),
    mostly_in: z.string().nullable(),
    mostly_in_share: z.number().nullable(),
  })
  .openapi('ChangeFolder')
/** The delta: its sums, by folder, and folders that lost objects for no reason to be seen. */
export const changeSummary = z
  .object({
    from: z.string(),
    to: shownSnapshot,
    totals: changeTotals,
    folders: z.array(changeFolder).describe('by path, the one that all changes lie in first'),
    is_cut: z.boolean().describe('whether these are only the folders with the most changes; a file has all of them'),
    vanished: z.array(
      z.object({ path: z.string(), deleted_count: count(), deleted_size_bytes: count(), remaining_count: count() }),
    ),
    notices: z.array(z.string()).describe('what to bear in mind: malformed rows left out, columns that a report lacks'),
  })
  .openapi('ChangeSummary')
export type ChangeSummary = z.output<typeof changeSummary>

export const columnKind = z.enum(['bytes', 'count', 'share', 'duration', 'usd', 'time', 'text'])
export const resultColumn = z.object({
  name: z.string(),
  title: z.string().describe('for people'),
  kind: columnKind.describe('how people see its values'),
  type: z.string().describe("the engine's own name of the type"),
})
const rows = () => z.array(z.array(jsonValue())).describe('values in the order of the columns')

export const reportInfo = z
  .object({
    name: z.string(),
    question: z.string(),
    params: z.array(z.object({ name: z.string(), type: z.string(), default: jsonValue() })),
    is_own: z.boolean().describe("whether it is a person's own, beside stocktake.yaml"),
    takes_collection: z.boolean(),
  })
  .openapi('ReportInfo')
export const reportList = z.object({ reports: z.array(reportInfo) }).openapi('ReportList')
export type ReportList = z.output<typeof reportList>
export const reportQuery = z.object({
  connector: z.string().optional().describe('all connectors unless given'),
  collection: z.string().optional().describe('GUID or name: the report is of its files alone'),
  param: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform(value => [value ?? []].flat())
    .describe('name=value, once for each'),
  format: tableFormat,
})
export const reportAnswer = z
  .object({
    name: z.string(),
    question: z.string(),
    columns: z.array(resultColumn),
    rows: rows(),
    chart: z.object({ kind: z.string(), columns: z.array(z.string()) }).nullable(),
    none: z.string().nullable().describe('what to say where there are no rows'),
    notices: z.array(z.string()).describe('what to bear in mind: samples, stale snapshots'),
    snapshots: z.array(shownSnapshot).describe('that the rows are of'),
    list_requests: count().describe('LIST requests that answering took: 0, as it reads what is cached'),
    sql: z.string(),
    is_cut: z.boolean().describe('whether there are more rows than these'),
  })
  .openapi('ReportAnswer')
export type ReportAnswer = z.output<typeof reportAnswer>

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

export const sqlRequest = z
  .object({
    sql: z.string().min(1).max(100_000).describe('one SELECT'),
    limit: z.int().min(1).max(10_000).default(1000).describe('rows; CSV has up to a million'),
    format: z.enum(['rows', 'csv']).default('rows'),
  })
  .openapi('SqlRequest', { example: { sql: 'select connector, snapshot, object_count from snapshots', limit: 100 } })
export const sqlAnswer = z
  .object({
    columns: z.array(resultColumn),
    rows: rows(),
    is_cut: z.boolean().describe('whether there are more rows than these'),
    duration_ms: z.number(),
  })
  .openapi('SqlAnswer')
export type SqlAnswer = z.output<typeof sqlAnswer>
export const viewList = z
  .object({ views: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })) })
  .openapi('ViewList')
export type ViewList = z.output<typeof viewList>

/** What the page shows first. */
export const overview = z
  .object({
    lake: z.string(),
    version: z.string(),
    now: time(),
    connectors: z.array(
      z.object({
        guid: z.string(),
        name: z.string(),
        latest: shownSnapshot.nullable(),
        object_count: count().nullable(),
        total_size_bytes: count().nullable(),
        noncurrent_size_bytes: count().nullable(),
        new_count: count().nullable(),
        modified_count: count().nullable(),
        deleted_count: count().nullable(),
        listing_cost_usd: z.number().nullable().describe('what listing the bucket would have cost'),
        request_cost_usd: z.number().nullable().describe('what its requests cost'),
      }),
    ),
    gaps: gapPage.shape.counts.nullable(),
    collection_count: count(),
    jobs: z.object({ running: count(), waiting: count(), failed: count().describe('in the last day') }),
    daemon: z.object({ seen_at: time().nullable(), is_running: z.boolean() }),
    attention: z
      .array(z.object({ level: z.enum(['warn', 'error']), text: z.string(), href: z.string().describe('on the page') }))
      .describe('what needs a person, the most urgent first'),
  })
  .openapi('Overview')
export type Overview = z.output<typeof overview>

/** Who asks. */
export const session = z
  .object({
    role: z.enum(['read', 'operate']).nullable().describe('NULL where a token is needed and none was given'),
    name: z.string().nullable().describe("the token's"),
    needs_token: z.boolean(),
  })
  .openapi('Session')
export type Session = z.output<typeof session>
export const login = z.object({ token: z.string().min(1).max(200) }).openapi('Login')
