import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { withDelta } from '../src/snapshot/comparedObjects.js'
import { listReceipts } from '../src/snapshot/receipts.js'
import { openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// One comparison of two snapshots in a process of its own: node deltaOnce.js LAKE BASE NEWER
const [lakeFolder = '', base, newer] = process.argv.slice(2)
const { engine, limits } = await openBenchEngine(lakeFolder, 'comparison')
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
