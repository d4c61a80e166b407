import type { Folder, FoldersQuery } from '../api/folders.js'
import type { Engine } from '../engine/engine.js'
import { selectByNames } from '../engine/namedScan.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import type { TableSpec } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles } from '../iceberg/plan.js'
import { bindInputs, loadModel } from '../models/model.js'
import { locateFiles, ofImport } from '../snapshot/dataFiles.js'
import type { FoundSnapshot } from '../snapshot/findSnapshot.js'
import { getFolder } from '../snapshot/folderListing.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import type { Receipt } from '../snapshot/receipts.js'
import { formatReport, type Report } from '../snapshot/report.js'
import { CHANGES, FOLDERS } from '../snapshot/tables.js'
import { loadVouched, type Tables } from '../snapshot/vouched.js'
import type { Answer } from './answer.js'

/** Which folders are wanted: those directly in a folder, or all below it whose path has a text. */
export interface ShownFoldersQuestion extends FoundSnapshot {
  readonly parent: string
  readonly search?: string
  readonly sort: FoldersQuery['sort']
  /** So many are passed over. */
  readonly first: number
  /** How many there are to be; all of them unless given. */
  readonly count?: number
}

/** A row of the model `page/shown_folders`. */
export type ShownFolder = Omit<Answer<Folder>, 'name' | 'collections'>

/** Some of the folders that were asked for, and how many there are in all. */
export interface ShownFolders {
  readonly folders: readonly ShownFolder[]
  readonly total: bigint
}

/** The folders, read from the tables of the lake. @param engine which has the views of {@link makeFolderViews} */
export async function readShownFolders(question: ShownFoldersQuestion, engine: Engine): Promise<ShownFolders> {
  const rows = await engine.rows(formatReport(shownFoldersReport(question)))
  const isPast = rows.length === 0 && question.first > 0 // then no row says how many there are
  const first = isPast ? (await readShownFolders({ ...question, first: 0, count: 1 }, engine)).total : rows[0]?.total
  const folders = rows.map(({ total: _, ...row }) => row as unknown as ShownFolder)
  return { folders, total: BigInt(String(first ?? 0)) }
}

/** One folder, as {@link readShownFolders}; `undefined` where neither the snapshot nor its base has it. */
async function findShownFolder(
  snapshot: FoundSnapshot,
  path: string,
  engine: Engine,
): Promise<ShownFolder | undefined> {
  const { receipt, base } = snapshot // and nothing else that it may have, such as a search
  const question = { receipt, base, parent: path, sort: 'path', first: 0, count: 1 } as const
  const depth = depthOf(path)
  const [row] = await engine.rows(formatReport(reportOf(question, depth, depth)))
  if (!row) return undefined
  const { total: _, ...folder } = row
  return folder as unknown as ShownFolder
}

/** One folder, as {@link readShownFolders}. @throws {NotFoundError} which names the nearest folder above */
export async function requireShownFolder(
  snapshot: FoundSnapshot,
  path: string,
  effects: LakeEffects,
): Promise<ShownFolder> {
  const found = await findShownFolder(snapshot, path, effects.engine)
  if (found) return found
  await getFolder(snapshot.receipt, path, effects) // says which there are
  throw new NotFoundError({ subject: `folder ${JSON.stringify(path)}`, got: 'no such folder' })
}

/** All of the folders, as they come; as {@link readShownFolders}. */
export async function* listShownFolders(question: ShownFoldersQuestion, engine: Engine): AsyncGenerator<ShownFolder> {
  const { rows } = await engine.query(formatReport(shownFoldersReport(question)))
  for await (const { total: _, ...row } of rows) yield row as unknown as ShownFolder
}

/** What a person can run over the lake's views to get the same. */
export function formatShownFolders(question: ShownFoldersQuestion): string {
  const { receipt, base } = question
  const { model, params } = shownFoldersReport(question)
  const sql = bindInputs(model, {
    newer_folders: selectOf('folders', receipt),
    base_folders: base ? selectOf('folders', base) : 'select * from folders where false',
    newer_changes: selectOf('changes', receipt),
  })
  return formatReport({ model: { ...model, sql }, params })
}

const selectOf = (view: string, { connector, dt, snapshot }: Receipt): string => {
  const [name, date, taken] = [connector, dt, snapshot].map(quoteString)
  return `select * from ${view} where connector = ${name} and dt = date ${date} and snapshot = ${taken}`
}

function shownFoldersReport(question: ShownFoldersQuestion): Report {
  const depth = depthOf(question.parent) + 1
  return reportOf(question, depth, question.search === undefined ? depth : DEEPEST)
}

function reportOf(question: ShownFoldersQuestion, depthFrom: number, depthTo: number): Report {
  const { receipt, base, parent, search, sort, first, count } = question
  return {
    model: loadModel('page/shown_folders', 'duckdb'),
    params: {
      has_base: base !== undefined,
      has_changes: receipt.base_snapshot !== null,
      is_itself: depthTo === depthOf(parent),
      path: parent,
      path_end: textAfterPrefix(parent) ?? null,
      depth_from: BigInt(depthFrom),
      depth_to: BigInt(depthTo),
      search: search ?? null,
      sort,
      first: BigInt(first),
      row_count: count === undefined ? null : BigInt(count),
    },
  }
}

/** A key has 1,024 bytes at most. */
const DEEPEST = 1024

const depthOf = (path: string): number => path.split('/').length - 1

/** A SELECT for each relation that the model reads. */
export type FolderViews = Readonly<Record<'newer_folders' | 'base_folders' | 'newer_changes', string>>

/** The SELECTs for a snapshot, its base and its changes; they stay the same as long as the tables do. */
export async function selectFolderViews({ receipt, base }: FoundSnapshot, effects: LakeEffects): Promise<FolderViews> {
  const { receipts, tables } = await loadVouched(base ? [receipt, base] : [receipt], [FOLDERS, CHANGES], effects)
  const [newer = receipt, older] = receipts
  return {
    newer_folders: await selectImport(tables, FOLDERS, newer, effects),
    base_folders: await selectImport(tables, FOLDERS, older, effects),
    newer_changes: await selectImport(tables, CHANGES, newer, effects),
  }
}

/** Makes views of them: tables, as what a statement names twice it would hold in memory. */
export async function makeFolderViews(views: FolderViews, engine: Engine): Promise<void> {
  for (const [name, select] of Object.entries(views))
    await engine.run(`create or replace view ${quoteIdentifier(name)} as ${select}`)
}

/** By the names that columns have in the files: row groups are left out by their statistics then. */
async function selectImport(
  tables: Tables,
  spec: TableSpec,
  receipt: Receipt | undefined,
  { engine }: LakeEffects,
): Promise<string> {
  const table = tables.get(spec.name)
  if (!table || !receipt) return selectFiles(spec.schema, [])
  const files = locateFiles(table, await planFiles(table, ofImport(receipt)))
  return selectByNames(currentSchema(table.metadata), files, engine)
}
