import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compareCodePoints } from '../codePoints.js'
import type { Engine, Row } from '../engine/engine.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { CommitConflictError, type Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { type Predicate, planFiles, resolveFile } from '../iceberg/plan.js'
import type { Schema } from '../iceberg/schema.js'
import { locateFiles, requireStaged, stageDataFile } from './dataFiles.js'
import type { LakeEffects } from './lakeTables.js'
import { RowsLostError } from './partitionRows.js'

/** Files of a table that may be merged with each other. */
export interface FileSet {
  readonly table: Table
  readonly files: readonly DataFile[]
  /** What all of them are in. */
  readonly partition: Readonly<Record<string, string>>
  /** Which only they meet. */
  readonly predicates: readonly Predicate[]
  /** What the rows of each are sorted by. */
  readonly column: string
  /** Whether no two of them hold rows of the same range, and none may come to. */
  readonly isDisjoint: boolean
}

export interface CompactEffects extends LakeEffects {
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** What became of small files: of those that were left alone nothing is told. */
export interface CompactedFiles {
  readonly filesBefore: number
  readonly filesAfter: number
  /** Of the files that were merged. */
  readonly bytes: number
}

/** A file that others were merged into has no more than that: a sort of so many rows needs little memory. */
export const MOST_ROWS = 250_000
export const MOST_BYTES = 32 * 1024 * 1024

/**
 * Merges small files that follow each other into few, in one commit, which counts only if all of them are still there.
 * @throws {RowsLostError} if a file's rows aren't those of the files that it was made of; the table is as it was
 */
export async function compactFiles(
  set: FileSet,
  options: { readonly dryRun: boolean; readonly smallBytes: number; readonly least: number },
  effects: CompactEffects,
): Promise<CompactedFiles> {
  const isSmall = (file: DataFile): boolean =>
    isFarSmaller(file, options.smallBytes) && file.specId === set.table.metadata['default-spec-id']
  if (set.files.filter(isSmall).length < Math.max(2, options.least)) return NOTHING
  const ranges = await readRanges(set, effects.engine)
  if (!ranges) return NOTHING
  const groups = planGroups(ranges, isSmall)
  const old = groups.flat()
  if (old.length < options.least || groups.length === 0) return NOTHING
  const planned = {
    filesBefore: old.length,
    filesAfter: groups.length,
    bytes: old.reduce((sum, file) => sum + file.fileSizeBytes, 0),
  }
  if (options.dryRun) return planned
  return (await replaceFiles(set, groups, effects)) ? planned : NOTHING
}

/** Whether a file has so few bytes, and leaves room for another one like it. */
export const isFarSmaller = ({ fileSizeBytes, recordCount }: DataFile, smallBytes: number): boolean =>
  fileSizeBytes < Math.min(smallBytes, MOST_BYTES) && recordCount <= MOST_ROWS / 2

const NOTHING: CompactedFiles = { filesBefore: 0, filesAfter: 0, bytes: 0 }

/** A file, and what its rows begin and end with. */
export interface FileRange {
  readonly file: DataFile
  readonly least: string
  readonly greatest: string
}

/**
 * The files in the order of their rows.
 * @returns nothing where two of them overlap and must not: they can't be told apart by their ends
 */
async function readRanges(
  { table, files, column, isDisjoint }: FileSet,
  engine: Engine,
): Promise<FileRange[] | undefined> {
  const ranges: FileRange[] = []
  const name = quoteIdentifier(column)
  for (const file of files) {
    const rows = selectFiles(currentSchema(table.metadata), locateFiles(table, [file]))
    const [row] = await engine.rows(
      `select min(${name})::varchar as least, max(${name})::varchar as greatest from (${rows})`,
    )
    ranges.push({ file, least: String(row?.least ?? ''), greatest: String(row?.greatest ?? '') })
  }
  ranges.sort((a, b) => compareCodePoints(a.least, b.least) || compareCodePoints(a.greatest, b.greatest))
  const overlaps = ranges.some((range, i) => {
    const next = ranges[i + 1]
    return next !== undefined && compareCodePoints(range.greatest, next.least) >= 0
  })
  return isDisjoint && overlaps ? undefined : ranges
}

/**
 * Chooses which files become one: small ones that follow each other, as many as one may hold.
 * @param ranges in order
 * @returns groups of two and more; of what they become, no two that follow each other would fit into one
 */
export function planGroups(ranges: readonly FileRange[], isSmall: (file: DataFile) => boolean): DataFile[][] {
  const groups: DataFile[][] = []
  let group: DataFile[] = []
  let rows = 0
  let bytes = 0
  for (const { file } of ranges) {
    const fits = rows + file.recordCount <= MOST_ROWS && bytes + file.fileSizeBytes <= MOST_BYTES
    if (!fits || !isSmall(file)) {
      groups.push(group)
      group = []
      rows = bytes = 0
    }
    if (!isSmall(file)) continue
    group.push(file)
    rows += file.recordCount
    bytes += file.fileSizeBytes
  }
  return [...groups, group].filter(({ length }) => length > 1)
}

/** @returns whether the new files count; if not, others have taken some of the old ones away */
const replaceFiles = (
  set: FileSet,
  groups: readonly (readonly DataFile[])[],
  effects: CompactEffects,
): Promise<boolean> =>
  replaceBy(set, groups.flat(), effects, async function* (folder) {
    for (const [i, group] of groups.entries())
      yield mergeFiles(set, group, join(folder, `${i}.parquet`), effects.engine)
  })

/**
 * Puts files in the place of others, in one commit, which counts only if all of those are still there.
 * @param make stages the new files, one after the other; gets a local folder for them, which is removed in the end
 * @returns whether the new files count; if not, others have taken some of the old ones away, and they are removed
 */
export async function replaceBy(
  { table, predicates }: FileSet,
  files: readonly DataFile[],
  effects: CompactEffects,
  make: (folder: string) => AsyncIterable<DataFile>,
): Promise<boolean> {
  const old = new Set(files.map(file => file.path))
  const folder = await mkdtemp(join(effects.engine.tempFolder, 'compact-'))
  const staged: DataFile[] = []
  const since = effects.now()
  let isOpen = false
  let counts = false
  try {
    effects.signal.throwIfAborted()
    for await (const file of make(folder)) {
      staged.push(file)
      effects.signal.throwIfAborted()
    }
    isOpen = true // from here on a commit may name them
    await changeTable(
      effects.catalog,
      table.name,
      async current => {
        const live = new Set((await planFiles(current, predicates)).map(file => file.path))
        counts = [...old].every(path => live.has(path))
        if (counts) await requireStaged(current, staged, since, effects.now())
        return counts ? { operation: 'replace', add: staged, drop: file => old.has(file.path) } : undefined
      },
      effects,
    )
    isOpen = false
    return counts
  } catch (error) {
    if (error instanceof CommitConflictError) isOpen = false
    counts = false
    throw error
  } finally {
    if (!counts && !isOpen)
      for (const { path } of staged) await table.store.remove(resolveFile(table, path)).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Readers must unpack a whole row group. */
export const ROW_GROUP_ROWS = 61_440

async function mergeFiles(
  { table, partition, column }: FileSet,
  files: readonly DataFile[],
  path: string,
  engine: Engine,
): Promise<DataFile> {
  const schema = currentSchema(table.metadata)
  const select = selectFiles(schema, locateFiles(table, files))
  const facts = await writeParquetFile(engine, {
    select: `select * from (${select}) order by ${quoteIdentifier(column)} nulls first`,
    path,
    schema,
    absent: absentColumns(schema, files),
    rowGroupRows: ROW_GROUP_ROWS,
  })
  const before = await hashRows(table, select, engine)
  const after = await hashRows(table, selectFiles(schema, [path]), engine)
  requireSameRows(`table ${table.name}, ${files.length} files merged into one`, before, after)
  return stageDataFile(table, `merged-${randomUUID()}.parquet`, { path, facts }, partition)
}

/** Those that are NULL in every row of the files. */
export function absentColumns({ fields }: Schema, files: readonly DataFile[]): Set<string> {
  const isAbsent = ({ id }: { readonly id: number }): boolean =>
    files.every(file => file.nullValueCounts.get(id) === file.recordCount)
  return new Set(fields.filter(isAbsent).map(({ name }) => name))
}

/** What rows are told by, in whatever order: those of several relations are added up. */
export interface RowsHash {
  readonly rows: bigint
  readonly xor: bigint
  readonly sum: bigint
}

export async function hashRows({ metadata }: Table, select: string, engine: Engine): Promise<RowsHash> {
  const columns = currentSchema(metadata).fields.map(({ name }) => quoteIdentifier(name))
  const hashes = `select hash(${columns.join(', ')}) as h from (${select})`
  const [row]: Row[] = await engine.rows(
    `select count(*) as n, coalesce(bit_xor(h), 0)::varchar as x, coalesce(sum(h::hugeint), 0)::varchar as s from (${hashes})`,
  )
  return { rows: BigInt(String(row?.n)), xor: BigInt(String(row?.x)), sum: BigInt(String(row?.s)) }
}

/** @throws {RowsLostError} */
export function requireSameRows(subject: string, before: RowsHash, after: RowsHash): void {
  const [expected, got] = [before, after].map(({ rows, xor, sum }) => `${rows} ${xor} ${sum}`)
  if (expected === got) return
  throw new RowsLostError({
    subject,
    expected: `rows that hash to ${expected}`,
    ...(got !== undefined && { got }),
    fix: 'run it again; nothing has changed',
  })
}
