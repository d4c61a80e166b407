import type { Table } from '../iceberg/catalog.js'
import { loadManifest, loadManifestList } from '../iceberg/loadManifests.js'
import { isLive } from '../iceberg/manifest.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { type Predicate, planFiles } from '../iceberg/plan.js'
import { type CompactEffects, type CompactedFiles, compactFiles, type FileSet, isFarSmaller } from './compactFiles.js'
import { ofImport } from './dataFiles.js'
import { listReceipts, type Receipt } from './receipts.js'
import { CHANGES, FOLDERS, GAPS, METRICS, OBJECTS, SNAPSHOTS, TASKS } from './tables.js'

export interface CompactOptions {
  /** Nothing is written. */
  readonly dryRun: boolean
  /** Smaller files are merged with their neighbours. */
  readonly smallBytes: number
  /** So many small ones must lie together. */
  readonly least: number
}

export interface Compacted extends CompactedFiles {
  /** Of which there are fewer files. */
  readonly imports: number
}

/** What an import's files are sorted by, in each of its tables. */
export const IMPORT_ORDER = [
  [OBJECTS, 'key'],
  [FOLDERS, 'path'],
  [CHANGES, 'key'],
] as const

/** What those of one table of the rest are sorted by. */
const HISTORY_ORDER = [
  [SNAPSHOTS, 'imported_at'],
  [GAPS, 'run_at'],
  [TASKS, 'created_at'],
  [METRICS, 'run_at'],
] as const

/**
 * Rewrites many small data files into few: those of an import that counts, in each of its tables and never with another
 * import's, still sorted and without overlaps; and those of the tables that get a file a receipt or a run. Each such set of
 * files is one commit, which counts only if all of them are still there. That the rows are the same is told by a hash of
 * them, before and after.
 *
 * @throws {RowsLostError} if they aren't; the table is as it was
 */
export async function compactImports(options: CompactOptions, effects: CompactEffects): Promise<Compacted> {
  const done: CompactedFiles[] = []
  const imports = new Set<string>()
  const receipts = await listReceipts(effects)
  for (const [spec, column] of IMPORT_ORDER) {
    const table = await effects.catalog.load(spec.name)
    const small = table ? await countSmall(table, options.smallBytes) : new Map<string, number>()
    for (const receipt of receipts) {
      if (!table || (small.get(receipt.import_id) ?? 0) < options.least) continue
      const compacted = await compactFiles(await listImport(table, column, receipt), options, effects)
      if (compacted.filesBefore > 0) imports.add(receipt.import_id)
      done.push(compacted)
    }
  }
  for (const [spec, column] of HISTORY_ORDER) {
    const table = await effects.catalog.load(spec.name)
    if (table) done.push(await compactFiles(await listHistory(table, column), options, effects))
  }
  const sum = (of: (compacted: CompactedFiles) => number): number => done.reduce((total, each) => total + of(each), 0)
  return {
    imports: imports.size,
    filesBefore: sum(each => each.filesBefore),
    filesAfter: sum(each => each.filesAfter),
    bytes: sum(each => each.bytes),
  }
}

/** How many small files each import has: of a table with very many files no more is held than that. */
async function countSmall(table: Table, smallBytes: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const snapshot = currentSnapshot(table.metadata)
  for (const manifest of snapshot ? await loadManifestList(table, snapshot) : [])
    for (const entry of await loadManifest(table, manifest)) {
      if (!isLive(entry) || !isFarSmaller(entry.file, smallBytes)) continue
      const id = String(entry.file.partition.import_id)
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  return counts
}

/** The files of an import that a receipt vouches for: the others are going, or not finished. */
async function listImport(table: Table, column: string, { connector, dt, import_id }: Receipt): Promise<FileSet> {
  const partition = { connector, dt, import_id }
  const predicates = ofImport(partition)
  return { table, files: await planFiles(table, predicates), partition, predicates, column, isDisjoint: true }
}

async function listHistory(table: Table, column: string): Promise<FileSet> {
  const predicates: Predicate[] = []
  return { table, files: await planFiles(table, []), partition: {}, predicates, column, isDisjoint: false }
}
