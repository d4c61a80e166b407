import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeParquetFile } from '../engine/parquetFile.js'
import { duckdbType } from '../engine/tableScan.js'
import type { Table, TableSpec } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import { resolveFile } from '../iceberg/plan.js'
import { requireStaged, stageDataFile } from '../snapshot/dataFiles.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { type StagedValue, stageRows } from './stagedRows.js'

export interface AppendEffects extends LakeEffects {
  readonly now: () => Date
}

/**
 * Appends a SELECT's rows to a table, in one commit; where there are none, nothing is written.
 * @param name of the data file, without extension: no other may have it
 * @param base the rows count only if the table still is as it was there; any unless given
 * @returns whether the rows count
 * @throws {StagedFilesLostError} where this process was silent for so long that their file is gone
 */
export async function appendRows(
  spec: TableSpec,
  select: string,
  name: string,
  effects: AppendEffects,
  base?: Table,
): Promise<boolean> {
  const { catalog, engine } = effects
  const folder = await mkdtemp(join(engine.tempFolder, 'append-'))
  try {
    const path = join(folder, `${name}.parquet`)
    const facts = await writeParquetFile(engine, { select, path, schema: spec.schema, rowGroupRows: ROW_GROUP_ROWS })
    if (facts.recordCount === 0) return !base || (await catalog.load(spec.name))?.metadataKey === base.metadataKey
    const table = await catalog.create(spec)
    const since = effects.now()
    const file = await stageDataFile(table, `${name}.parquet`, { path, facts }, {})
    let counts = false
    await changeTable(
      catalog,
      spec.name,
      async current => {
        counts = base === undefined || current.metadataKey === base.metadataKey
        if (counts) await requireStaged(current, [file], since, effects.now())
        return counts ? { operation: 'append', add: [file], drop: () => false } : undefined
      },
      effects,
    )
    if (!counts) await table.store.remove(resolveFile(table, file.path))
    return counts
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * As {@link appendRows}, of rows that are made here, by the table's columns.
 * @param pick gets a SELECT of them, and gives one of those that are appended
 */
export async function appendMade(
  spec: TableSpec,
  rows: Iterable<Readonly<Record<string, StagedValue>>>,
  name: string,
  effects: AppendEffects,
  pick: (rows: string) => string = rows => rows,
): Promise<void> {
  const folder = await mkdtemp(join(effects.engine.tempFolder, 'made-'))
  try {
    const columns = Object.fromEntries(spec.schema.fields.map(({ name, type }) => [name, duckdbType(type)]))
    const made = await stageRows(rows, columns, { folder, name: 'rows', engine: effects.engine })
    await appendRows(spec, pick(made), name, effects)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const ROW_GROUP_ROWS = 20_000
