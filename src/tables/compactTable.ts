import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { useTransforms } from '../engine/transformSql.js'
import { NotFoundError } from '../errors.js'
import { type Catalog, CommitConflictError, type Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles, resolveFile } from '../iceberg/plan.js'
import { loadExisting, type UpkeepEffects } from '../iceberg/upkeep.js'
import { requireStaged } from '../snapshot/dataFiles.js'
import { requireSameRows } from './compactedRows.js'
import { partitionColumns } from './fileLayout.js'
import {
  type CompactLimits,
  type FileMeasure,
  findSmallFiles,
  type SmallFiles,
  splitSmallFiles,
} from './planCompaction.js'
import { mostRowsOf, rowBytesSql } from './rowBytes.js'
import { selectTableFiles } from './selectTableRows.js'
import { storeDataFiles } from './storeDataFiles.js'
import { writeDataFiles } from './writeDataFiles.js'

export interface CompactOptions extends CompactLimits {
  /** Nothing is written; the counts are those of what would be, as far as that can be told. */
  readonly dryRun: boolean
}

export interface CompactTableEffects extends UpkeepEffects {
  readonly catalog: Catalog
  readonly engine: Engine
}

/** What became of small files: of those that were left alone nothing is told. */
export interface CompactedTable {
  readonly filesBefore: number
  readonly filesAfter: number
  /** Of the files that were merged. */
  readonly bytes: number
}

/**
 * Writes many small data files of a table anew as few, by its partitions and sorted by its order; small ones of earlier
 * partition specs by the present one. Its rows stay as they are, whatever others do meanwhile: files that an insert adds
 * aren't touched, and what somebody else took out or set back is left to them.
 *
 * @throws {NotFoundError} for a table that isn't there
 * @throws {RowsLostError} where new files would hold other rows than the old ones; the table is as it was
 * @throws {UnsupportedTableError} for a table with delete files, and files that can't be read rightly
 */
export async function compactTable(
  name: string,
  options: CompactOptions,
  effects: CompactTableEffects,
): Promise<CompactedTable> {
  const { engine } = effects
  const table = await loadExisting(effects.catalog, name)
  const files = await planFiles(table, [])
  const candidates = findSmallFiles(table.metadata, files, options)
  if (candidates.length === 0) return NOTHING
  const measure = await measureFiles(table, candidates, engine)
  const groups = findSmallFiles(table.metadata, files, options, measure).flatMap(each => splitSmallFiles(each, measure))
  let done = NOTHING
  let batch = new Batch(table, effects)
  try {
    for (const group of groups) {
      effects.signal.throwIfAborted()
      const expected = await countFilesAfter(table, group, measure, engine)
      if (expected >= group.files.length) continue
      if (options.dryRun) done = add(done, group.files, expected)
      else await batch.rewrite(group.files)
      if (!batch.isFull()) continue
      done = await batch.commit(done)
      batch = new Batch(table, effects)
    }
  } catch (error) {
    await batch.abandon()
    throw error
  }
  return batch.commit(done)
}

const NOTHING: CompactedTable = { filesBefore: 0, filesAfter: 0, bytes: 0 }

const add = (sum: CompactedTable, old: readonly DataFile[], after: number): CompactedTable => ({
  filesBefore: sum.filesBefore + old.length,
  filesAfter: sum.filesAfter + after,
  bytes: sum.bytes + bytesOf(old),
})

const bytesOf = (files: readonly DataFile[]): number => files.reduce((sum, file) => sum + file.fileSizeBytes, 0)

/** What a file holds at most, in memory: so much is sorted at once. */
const TARGET_BYTES = 64_000_000
/** What is held on the disk of the engine at once, as it is in memory. */
const BYTES_AT_ONCE = 8 * TARGET_BYTES
const MEASURED_FILES = 8
const MEASURED_ROWS = 2_000

/** Told by the first rows of some files. */
async function measureFiles(table: Table, candidates: readonly SmallFiles[], engine: Engine): Promise<FileMeasure> {
  const schema = currentSchema(table.metadata)
  const files = candidates.flatMap(each => each.files)
  const step = Math.ceil(files.length / MEASURED_FILES)
  const rows = files
    .filter((_, i) => i % step === 0)
    .map(file => `(select * from (${selectTableFiles(table, [file])}) limit ${MEASURED_ROWS / MEASURED_FILES})`)
  const [found] = await engine.rows(`select avg(${rowBytesSql(schema)}) as bytes from (${rows.join(' union all ')})`)
  const rowBytes = Math.max(1, Number(found?.bytes ?? 0))
  return { mostRows: mostRowsOf(schema, rowBytes, TARGET_BYTES), rowsAtOnce: Math.ceil(BYTES_AT_ONCE / rowBytes) }
}

