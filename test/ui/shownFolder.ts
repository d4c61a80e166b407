import type { Folder } from '../../src/api/folders.js'

/** A folder as the API has it: of a path, with what a test is about. */
export const shownFolder = (path: string, facts: Partial<Folder> = {}): Folder => ({
  guid: `fld_${path}`,
  path,
  name: path.split('/').at(-2) ?? '',
  parent: path.replace(/[^/]*\/$/, ''),
  depth: path.split('/').length - 1,
  object_count: 0,
  total_size_bytes: 0,
  direct_object_count: 0,
  direct_size_bytes: 0,
  noncurrent_object_count: 0,
  noncurrent_size_bytes: 0,
  last_modified: null,
  folder_count: 0,
  change: null,
  new_count: null,
  modified_count: null,
  deleted_count: null,
  object_count_change: null,
  size_change: null,
  collections: [],
  ...facts,
})
