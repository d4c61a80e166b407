import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { StocktakeError } from '../errors.js'
import { loadModel } from '../models/model.js'
import type { FoundSnapshot } from '../snapshot/findSnapshot.js'
import type { Receipt } from '../snapshot/receipts.js'
import { formatReport } from '../snapshot/report.js'
import { type FolderIndex, openFolderIndex } from './folderIndex.js'
import type { LakeReader } from './lakeReader.js'
import { makePlaceTable, PlaceRuns } from './placeTable.js'
import { makeFolderViews, selectFolderViews } from './shownFolders.js'

/** Two folders have the same place: such a snapshot has no index. */
export class SamePlaceError extends StocktakeError {}

/** Places are numbers below it. */
const MOST_PLACES = 2 ** 53

/** Lines that are made at once: 3 MB. */
const PART_ROWS = 8192

export interface BuildEffects {
  readonly reader: LakeReader
  /** Ends it. */
  readonly signal: AbortSignal
  /** Asked for before each step, which takes a fraction of a second: resolves when nobody waits for anything else. */
  readonly idle: () => Promise<void>
  /** Folders of a step, about. */
  readonly stepRows: number
}

/**
 * Makes the index of a snapshot's folders, in the engine's temporary folder. A million folders take some five seconds, and
 * 550 MB of disk.
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
      const [path = '', , linesPath = ''] = files
      lines = await open(linesPath, 'wx+', 0o600)
      await makeFolderViews(await selectFolderViews(found, effects), effects.engine)
      const building = { found, engine: effects.engine, database: quoteIdentifier(name), idle, stepRows }
      await building.engine.run(`attach ${quoteString(path)} as ${building.database}`)
      const offsets = await writeFolders(lines, building)
      const parts = await readOrder(offsets.length - 1, building)
      return openFolderIndex({ reader, database: name, files, lines, offsets, ...parts })
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

interface Building extends Pick<BuildEffects, 'idle' | 'stepRows'> {
  readonly found: FoundSnapshot
  /** Its session has the views of the folders, and room for tables. */
  readonly engine: Engine
  /** Quoted. */
  readonly database: string
}

/**
 * Writes the lines, and the table `folder_index`, both in the order of the paths: so each step reads a range of the lake's
 * files, which are sorted by path, too.
 * @returns where each line begins, and the last one ends
 */
async function writeFolders(file: FileHandle, building: Building): Promise<Float64Array> {
  const { found, engine, database, idle } = building
  const { receipt, base } = found
  const offsets = new Float64Array(foldersOf(receipt) + foldersOf(base) + 1)
  const flags = { has_base: base !== undefined, has_changes: receipt.base_snapshot !== null }
  await idle()
  await engine.run(`create table ${database}.changes_below as ${formatModel('changes_below')}`)
  await engine.run(`create view changes_below as from ${database}.changes_below`)
  const bounds = await findBounds(building)
  let count = 0
  for (const [i, path_from] of bounds.entries()) {
    await idle()
    const params = { ...flags, path_from, path_to: bounds[i + 1] ?? null, first: BigInt(count) }
    await engine.run(`create or replace table folder_step as ${formatModel('folder_step', params)}`)
    await engine.run(intoTable(`${database}.folder_index`, i, formatModel('folder_index')))
    const [counted] = await engine.rows('select count(*) as n from folder_step')
    const end = count + Number(counted?.n)
    if (end >= offsets.length) throw new Error('there are more folders than the receipts say')
    for (; count < end; count = Math.min(count + PART_ROWS, end)) {
      await idle()
      await writeLines(file, { first: count, end: Math.min(count + PART_ROWS, end) }, offsets, engine)
    }
  }
  await engine.run('drop table folder_step')
  await engine.run(`drop table ${database}.changes_below`)
  return offsets.slice(0, count + 1)
}

/** With the root, which isn't counted. */
const foldersOf = (receipt: Receipt | undefined): number => Number(receipt?.folder_count ?? 0) + 1

