import type { Row } from '../engine/engine.js'
import { NotFoundError } from '../errors.js'
import { findSuggestion } from '../output/suggestion.js'
import type { FoundSnapshot } from './findSnapshot.js'
import type { LakeEffects } from './lakeTables.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { loadReport, type Report, runReport } from './report.js'
import { FOLDERS } from './tables.js'
import { loadVouched, selectVouched } from './vouched.js'

export const FOLDER_SORTS = ['bytes', 'objects', 'modified', 'path'] as const

export type FolderSort = (typeof FOLDER_SORTS)[number]

export interface FolderQuestion extends FoundSnapshot {
  /** As {@link folderPath} gives it. */
  readonly path: string
  /** How many levels below it: 1 for its own folders only. */
  readonly depth: number
  readonly sort: FolderSort
}

/** A row of the model `folders`: the view's columns, and what changed since the base. */
export interface FolderRow {
  readonly guid: string
  readonly path: string
  readonly parent: string
  readonly depth: bigint
  readonly object_count: bigint
  readonly total_size_bytes: bigint
  readonly direct_object_count: bigint
  readonly direct_size_bytes: bigint
  readonly noncurrent_object_count: bigint
  readonly noncurrent_size_bytes: bigint
  readonly delete_marker_count: bigint
  readonly last_modified: Date | null
  readonly discovered_at: Date
  /** NULL without a base. */
  readonly object_count_change: bigint | null
  readonly size_change: bigint | null
}

/** A row of the view `folders`, as far as it is used here. */
export type StoredFolder = Omit<FolderRow, 'object_count_change' | 'size_change'>

/** A folder's path as the lake has it: with a slash at its end, and empty for the root. */
export const folderPath = (typed: string): string => (typed === '' || typed.endsWith('/') ? typed : `${typed}/`)

/** The folders below a folder. */
export function foldersReport({ receipt, base, path, depth, sort }: FolderQuestion): Report {
  const at = depthOf(path)
  return loadReport('folders', {
    connector: receipt.connector,
    dt: receipt.dt,
    snapshot: receipt.snapshot,
    base_dt: base?.dt ?? null,
    base_snapshot: base?.snapshot ?? null,
    path,
    path_end: textAfterPrefix(path) ?? null,
    depth_from: at + 1,
    depth_to: at + depth,
    sort,
  })
}

/** Runs {@link foldersReport} over the files that may hold such folders. */
export async function listFolders(question: FolderQuestion, effects: LakeEffects): Promise<AsyncIterable<FolderRow>> {
  const { receipt, base, path } = question
  const { receipts, tables } = await loadVouched(base ? [receipt, base] : [receipt], [FOLDERS], effects)
  const selects = []
  for (const each of receipts)
    selects.push(await selectVouched(tables, FOLDERS, each, [{ column: 'path', op: 'starts-with', value: path }]))
  const { rows } = await runReport(foldersReport(question), { folders: selects.join(' union all ') }, effects.engine)
  return rows as AsyncIterable<Row> as AsyncIterable<FolderRow>
}

/** The row of one folder, by the view's columns. */
export async function findFolder(
  receipt: Receipt,
  path: string,
  effects: LakeEffects,
): Promise<StoredFolder | undefined> {
  const { receipts, tables } = await loadVouched([receipt], [FOLDERS], effects)
  const select = await selectVouched(tables, FOLDERS, receipts[0] ?? receipt, [
    { column: 'path', op: '=', value: path },
  ])
  const [row] = await effects.engine.rows(`select * from (${select}) where path = $path`, { path })
  return row && (row as unknown as StoredFolder)
}

/** As {@link findFolder}. @throws {NotFoundError} which names the nearest folder above, and a likely one in it */
export async function getFolder(receipt: Receipt, path: string, effects: LakeEffects): Promise<StoredFolder> {
  const found = await findFolder(receipt, path, effects)
  if (found) return found
  const { connector, snapshot } = receipt
  const subject = `${connector} ${snapshot}, folder ${JSON.stringify(path)}`
  throw new NotFoundError({ subject, got: 'no such folder', fix: await suggestFolder(receipt, path, effects) })
}

/** Where a folder is, those above it are, too: a key has room for hundreds. */
async function suggestFolder(receipt: Receipt, path: string, effects: LakeEffects): Promise<string> {
  const names = path.split('/').filter(name => name !== '') // a slash too many, too
  const first = (count: number) =>
    names
      .slice(0, count)
      .map(name => `${name}/`)
      .join('')
  let there = 0
  for (let absent = names.length + 1; absent - there > 1; ) {
    const middle = Math.floor((there + absent) / 2)
    if (await findFolder(receipt, first(middle), effects)) there = middle
    else absent = middle
  }
  const parent = first(there)
  const name = names[there]
  if (name !== undefined) return suggestIn(receipt, parent, name, effects)
  return parent === '' ? 'the root has no name: leave it out' : `did you mean ${parent}?`
}

async function suggestIn(receipt: Receipt, parent: string, name: string, effects: LakeEffects): Promise<string> {
  const known: string[] = []
  for await (const { path } of await listFolders({ receipt, path: parent, depth: 1, sort: 'bytes' }, effects))
    known.push(path.slice(parent.length, -1))
  const likely = findSuggestion(name, known)
  if (likely !== undefined) return `did you mean ${parent}${likely}/?`
  if (parent !== '') return `the nearest folder there is ${parent}`
  return known.length === 0
    ? 'it has no folders'
    : `there are ${known
        .slice(0, 5)
        .map(each => `${each}/`)
        .join(', ')}${known.length > 5 ? ', …' : ''}`
}

const depthOf = (path: string): number => path.split('/').length - 1
