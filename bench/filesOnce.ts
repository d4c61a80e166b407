import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { listFiles } from '../src/snapshot/fileListing.js'
import { listReceipts } from '../src/snapshot/receipts.js'
import { openBenchEngine } from './benchImport.js'
import { median, printMeasured } from './measured.js'

// What some folders hold, one after the other, without the start of a command: node filesOnce.js LAKE SNAPSHOT PREFIX…
const startedAt = performance.now()
const [lakeFolder = '', snapshot, ...prefixes] = process.argv.slice(2)
const { engine } = await openBenchEngine('.', 'query')
const catalog = filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() })
const receipt = (await listReceipts({ catalog, engine })).find(each => each.snapshot === snapshot)
if (!receipt) throw new RangeError(`${lakeFolder}: no snapshot ${snapshot}`)
const times: number[] = []
let rows = 0
for (const prefix of prefixes) {
  const begun = performance.now()
  for await (const _ of listFiles({ receipt, prefix, recursive: true, versions: false }, { catalog, engine })) rows++
  times.push(performance.now() - begun)
}
engine.close()
printMeasured(startedAt, { stepMs: median(times) }, { rows })