/** Where the ranges of paths begin, the first one at the root. */
async function findBounds({ found, engine, idle, stepRows }: Building): Promise<string[]> {
  const steps = Math.ceil(Math.max(foldersOf(found.receipt), foldersOf(found.base)) / stepRows)
  if (steps === 1) return ['']
  await idle()
  const paths = (await engine.rows(formatModel('folder_bounds'))).map(({ path }) => String(path))
  const bounds = Array.from({ length: steps }, (_, i) => (i === 0 ? '' : paths[Math.floor((i / steps) * paths.length)]))
  return [...new Set(bounds.filter(path => path !== undefined))]
}

/** @param offsets filled in after the last one known */
async function writeLines(
  file: FileHandle,
  { first, end }: { readonly first: number; readonly end: number },
  offsets: Float64Array,
  engine: Engine,
): Promise<void> {
  const [part] = await engine.rows(formatModel('folder_lines', { first: BigInt(first), end: BigInt(end) }))
  const { lines, lengths } = part as unknown as LinesPart
  for (const [i, length] of lengths.entries()) offsets[first + i + 1] = (offsets[first + i] ?? 0) + length
  await file.writeFile(lines)
}

/** The row of the model `folder_lines`. */
interface LinesPart {
  readonly lines: Uint8Array
  readonly lengths: readonly number[]
}

/** @throws {SamePlaceError} */
async function readOrder(count: number, building: Building) {
  const { engine, idle } = building
  await sortFolders(count, building)
  const order = new Uint32Array(count)
  const rows = makePlaceTable(count)
  const runs = new PlaceRuns()
  for (let first = 0; first < count; first += PART_ROWS) {
    await idle()
    const params = { first: BigInt(first), end: BigInt(first + PART_ROWS) }
    const [found] = await engine.rows(formatModel('folder_order_part', params))
    const part = found as unknown as OrderPart
    for (const [i, row] of part.rows.entries()) {
      order[first + i] = row
      if (!rows.add(part.places[i] ?? 0, row))
        throw new SamePlaceError({ subject: 'index of folders', got: 'two folders of one place' })
      runs.add(part.parent_places[i] ?? 0)
    }
  }
  await engine.run('drop table folder_order')
  const { childrenOf, groups } = runs.finish()
  const folderCounts = new Uint32Array(count)
  for (const { place, count: folders } of groups()) {
    const row = rows.find(place)
    if (row !== undefined) folderCounts[row] = folders
  }
  return { order, rows, childrenOf, folderCounts }
}

/** The row of the model `folder_order_part`. */
interface OrderPart {
  readonly rows: readonly number[]
  readonly places: readonly number[]
  readonly parent_places: readonly number[]
}

/** Makes the table `folder_order`. */
async function sortFolders(count: number, { engine, database, idle, stepRows }: Building): Promise<void> {
  await engine.run(`use ${database}`)
  const parts = Math.max(1, Math.ceil(count / stepRows / NARROW))
  const placeOf = (part: number): number => (part === 0 ? -1 : Math.floor((part / parts) * MOST_PLACES))
  for (let part = 0, first = 0; part < parts; part++) {
    await idle()
    const params = { place_from: placeOf(part), place_to: placeOf(part + 1), first: BigInt(first) }
    await engine.run(intoTable('folder_order', part, formatModel('folder_order', params)))
    const [counted] = await engine.rows('select count(*) as n from folder_order')
    first = Number(counted?.n)
  }
}

/** So many times more rows are sorted at once, as they are few numbers each. */
const NARROW = 4

const intoTable = (table: string, step: number, select: string): string =>
  step === 0 ? `create table ${table} as ${select}` : `insert into ${table} ${select}`

const formatModel = (name: string, params: Params = {}): string =>
  formatReport({ model: loadModel(`page/${name}`, 'duckdb'), params })
