import { openDuckDB } from '../src/engine/duckdb.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import { withDelta } from '../src/snapshot/comparedObjects.js'
import { engineBytesOf } from '../src/snapshot/memoryBudget.js'
import { listReceipts } from '../src/snapshot/receipts.js'
import { printMeasured } from './measured.js'

// One comparison of two snapshots in a process of its own: node deltaOnce.js LAKE BASE NEWER
const [lakeFolder = '', base, newer] = process.argv.slice(2)
const limits = { engineBytes: engineBytesOf(450_000_000, 'comparison'), threads: 2 }
const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: 2, tempFolder: `${lakeFolder}/.spill` })
await useModelDialect(engine)
const catalog = filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() })
const receipts = await listReceipts({ catalog, engine })
const [older, later] = [base, newer].map(name => receipts.find(({ snapshot }) => snapshot === name))
if (!older || !later) throw new RangeError(`${lakeFolder}: no such snapshots`)
const startedAt = performance.now()
await withDelta(older, later, { catalog, engine, limits }, async ({ changes, method }) => {
  const [row] = await engine.rows(`select count(*) as n from (${changes})`)
  printMeasured(startedAt, {}, { method, changes: Number(row?.n) })
})
engine.close()
