import type { ParquetFacts } from '../engine/parquetFile.js'
import { StocktakeError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { recordedPath, tableFolder } from '../iceberg/location.js'
import { type Predicate, planFiles, resolveFile } from '../iceberg/plan.js'

/** The partition of an import, in the tables that are parted by it. */
export type ImportPartition = {
  readonly connector: string
  readonly dt: string
  readonly import_id: string
}

/** Puts a finished local file into a table's folder. Nobody sees it before a commit names it. */
export async function stageDataFile(
  table: Table,
  name: string,
  made: { path: string; facts: ParquetFacts },
  partition: Readonly<Record<string, string>>,
): Promise<DataFile> {
  const folders = Object.entries(partition).map(([column, value]) => `${column}=${value}/`)
  const key = `${tableFolder(table)}/data/${folders.join('')}${name}`
  await table.store.putFile(key, made.path)
  return {
    ...made.facts,
    path: recordedPath(table, key),
    partition,
    specId: table.metadata['default-spec-id'],
    sortOrderId: table.metadata['default-sort-order-id'],
  }
}

/** Files that were staged for a table are gone. Nothing was committed. */
export class StagedFilesLostError extends StocktakeError {}

/** What is staged for so long may have been taken for what a crash has left. */
const SURELY_THERE_MS = 3_600_000

/**
 * To be asked before staged files are committed, whose writer may have slept since: `maintain` removes what nobody names.
 * @param since when the first of them was staged
 * @throws {StagedFilesLostError}
 */
export async function requireStaged(table: Table, files: readonly DataFile[], since: Date, now: Date): Promise<void> {
  if (Math.abs(now.getTime() - since.getTime()) < SURELY_THERE_MS) return
  for (const { path } of files) {
    if (await table.store.find(resolveFile(table, path))) continue
    throw new StagedFilesLostError({
      subject: `table ${table.name}`,
      expected: `the staged file ${path}`,
      got: 'no such file: this process was silent for too long',
      fix: 'run it again',
    })
  }
}

/** Whether the table holds files of the import. */
export const holdsImport = async (table: Table, partition: ImportPartition): Promise<boolean> =>
  (await planFiles(table, ofImport(partition))).length > 0

/** The predicates that only files of one import meet. */
export const ofImport = ({ connector, dt, import_id }: ImportPartition): Predicate[] => [
  { column: 'connector', op: '=', value: connector },
  { column: 'dt', op: '=', value: dt },
  { column: 'import_id', op: '=', value: import_id },
]

/** Where engines on this machine find the files. */
export const locateFiles = (table: Table, files: readonly DataFile[]): string[] =>
  files.map(file => table.store.locate(resolveFile(table, file.path)))
