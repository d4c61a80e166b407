import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { ConflictError, StocktakeError, UsageError } from '../errors.js'
import { BATCH_SUMMARY, listBatches } from '../iceberg/batches.js'
import { type Catalog, CommitConflictError, type Table } from '../iceberg/catalog.js'
import { type Change, type CommitEffects, changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { resolveFile } from '../iceberg/location.js'
import { currentSchema, currentSnapshot, type TableMetadata } from '../iceberg/metadata.js'
import { storeDataFiles } from './storeDataFiles.js'
import { type LocalDataFile, writeDataFiles } from './writeDataFiles.js'

/** How far an insert is. */
export interface InsertProgress {
  readonly phase: 'check' | 'make' | 'write' | 'store'
  readonly done: number
  readonly total?: number
  readonly unit: 'files' | 'rows'
}

export interface AppendEffects extends CommitEffects {
  readonly catalog: Catalog
  /** The files are made in its temporary folder. */
  readonly engine: Engine
  readonly progress: (step: InsertProgress) => void
  /** Gives back what was read and is needed no more, before the engine needs much. */
  readonly freeMemory: () => void
}

/** Rows to be added to a table. */
export interface Rows {
  /** The table's columns, as `writeDataFiles` takes them. */
  readonly select: string
  readonly params: Params
  /** How many there are, where that is known. */
  readonly count?: number
  /** The name under which they are in a table once, whoever adds them; without it they are added again each time. */
  readonly batch?: string
}

/** What became of rows. */
export type Appended =
  | {
      readonly kind: 'appended'
      readonly rows: number
      readonly files: number
      readonly sizeBytes: number
      readonly snapshotId: bigint
    }
  /** A batch of that name is in the table, or there were no rows. Nothing has changed. */
  | { readonly kind: 'unchanged'; readonly why: 'batch' | 'empty' }

/** Nobody can say whether the rows are in the table: the store failed when they were to become visible. */
export class AppendUnknownError extends StocktakeError {}

/**
 * Adds rows to a table in one snapshot: all of them or none, once for each name of a batch. Whatever ends it before the
 * commit leaves the table as it is, and at most files that nobody refers to.
 * @param table as it was loaded for the SELECT to be made
 * @throws {ConflictError} where the table is another one by now
 * @throws {CommitConflictError} after too many lost races; nothing was added
 * @throws {AppendUnknownError}
 * @throws what `writeDataFiles` does
 */
export async function appendRows(rows: Rows, table: Table, effects: AppendEffects): Promise<Appended> {
  const { engine, progress } = effects
  const folder = await mkdtemp(join(engine.tempFolder, 'files-'))
  const written = (done: number) =>
    progress({ phase: 'write', done, ...(rows.count !== undefined && { total: rows.count }), unit: 'rows' })
  written(0)
  const options = { folder, targetBytes: targetBytesOf(table.metadata), written }
  const local = await writeDataFiles(rows.select, rows.params, table, options, engine)
  if (local.length === 0) return { kind: 'unchanged', why: 'empty' }
  const stored: DataFile[] = []
  const watch = watchCommits(effects.catalog)
  try {
    await storeEach(local, stored, table, progress)
    const appended = await commitFiles(stored, rows.batch, table, { ...effects, catalog: watch.catalog })
    if (appended.kind === 'unchanged') await removeFiles(stored, table)
    return appended
  } catch (error) {
    if (!watch.isUnknown()) {
      await removeFiles(stored, table)
      throw error
    }
    throw unknownError(table, error)
  }
}

/** Rows of so many bytes in memory make a file. Wide ones take several times that while they are sorted and packed. */
const targetBytesOf = (metadata: TableMetadata): number =>
  currentSchema(metadata).fields.some(({ type }) => typeof type === 'object') ? 20_000_000 : 100_000_000

/**
 * A name for a batch, as somebody gave it.
 * @throws {UsageError}
 */
export function requireBatchName(name: string): string {
  if (name.trim() !== '' && name.length <= MOST_LETTERS && !/\p{Cc}|\p{Surrogate}/u.test(name)) return name
  const expected = `a name of 1 to ${MOST_LETTERS} characters, without control characters`
  throw new UsageError({ subject: 'batch', expected, got: JSON.stringify(name) })
}

const MOST_LETTERS = 200

/** Whether a batch of that name is in the table as it is. */
export const hasBatch = (metadata: TableMetadata, batch: string | undefined): boolean =>
  batch !== undefined && listBatches(metadata).has(batch)

async function storeEach(
  local: readonly LocalDataFile[],
  stored: DataFile[],
  table: Table,
  progress: AppendEffects['progress'],
): Promise<void> {
  for (const [done, file] of local.entries()) {
    progress({ phase: 'store', done, total: local.length, unit: 'files' })
    stored.push(...(await storeDataFiles([file], table)))
  }
}

async function commitFiles(
  files: readonly DataFile[],
  batch: string | undefined,
  table: Table,
  { catalog, ...effects }: AppendEffects,
): Promise<Appended> {
  let isIn = false
  const plan = async ({ metadata }: Table): Promise<Change | undefined> => {
    requireSameTable(table, metadata)
    isIn = hasBatch(metadata, batch)
    if (isIn) return undefined
    const change: Change = { operation: 'append', add: files, drop: () => false }
    return batch === undefined ? change : { ...change, summary: { [BATCH_SUMMARY]: batch } }
  }
  const { metadata } = await changeTable(catalog, table.name, plan, effects)
  const snapshot = currentSnapshot(metadata)
  if (isIn || !snapshot) return { kind: 'unchanged', why: isIn ? 'batch' : 'empty' }
  return {
    kind: 'appended',
    rows: files.reduce((sum, { recordCount }) => sum + recordCount, 0),
    files: files.length,
    sizeBytes: files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0),
    snapshotId: snapshot['snapshot-id'],
  }
}

/** The field ids in the files are those of the table that was loaded: one that was dropped and made anew has its own. */
function requireSameTable({ name, metadata }: Table, now: TableMetadata): void {
  if (metadata['table-uuid'] === now['table-uuid']) return
  throw new ConflictError({
    subject: `table ${name}`,
    expected: 'the one that the rows were made for',
    got: 'one that was made since',
    fix: 'nothing was added; run it again',
  })
}

/** Tells commits that failed for sure from one of which nobody knows: the files of that one stay. */
function watchCommits(catalog: Catalog): { readonly catalog: Catalog; readonly isUnknown: () => boolean } {
  let isUnknown = false
  const watched: Catalog = {
    load: name => catalog.load(name),
    create: spec => catalog.create(spec),
    findDropped: name => catalog.findDropped(name),
    list: () => catalog.list(),
    drop: table => catalog.drop(table),
    async commit(base, next) {
      isUnknown = true
      try {
        return await catalog.commit(base, next)
      } catch (error) {
        isUnknown = !(error instanceof CommitConflictError)
        throw error
      }
    },
  }
  return { catalog: watched, isUnknown: () => isUnknown }
}

/** A failure is no reason to fail: what stays is an unreferenced file. */
async function removeFiles(files: readonly DataFile[], table: Table): Promise<void> {
  for (const { path } of files) await table.store.remove(resolveFile(table, path)).catch(() => undefined)
}

const unknownError = ({ name }: Table, cause: unknown): AppendUnknownError =>
  new AppendUnknownError({
    subject: `table ${name}`,
    expected: 'an answer to the commit',
    got: cause instanceof Error ? cause.message : String(cause),
    fix: 'the rows may be in it or not: see its history; with --batch it is safe to run it again',
    cause,
  })
