import { z } from '@hono/zod-openapi'
import { count, next, pageQuery, shownSnapshot, tableFormat, time } from './shapes.js'

export const FOLDER_SORTS = ['bytes', 'objects', 'modified', 'path', 'size_change', 'new', 'deleted'] as const

export const foldersQuery = z.object({
  parent: z.string().default('').describe('the folder above, with its slash; empty for the root'),
  search: z.string().max(200).optional().describe('all folders below `parent` whose path has this text, in any case'),
  sort: z.enum(FOLDER_SORTS).default('bytes'),
  at: z.string().optional().describe('the snapshot, or its date; the newest unless given'),
  ...pageQuery,
  format: tableFormat,
})
export type FoldersQuery = z.output<typeof foldersQuery>

/** A folder of a snapshot; one that is gone since the base has zeros. Counts are of current objects at any depth below. */
export const folder = z
  .object({
    guid: z.string(),
    path: z.string(),
    name: z.string().describe('its last name, with the slash'),
    parent: z.string(),
    depth: z.int(),
    object_count: count(),
    total_size_bytes: count(),
    direct_object_count: count(),
    direct_size_bytes: count(),
    noncurrent_object_count: count(),
    noncurrent_size_bytes: count(),
    last_modified: time().nullable(),
    folder_count: count().describe('of the folders directly in it; 0 where it cannot be opened'),
    change: z.enum(['new', 'deleted', 'modified']).nullable().describe('of the folder itself, since the base'),
    new_count: count().nullable().describe('objects below it that are new since the base; NULL without a base'),
    modified_count: count().nullable(),
    deleted_count: count().nullable(),
    object_count_change: count().nullable(),
    size_change: count().nullable().describe('bytes'),
    collections: z.array(z.string()).describe('GUIDs of the collections of this very folder'),
  })
  .openapi('Folder')
export type Folder = z.output<typeof folder>

export const folderPage = z
  .object({
    snapshot: shownSnapshot,
    parent: folder.nullable().describe('the folder itself'),
    folders: z.array(folder),
    total: count().describe('how many there are on all pages'),
    newer_scans: z
      .array(z.object({ folder: z.string(), snapshot: z.string(), taken_at: time() }))
      .describe('scans of folders that were made since: what they found is not in these numbers'),
    next: next(),
  })
  .openapi('FolderPage')
export type FolderPage = z.output<typeof folderPage>

export const inventoryStatus = z
  .object({
    connector: z.string(),
    state: z.enum(['never', 'queued', 'running', 'idle', 'failed']),
    job_id: z.string().nullable().describe('of the import that waits or runs'),
    progress: z
      .object({
        phase: z.string(),
        done: count(),
        total: count().nullable(),
        rate: z.number().nullable().describe('of `done`, a second'),
        unit: z.string(),
      })
      .nullable(),
    error: z.string().nullable().describe('of the last import, where it failed'),
    last: shownSnapshot.nullable(),
    last_ended_at: time().nullable(),
    next_due_at: time().nullable().describe('NULL where the schedule is manual, or no daemon was ever there'),
  })
  .openapi('InventoryStatus')
export type InventoryStatus = z.output<typeof inventoryStatus>
