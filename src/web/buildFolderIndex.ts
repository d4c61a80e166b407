import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { StocktakeError } from '../errors.js'
import { loadModel } from '../models/model.js'
import type { FoundSnapshot } from '../snapshot/findSnapshot.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { formatReport } from '../snapshot/report.js'
import { type FolderIndex, openFolderIndex } from './folderIndex.js'
import type { LakeReader } from './lakeReader.js'
import { makePlaceTable, PlaceRuns } from './placeTable.js'
import { makeFolderViews, selectFolderViews } from './shownFolders.js'

/** Two folders have the same place: such a snapshot has no index. */
export class SamePlaceError extends StocktakeError {}

/** Places are numbers below it. */
const MOST_PLACES = 2 ** 53

/** Lines that are made at once: 1 MB. */
const PART_ROWS = 2048

export interface BuildEffects {
  readonly reader: LakeReader
  /** Ends it. */
  readonly signal: AbortSignal
  /** Asked for before each step, which takes a fraction of a second: resolves when nobody waits for anything else. */
  readonly idle: () => Promise<void>
  /** Folders of a step. */
  readonly stepRows: number
}

/**
 * Makes the index of a snapshot's folders, in the engine's temporary folder. A million folders take some ten seconds, and
 * 600 MB of disk.
 * @param name of its files, and of the engine's database; nobody else's
 */
export async function buildFolderIndex(
  found: FoundSnapshot,
  name: string,
  { reader, signal, idle, stepRows }: BuildEffects,
): Promise<FolderIndex> {
  let files: string[] = []
  let lines: FileHandle | undefined
  try {
    return await reader.read(async effects => {
      const { tempFolder } = effects.engine
      files = ['db', 'db.wal', 'lines'].map(ending => join(tempFolder, `${name}.${ending}`))
      const [database = '', , linesPath = ''] = files
      await makeTables(found, { name, path: database, idle, stepRows }, effects)
      lines = await open(linesPath, 'wx+', 0o600)
      const parts = await writeLines(lines, effects.engine, idle)
      return openFolderIndex({ reader, database: name, files, lines, ...parts })
    }, signal)
  } catch (error) {
    await reader
      .readQuick(engine => engine.run(`detach database if exists ${quoteIdentifier(name)}`))
      .catch(() => undefined)
    await lines?.close()
    for (const file of files) await rm(file, { force: true })
    throw error
  }
}

/** In a file, as they are more than memory, and in steps that each hold little. */
async function makeTables(
  found: FoundSnapshot,
  {
    name,
    path,
    idle,
    stepRows,
  }: Pick<BuildEffects, 'idle' | 'stepRows'> & { readonly name: string; readonly path: string },
  effects: LakeEffects,
): Promise<void> {
  const { engine } = effects
  const has_base = found.base !== undefined
  const has_changes = found.receipt.base_snapshot !== null
  await makeFolderViews(await selectFolderViews(found, effects), engine)
  await engine.run(`attach ${quoteString(path)} as ${quoteIdentifier(name)}`)
  const inDatabase = (table: string): string => `${quoteIdentifier(name)}.${table}`
  const parts = Math.ceil((Number(found.receipt.folder_count) + 1) / stepRows)
  /** The table of all steps. */
  const make = async (table: string, steps: readonly Params[]): Promise<void> => {
    const model = loadModel(`page/${table}`, 'duckdb')
    for (const [i, params] of steps.entries()) {
      await idle()
      const select = formatReport({ model, params })
      await engine.run(
        i === 0 ? `create table ${inDatabase(table)} as ${select}` : `insert into ${inDatabase(table)} ${select}`,
      )
    }
  }
  const numbers = Array.from({ length: parts }, (_, part) => part)
  await make(
    'folder_pairs',
    numbers.map(part => ({ has_base, part: BigInt(part), parts: BigInt(parts) })),
  )
  await make('changes_below', [{}])
  await engine.run(`create view folder_pairs as from ${inDatabase('folder_pairs')}`)
  await engine.run(`create view changes_below as from ${inDatabase('changes_below')}`)
  const placeOf = (part: number): number => (part === 0 ? -1 : Math.floor((part / parts) * MOST_PLACES))
  await make(
    'folder_index',
    numbers.map(part => ({ has_base, has_changes, place_from: placeOf(part), place_to: placeOf(part + 1) })),
  )
  await engine.run(`drop table ${inDatabase('folder_pairs')}`)
  await engine.run(`drop table ${inDatabase('changes_below')}`)
  await engine.run(`use ${quoteIdentifier(name)}`)
}

/** @param engine whose database has the table `folder_index` */
async function writeLines(file: FileHandle, engine: Engine, idle: () => Promise<void>) {
  const [counted] = await engine.rows('select count(*) as n from folder_index')
  const count = Number(counted?.n)
  const offsets = new Float64Array(count + 1)
  const rows = makePlaceTable(count)
  const runs = new PlaceRuns()
  const model = loadModel('page/folder_lines', 'duckdb')
  for (let first = 0; first < count; first += PART_ROWS) {
    await idle()
    const params = { first: BigInt(first), end: BigInt(first + PART_ROWS) }
    const [part] = (await engine.rows(formatReport({ model, params }))) as unknown as LinesPart[]
    if (!part) break
    for (const [i, length] of part.lengths.entries()) {
      const row = first + i
      offsets[row + 1] = (offsets[row] ?? 0) + length
      if (!rows.add(part.places[i] ?? 0, row))
        throw new SamePlaceError({ subject: 'index of folders', got: 'two folders of one place' })
      runs.add(part.parent_places[i] ?? 0)
    }
    await file.writeFile(part.lines)
  }
  return { offsets, rows, childrenOf: runs.finish() }
}

/** The row of the model `folder_lines`. */
interface LinesPart {
  readonly lines: Uint8Array
  readonly lengths: readonly number[]
  readonly places: readonly number[]
  readonly parent_places: readonly number[]
}