/** How many files a group becomes, about: of an earlier spec, one for each of the partitions that its rows are in now. */
async function countFilesAfter(
  table: Table,
  { files, isCurrent }: SmallFiles,
  { mostRows }: FileMeasure,
  engine: Engine,
): Promise<number> {
  const pieces = (rows: number) => Math.ceil(rows / mostRows)
  const columns = partitionColumns(table.metadata)
  const rows = files.reduce((sum, file) => sum + file.recordCount, 0)
  if (isCurrent || columns.length === 0) return pieces(rows)
  await useTransforms(engine)
  const by = columns.map((_, i) => i + 1).join(', ')
  const found = await engine.rows(
    `select ${columns.map(({ sql, column }) => `${sql} as ${column}`).join(', ')}, count(*) as n
     from (${selectTableFiles(table, files)}) group by ${by}`,
  )
  return found.reduce((sum, { n }) => sum + pieces(Number(n)), 0)
}

/** Files that were written anew, and those that they stand for. */
interface Rewritten {
  readonly old: readonly DataFile[]
  readonly made: readonly DataFile[]
}

/** So much is written before it is committed. */
const BATCH_BYTES = 1_000_000_000
const BATCH_GROUPS = 100

/** What one commit brings. */
class Batch {
  readonly #table: Table
  readonly #effects: CompactTableEffects
  readonly #since: Date
  #rewritten: Rewritten[] = []

  constructor(table: Table, effects: CompactTableEffects) {
    this.#table = table
    this.#effects = effects
    this.#since = effects.now()
  }

  isFull(): boolean {
    const bytes = this.#rewritten.reduce((sum, { made }) => sum + bytesOf(made), 0)
    return bytes >= BATCH_BYTES || this.#rewritten.length >= BATCH_GROUPS
  }

  /** Writes files anew, where that makes them fewer. */
  async rewrite(old: readonly DataFile[]): Promise<void> {
    const made = await rewriteFiles(this.#table, old, this.#effects.engine)
    if (made) this.#rewritten.push({ old, made })
  }

  async commit(done: CompactedTable): Promise<CompactedTable> {
    const rewritten = this.#rewritten
    this.#rewritten = [] // from here on the commit looks after them
    if (rewritten.length === 0) return done
    const counted = await commitRewritten(this.#table, rewritten, this.#since, this.#effects)
    return counted.reduce((sum, { old, made }) => add(sum, old, made.length), done)
  }

  /** Removes what was written and not committed. */
  abandon(): Promise<void> {
    return removeFiles(this.#table, this.#rewritten)
  }
}

/** @returns `undefined` where they wouldn't be fewer */
async function rewriteFiles(table: Table, old: readonly DataFile[], engine: Engine): Promise<DataFile[] | undefined> {
  const folder = await mkdtemp(join(engine.tempFolder, 'compact-'))
  try {
    const select = selectTableFiles(table, old)
    const made = await writeDataFiles(select, {}, table, { folder, targetBytes: TARGET_BYTES }, engine)
    if (made.length >= old.length) return undefined
    await requireSameRows(table, old, made, engine)
    return await storeDataFiles(made, table)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Puts new files in the place of the old ones, as far as all old ones of a group are still there.
 * @returns the groups that count; the files of the others are removed
 */
async function commitRewritten(
  table: Table,
  rewritten: readonly Rewritten[],
  since: Date,
  effects: CompactTableEffects,
): Promise<readonly Rewritten[]> {
  let counted: readonly Rewritten[] = []
  let isOpen = false // whether a commit may name them
  try {
    await changeTable(
      effects.catalog,
      table.name,
      async current => {
        isOpen = false // an attempt before was lost for certain
        const live = new Set((await planFiles(current, [])).map(({ path }) => path))
        counted = rewritten.filter(({ old }) => old.every(({ path }) => live.has(path)))
        if (counted.length === 0) return undefined
        const made = counted.flatMap(each => each.made)
        await requireStaged(current, made, since, effects.now())
        const gone = new Set(counted.flatMap(({ old }) => old.map(({ path }) => path)))
        effects.signal.throwIfAborted()
        isOpen = true
        return { operation: 'replace', add: made, drop: file => gone.has(file.path) }
      },
      effects,
    )
    isOpen = false
    return counted
  } catch (error) {
    if (error instanceof CommitConflictError || error instanceof NotFoundError) isOpen = false // lost, or dropped meanwhile
    counted = []
    throw error
  } finally {
    const lost = rewritten.filter(each => !counted.includes(each))
    if (!isOpen) await removeFiles(table, lost)
  }
}

async function removeFiles(table: Table, rewritten: readonly Rewritten[]): Promise<void> {
  for (const { path } of rewritten.flatMap(({ made }) => made))
    await table.store.remove(resolveFile(table, path)).catch(() => undefined)
}
