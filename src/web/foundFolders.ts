import type { Engine, Params } from '../engine/engine.js'
import { loadModel } from '../models/model.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import { formatReport } from '../snapshot/report.js'
import { folderGuid } from './folderGuid.js'
import type { ShownFolder, ShownFolders, ShownFoldersQuestion } from './shownFolders.js'

// A search of a snapshot's folders in the tables of the lake, where each column is read only for as many folders as it has to
// be: the paths of all of them, what they are sorted by, and of those on the page the rest.

/**
 * The folders below one that have a text in their path, as `readShownFolders` would give them.
 * @param engine which has the views of `makeFolderViews`, and the table of {@link makeGoneFolders}
 */
export async function readFoundFolders(
  question: ShownFoldersQuestion & { readonly search: string },
  engine: Engine,
): Promise<ShownFolders> {
  const { receipt, base, parent, search, sort, first, count } = question
  const below = { path: parent, path_end: textAfterPrefix(parent) ?? null, search }
  const flags = { has_base: base !== undefined, has_changes: receipt.base_snapshot !== null }
  const page = { sort, first: BigInt(first), row_count: count === undefined ? null : BigInt(count) }
  await engine.run(
    `create or replace table found_paths as ${formatModel('found_paths', { ...below, ...flags, ...page })}`,
  )
  const rows = await engine.rows(formatModel('found_folders', flags))
  const folders = rows.map(row => ({ guid: folderGuid(receipt.connector, String(row.path)), ...row }))
  const isAll = first === 0 && count !== undefined && rows.length < count
  const [counted] = isAll ? [] : await engine.rows(formatModel('found_count', below))
  return {
    folders: folders as unknown as readonly ShownFolder[],
    total: BigInt(String(counted?.total ?? rows.length)),
  }
}

/** Makes the table `gone_folders`. @returns how many it has */
export async function makeGoneFolders(engine: Engine): Promise<number> {
  await engine.run(`create table gone_folders as ${formatModel('gone_folders')}`)
  const [counted] = await engine.rows('select count(*) as n from gone_folders')
  return Number(counted?.n)
}

/** Makes it without a row, where it is known that nothing is gone. */
export const makeNoneGone = (engine: Engine): Promise<void> =>
  engine.run('create table gone_folders (path varchar, parent varchar)')

const formatModel = (name: string, params: Params = {}): string =>
  formatReport({ model: loadModel(`page/${name}`, 'duckdb'), params })
