import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { compareCodePoints } from '../codePoints.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { toFileSystemError } from '../errors.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles, resolveFile } from '../iceberg/plan.js'
import { S3Store } from '../lake/s3Store.js'
import { streamRanges } from '../lake/streamRanges.js'
import {
  absentColumns,
  type CompactEffects,
  type FileSet,
  hashRows,
  MOST_ROWS,
  ROW_GROUP_ROWS,
  type RowsHash,
  replaceBy,
  requireSameRows,
} from './compactFiles.js'
import { IMPORT_ORDER } from './compactImport.js'
import { locateFiles, ofImport, stageDataFile } from './dataFiles.js'
import { type KeyBlock, readKeyBlocks } from './keyBlocks.js'
import { listReceipts, type Receipt } from './receipts.js'
import { splitByKey } from './splitByKey.js'

/** What became of the files of imports that other engines made. */
export interface Resorted {
  readonly imports: number
  readonly filesBefore: number
  readonly filesAfter: number
  /** Of the files that were sorted anew. */
  readonly bytes: number
}

/**
 * Sorts imports anew that engines elsewhere wrote: each of their writers sorts its own file, at best, so that all files hold
 * keys of all ranges, and who reads a folder or compares a range opens all of them; and a row group may be larger than what
 * a reader's memory holds. What comes of it is what an import here writes: files of disjoint ranges, sorted by key, in small row groups.
 *
 * Rows of an import stay its own. An import's table is one commit, which counts only if all of its files are still there; that the
 * rows are the same is told by a hash of them. Memory is bounded; a copy of the import, and its rows unsorted, are in the engine's
 * temporary folder meanwhile.
 *
 * @throws {RowsLostError} if they aren't; the table is as it was
 */
export async function resortImports(
  { dryRun }: { readonly dryRun: boolean },
  effects: CompactEffects,
): Promise<Resorted> {
  const imports = new Set<string>()
  let [filesBefore, filesAfter, bytes] = [0, 0, 0]
  const receipts = (await listReceipts(effects)).filter(isOfAnother)
  for (const [spec, column] of IMPORT_ORDER)
    for (const receipt of receipts) {
      effects.signal.throwIfAborted()
      const table = await effects.catalog.load(spec.name)
      if (!table) continue
      const partition = partitionOf(receipt)
      const predicates = ofImport(partition)
      const files = await planFiles(table, predicates)
      const set: FileSet = { table, files, partition, predicates, column, isDisjoint: true }
      if (!(await needsSorting(set, effects))) continue
      const made = dryRun ? Math.ceil(rowsOf(files) / MOST_ROWS) : await resortFiles(set, effects)
      if (made === undefined) continue
      imports.add(receipt.import_id)
      filesBefore += files.length
      filesAfter += made
      bytes += files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0)
    }
  return { imports: imports.size, filesBefore, filesAfter, bytes }
}

const isOfAnother = ({ engine }: Receipt): boolean => engine === 'trino' || engine === 'athena'

const partitionOf = ({ connector, dt, import_id }: Receipt) => ({ connector, dt, import_id })

const rowsOf = (files: readonly DataFile[]): number => files.reduce((sum, { recordCount }) => sum + recordCount, 0)

/** Files that were sorted anew are not looked into again, nor is a small one alone. */
async function needsSorting({ table, files, column }: FileSet, { engine }: CompactEffects): Promise<boolean> {
  if (files.length === 0 || files.every(({ path }) => OWN.test(path))) return false
  if (files.length === 1 && rowsOf(files) <= MOST_ROWS) return false
  const blocks = await readKeyBlocks(locateFiles(table, files), engine, column)
  return blocks.some(({ rows }) => rows > MOST_BLOCK_ROWS) || overlap(blocks)
}

/** The names of files that this program has put in the place of others. */
const OWN = /\/(sorted|merged)-[^/]+\.parquet$/

/** More rows than that in a row group are too many for a reader with little memory. */
const MOST_BLOCK_ROWS = 4 * ROW_GROUP_ROWS

/** Whether a file begins before another one ends. @param blocks in the order of their least keys */
function overlap(blocks: readonly KeyBlock[]): boolean {
  const ends = new Map<string, string | undefined>()
  for (const { path, greatest } of blocks) {
    const end = ends.get(path)
    if (!ends.has(path) || greatest === undefined || (end !== undefined && compareCodePoints(greatest, end) > 0))
      ends.set(path, greatest)
  }
  let last: { readonly path: string; readonly end: string | undefined } | undefined
  for (const { path, least } of blocks) {
    if (last && last.path !== path && (last.end === undefined || compareCodePoints(least, last.end) <= 0)) return true
    last = { path, end: ends.get(path) }
  }
  return false
}

/** @returns how many files there are now; nothing where others have taken some of the old ones away */
async function resortFiles(set: FileSet, effects: CompactEffects): Promise<number | undefined> {
  const { table, files, partition, column } = set
  const { engine } = effects
  const schema = currentSchema(table.metadata)
  const name = quoteIdentifier(column)
  let made = 0
  const counts = await replaceBy(set, files, effects, async function* (folder) {
    const paths = await copyFiles(set, folder, effects)
    const source = selectFiles(schema, paths)
    const before = await hashRows(table, source, engine)
    let after: RowsHash = { rows: 0n, xor: 0n, sum: 0n }
    const unsorted = {
      select: column === 'key' ? source : `select *, ${name} as key from (${source})`,
      columns: schema.fields.map(field => field.name),
      rows: rowsOf(files),
    }
    for await (const piece of splitByKey(unsorted, MOST_ROWS, join(folder, 'split'), engine)) {
      effects.signal.throwIfAborted()
      const path = join(folder, 'sorted.parquet')
      const facts = await writeParquetFile(engine, {
        select: `select * from ${piece} order by ${name} nulls first`,
        ...{ path, schema, constants: constantsOf(partition), absent: absentColumns(schema, files) },
        rowGroupRows: ROW_GROUP_ROWS,
      })
      const { rows, xor, sum } = await hashRows(table, selectFiles(schema, [path]), engine)
      after = { rows: after.rows + rows, xor: after.xor ^ xor, sum: after.sum + sum }
      made++
      yield await stageDataFile(table, `sorted-${randomUUID()}.parquet`, { path, facts }, partition)
    }
    requireSameRows(`table ${table.name}, ${files.length} files of an import sorted anew`, before, after)
  })
  return counts ? made : undefined
}

/** Of the partition's columns those that are texts. */
function constantsOf({ connector, import_id }: FileSet['partition']): Record<string, string> {
  return { ...(connector !== undefined && { connector }), ...(import_id !== undefined && { import_id }) }
}

/** Files on S3 are copied: what stands together in them may be larger than the memory into which DuckDB would read it from there. */
async function copyFiles({ table, files }: FileSet, folder: string, { signal }: CompactEffects): Promise<string[]> {
  const paths: string[] = []
  for (const [i, file] of files.entries()) {
    const key = resolveFile(table, file.path)
    if (!(table.store instanceof S3Store)) {
      paths.push(table.store.locate(key))
      continue
    }
    const path = join(folder, `copy-${i}.parquet`)
    const bytes = streamRanges(table.store, key, file.fileSizeBytes)
    await pipeline(bytes, createWriteStream(path), { signal }).catch(error => {
      throw toFileSystemError(error, path)
    })
    paths.push(path)
  }
  return paths
}
