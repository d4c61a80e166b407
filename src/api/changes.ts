import { z } from '@hono/zod-openapi'
import { count, next, pageQuery, shownSnapshot, tableFormat, time } from './shapes.js'

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
