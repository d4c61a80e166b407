import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
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

/** Lines that are made at once: 1 MB. */
const PART_ROWS = 2048

/**
 * Makes the index of a snapshot's folders, in the engine's temporary folder. A million folders take some ten seconds, and
 * 600 MB of disk.
 * @param name of its files, and of the engine's database; nobody else's
 */
export async function buildFolderIndex(
  found: FoundSnapshot,
  name: string,
  reader: LakeReader,
  signal: AbortSignal,
): Promise<FolderIndex> {
  let files: string[] = []
  let lines: FileHandle | undefined
  try {
    return await reader.read(async effects => {
      const { tempFolder } = effects.engine
      files = ['db', 'db.wal', 'lines'].map(ending => join(tempFolder, `${name}.${ending}`))
      const [database = '', , linesPath = ''] = files
      await makeTables(found, { name, path: database }, effects)
      lines = await open(linesPath, 'wx+', 0o600)
      const parts = await writeLines(lines, effects.engine)
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

/** In a file, as they are more than memory: steps that each hold little. */
async function makeTables(
  found: FoundSnapshot,
  { name, path }: { readonly name: string; readonly path: string },
  effects: LakeEffects,
): Promise<void> {
  const { engine } = effects
  const has_base = found.base !== undefined
  const has_changes = found.receipt.base_snapshot !== null
  await makeFolderViews(await selectFolderViews(found, effects), engine)
  await engine.run(`attach ${quoteString(path)} as ${quoteIdentifier(name)}`)
  const make = async (table: string, params: Readonly<Record<string, boolean>>): Promise<void> => {
    const select = formatReport({ model: loadModel(`page/${table}`, 'duckdb'), params })
    await engine.run(`create table ${quoteIdentifier(name)}.${table} as ${select}`)
  }
  const drop = (table: string) => engine.run(`drop table ${quoteIdentifier(name)}.${table}`)
  await make('folder_pairs', { has_base })
  await make('changes_below', {})
  await engine.run(`create view folder_pairs as from ${quoteIdentifier(name)}.folder_pairs`)
  await engine.run(`create view changes_below as from ${quoteIdentifier(name)}.changes_below`)
  await make('folder_index', { has_base, has_changes })
  await drop('folder_pairs')
  await drop('changes_below')
  await engine.run(`use ${quoteIdentifier(name)}`)
}

/** @param engine whose database has the table `folder_index` */
async function writeLines(file: FileHandle, engine: Engine) {
  const [counted] = await engine.rows('select count(*) as n from folder_index')
  const count = Number(counted?.n)
  const offsets = new Float64Array(count + 1)
  const rows = makePlaceTable(count)
  const runs = new PlaceRuns()
  const model = loadModel('page/folder_lines', 'duckdb')
  for (let first = 0; first < count; first += PART_ROWS) {
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
