import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles, resolveFile } from '../iceberg/plan.js'
import { locateFiles, stageDataFile } from './dataFiles.js'
import type { LakeEffects } from './lakeTables.js'
import { type Receipt, readReceipts } from './receipts.js'
import { SNAPSHOTS } from './tables.js'

export interface RemoveEffects extends LakeEffects {
  readonly now: () => Date
}

/**
 * Takes receipts out of the table, in one commit: from then on their imports count for nobody.
 * @param choose which ones; asked again where an import was first, with the receipts as they are by then
 * @returns those that this call removed
 */
export async function removeReceipts(
  choose: (receipts: readonly Receipt[]) => readonly Receipt[],
  effects: RemoveEffects,
): Promise<readonly Receipt[]> {
  const { catalog, engine } = effects
  const table = await catalog.load(SNAPSHOTS.name)
  if (!table) return []
  const folder = await mkdtemp(join(engine.tempFolder, 'receipts-'))
  const staged: DataFile[] = []
  let chosen: readonly Receipt[] = []
  let counts: DataFile | undefined
  try {
    await changeTable(
      catalog,
      table.name,
      async current => {
        chosen = choose(await readReceipts(current, engine, undefined))
        counts = undefined
        if (chosen.length === 0) return undefined
        const going = new Set(await planFiles(current, [{ column: 'import_id', op: 'in', values: chosen.map(idOf) }]))
        counts = await stageOthers([...going], chosen, current, folder, effects)
        if (counts) staged.push(counts)
        const paths = new Set([...going].map(({ path }) => path))
        return { operation: counts ? 'overwrite' : 'delete', add: counts ? [counts] : [], drop: f => paths.has(f.path) }
      },
      effects,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  for (const { path } of staged) if (path !== counts?.path) await table.store.remove(resolveFile(table, path))
  return chosen
}

const idOf = ({ import_id }: Receipt): string => import_id

/** The receipts that are in the same files and stay, in one file of their own; nothing where there are none. */
async function stageOthers(
  files: readonly DataFile[],
  going: readonly Receipt[],
  table: Table,
  folder: string,
  { engine }: RemoveEffects,
): Promise<DataFile | undefined> {
  const path = join(folder, `${randomUUID()}.parquet`)
  const schema = currentSchema(table.metadata)
  const ids = going.map(({ import_id }) => quoteString(import_id)).join(', ')
  const select = `select * from (${selectFiles(schema, locateFiles(table, files))}) where import_id not in (${ids})`
  const facts = await writeParquetFile(engine, { select, path, schema, rowGroupRows: 2048 })
  return facts.recordCount === 0
    ? undefined
    : stageDataFile(table, `receipts-${randomUUID()}.parquet`, { path, facts }, {})
}
