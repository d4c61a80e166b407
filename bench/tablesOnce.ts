import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { bindInputs, loadModel, pickParams } from '../src/models/model.js'
import { selectTableRows } from '../src/tables/selectTableRows.js'
import { openBenchEngine } from './benchImport.js'
import { median, printMeasured } from './measured.js'

// The search by likeness over all rows of a table, which are in the page cache, without the start of a command; by the
// engine that the command would have: node tablesOnce.js FOLDER TABLE
const RUNS = 5

const startedAt = performance.now()
const [folder = '', name = ''] = process.argv.slice(2)
const { engine } = await openBenchEngine(folder, 'query')
const table = await filesCatalog(new FolderStore(`${folder}/lake`), { now: () => new Date() }).load(name)
if (!table) throw new RangeError(`${folder}: no table`)
const { select } = await selectTableRows(table, {})
const [first] = await engine.rows(`select product_id from (${select}) order by 1 limit 1`)
const product = String(first?.product_id)
const model = loadModel('sales/similarity_search', 'duckdb')
const sql = bindInputs(model, { sales_history: select })
const times: number[] = []
for (let i = 0; i < RUNS; i++) {
  const begun = performance.now()
  const found = await engine.rows(sql, pickParams(model, { product }))
  if (found.length !== 10) throw new RangeError(`${found.length} rows found`)
  times.push(performance.now() - begun)
}
engine.close()
printMeasured(startedAt, { searchMs: median(times) }, { product })
