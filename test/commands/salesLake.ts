import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDuckDB } from '../../src/engine/duckdb.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { createLake } from '../../src/lake/lake.js'
import { loadModel } from '../../src/models/model.js'
import { packageFolder } from '../../src/packageFolder.js'
import { storeDataFiles } from '../../src/tables/storeDataFiles.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'
import { writeDataFiles } from '../../src/tables/writeDataFiles.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

/** A folder with a lake in which the shipped table sales_history is, with made-up sales. */
export interface SalesLake extends CommandFolder {
  /** Puts sales into it. @returns the snapshot */
  append(firstRow: number, rows: number, at: Date): Promise<bigint>
}

/** The last day that has sales; they are of two years. */
export const UNTIL = '2026-01-20 00:00:00'

export async function openSalesLake(settings = 'lake: ./lake'): Promise<SalesLake> {
  const place = await openCommandFolder()
  await place.configure(settings)
  const store = new FolderStore(join(place.folder, 'lake'))
  await createLake(store, new Date('2026-01-20T00:00:00Z'))
  const file = join(packageFolder(), 'config/tables/sales_history.yaml')
  const declared = parseTableSpec(await readFile(file, 'utf8'), file, { stage: 'dev', region: '' })
  const effectsAt = (at: Date) => ({ now: () => at, sleep: async () => undefined })
  await filesCatalog(store, effectsAt(new Date('2026-01-20T00:00:00Z'))).create(toTableSpec(declared))
  return {
    ...place,
    async append(firstRow, rows, at) {
      const catalog = filesCatalog(store, effectsAt(at))
      const table = await catalog.load(declared.table)
      if (!table) throw new Error('no table')
      const engine = await openDuckDB({ memoryBytes: 3e8, threads: 1, tempFolder: join(place.folder, 'spill') })
      try {
        const { sql } = loadModel('sales/sample', 'duckdb')
        const select = `select *, year(sold_date) as year, month(sold_date) as month from (${sql})`
        const params = { seed: 1, first_row: firstRow, rows, until: UNTIL }
        const options = { folder: engine.tempFolder, targetBytes: 50_000_000 }
        const add = await storeDataFiles(await writeDataFiles(select, params, table, options, engine), table)
        const plan = async () => ({ operation: 'append' as const, add, drop: () => false })
        const { metadata } = await changeTable(catalog, declared.table, plan, effectsAt(at))
        return metadata['current-snapshot-id']
      } finally {
        engine.close()
      }
    },
  }
}
