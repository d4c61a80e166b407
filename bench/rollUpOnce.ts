import { join } from 'node:path'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { planFiles } from '../src/iceberg/plan.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { locateFiles, ofImport } from '../src/snapshot/dataFiles.js'
import { deriveFolders } from '../src/snapshot/deriveFolders.js'
import { rollUp, selectObjects } from '../src/snapshot/deriveRange.js'
import { selectTable } from '../src/snapshot/lakeTables.js'
import { listReceipts } from '../src/snapshot/receipts.js'
import { FOLDERS, OBJECTS } from '../src/snapshot/tables.js'
import type { MadeRange } from '../src/snapshot/writeRanges.js'
import { openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// The folders of a snapshot made from its objects, as an import makes them, beside its other work:
// node rollUpOnce.js LAKE SNAPSHOT FOLDER
const startedAt = performance.now()
const [lakeFolder = '', snapshot, folder = ''] = process.argv.slice(2)
const { engine } = await openBenchEngine(folder, 'import')
const catalog = filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() })
const receipt = (await listReceipts({ catalog, engine })).find(each => each.snapshot === snapshot)
const table = await catalog.load(OBJECTS.name)
if (!receipt || !table) throw new RangeError(`${lakeFolder}: no snapshot ${snapshot}`)
const ranges: MadeRange[] = []
for (const objects of locateFiles(table, await planFiles(table, ofImport(receipt)))) {
  const folders = join(folder, `direct-${ranges.length}.parquet`)
  await rollUp(selectObjects(objects), folders, engine)
  ranges.push({ folders, changes: [] })
}
const { connector, dt, import_id, imported_at } = receipt
const params = {
  connector,
  connector_guid: '',
  dt,
  snapshot: receipt.snapshot,
  import_id,
  taken_at: imported_at.toISOString(),
}
const none = await selectTable(catalog, FOLDERS, [{ column: 'import_id', op: '=', value: '' }])
const { facts } = await deriveFolders(ranges, params, none, folder, engine)
engine.close()
printMeasured(startedAt, {}, { folders: facts.recordCount })
