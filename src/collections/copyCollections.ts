import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeParquetFile } from '../engine/parquetFile.js'
import type { Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { type Collection, listCollections } from '../lake/lakeCollections.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { stageDataFile } from '../snapshot/dataFiles.js'
import { selectCollections } from '../snapshot/fileInfoRows.js'
import { type LakeEffects, selectLoaded } from '../snapshot/lakeTables.js'
import { COLLECTIONS } from '../snapshot/tables.js'

export interface CopyEffects extends LakeEffects {
  /** The lake's. */
  readonly store: ObjectStore
  readonly now: () => Date
}

/**
 * Brings the table `collections_v1`, which other engines read, to what the lake's document says. Of several at once the one that
 * commits last has read the document after the others had committed, so that no older state stays.
 * @returns how many rows are other ones now, or would be; 0 where the table was right
 */
export async function copyCollections(
  { dryRun = false }: { readonly dryRun?: boolean },
  effects: CopyEffects,
): Promise<number> {
  const { catalog, engine, store } = effects
  const there = await catalog.load(COLLECTIONS.name)
  const wanted = await listCollections(store)
  const stale = await countStale(there, wanted, effects)
  if (stale === 0 || dryRun) return stale
  await catalog.create(COLLECTIONS)
  const folder = await mkdtemp(join(engine.tempFolder, 'collections-'))
  const staged = new Map<string, DataFile>()
  let changed = 0
  const stage = async (table: Table, collections: readonly Collection[]): Promise<DataFile[]> => {
    if (collections.length === 0) return []
    const key = JSON.stringify(collections)
    const known = staged.get(key)
    if (known) return [known]
    const name = `${folder.slice(folder.lastIndexOf('-') + 1)}-${effects.now().getTime()}-${staged.size}.parquet`
    const path = join(folder, name)
    const select = `${selectCollections(collections)} order by name`
    const facts = await writeParquetFile(engine, { select, path, schema: COLLECTIONS.schema, rowGroupRows: 20_000 })
    const file = await stageDataFile(table, name, { path, facts }, {})
    staged.set(key, file)
    return [file]
  }
  try {
    await changeTable(
      catalog,
      COLLECTIONS.name,
      async table => {
        const now = await listCollections(store)
        changed = await countStale(table, now, effects)
        return changed === 0 ? undefined : { operation: 'overwrite', add: await stage(table, now), drop: () => true }
      },
      effects,
    )
    return changed
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Rows that the table has and the document hasn't, or the other way round. */
async function countStale(
  table: Table | undefined,
  wanted: readonly Collection[],
  { engine }: LakeEffects,
): Promise<number> {
  if (!table) return wanted.length
  const stored = await selectLoaded(table, [])
  const given = selectCollections(wanted)
  const [row] = await engine.rows(
    `select count(*) as stale from (
       (select * from (${stored}) except all select * from (${given}))
       union all (select * from (${given}) except all select * from (${stored}))
     )`,
  )
  return Number(row?.stale ?? 0)
}
