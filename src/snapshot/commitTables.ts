import { randomBytes } from 'node:crypto'
import type { Catalog } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { holdsImport, type ImportPartition, requireStaged, StagedFilesLostError, stageDataFile } from './dataFiles.js'
import { CHANGES, FOLDERS, IMPORT_TABLES, OBJECTS } from './tables.js'
import type { MadeFile } from './writeRanges.js'

/** The files of an import, for each table. */
export interface ImportFiles {
  readonly objects: readonly MadeFile[]
  readonly folders: readonly MadeFile[]
  readonly changes: readonly MadeFile[]
}

interface CommitEffects {
  readonly catalog: Catalog
  readonly now: () => Date
}

/**
 * Appends an import's files to their tables. Nobody counts them before the receipt is there. A table that an earlier,
 * killed try has given them to is left as it is.
 */
export async function commitTables(
  files: ImportFiles,
  partition: ImportPartition,
  effects: CommitEffects,
): Promise<void> {
  for (const [spec, made] of byTable(files)) {
    const table = await effects.catalog.create(spec)
    if (made.length === 0 || (await holdsImport(table, partition))) continue
    const since = effects.now()
    const staged: DataFile[] = []
    for (const [i, file] of made.entries())
      if (file.facts.recordCount > 0) staged.push(await stageDataFile(table, nameFile(i), file, partition))
    await changeTable(
      effects.catalog,
      spec.name,
      async current => {
        // Asked again: a process that slept here may have lost its work to another, which went on with it.
        if (await holdsImport(current, partition)) return undefined
        await requireStaged(current, staged, since, effects.now())
        const summary = { 'stocktake.import-id': partition.import_id }
        return { operation: 'append', add: staged, drop: () => false, summary }
      },
      effects,
    )
  }
}

/**
 * To be asked before an import's receipt is committed: `maintain` takes out the rows of an import that was silent for so
 * long that it seemed abandoned.
 * @throws {StagedFilesLostError} unless each table still holds what {@link commitTables} gave it
 */
export async function requireCommitted(
  files: ImportFiles,
  partition: ImportPartition,
  { catalog }: Pick<CommitEffects, 'catalog'>,
): Promise<void> {
  for (const [{ name }, made] of byTable(files)) {
    if (!made.some(({ facts }) => facts.recordCount > 0)) continue
    const table = await catalog.load(name)
    if (table && (await holdsImport(table, partition))) continue
    throw new StagedFilesLostError({
      subject: `table ${name}`,
      expected: `the rows of the import ${partition.import_id}`,
      got: 'none: this process was silent for too long',
      fix: 'run it again',
    })
  }
}

const byTable = ({ objects, folders, changes }: ImportFiles) =>
  [
    [OBJECTS, objects],
    [FOLDERS, folders],
    [CHANGES, changes],
  ] as const

/** In the rows' order, and never given twice: who found a killed try's file to be nobody's may remove it at any time. */
const nameFile = (i: number): string => `${String(i).padStart(5, '0')}-${randomBytes(4).toString('hex')}.parquet`

/** Takes an import that doesn't count, or no more, out of the tables. Its files stay for those who still read them. */
export async function dropImport(partition: ImportPartition, effects: CommitEffects): Promise<void> {
  const { import_id: importId } = partition
  for (const { name } of IMPORT_TABLES)
    await changeTable(
      effects.catalog,
      name,
      async table =>
        (await holdsImport(table, partition))
          ? { operation: 'delete', add: [], drop: file => file.partition.import_id === importId }
          : undefined,
      effects,
    )
}
