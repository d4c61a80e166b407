import { z } from '@hono/zod-openapi'
import { count, tableFormat, time } from './shapes.js'

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
