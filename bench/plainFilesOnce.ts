import { quoteString } from '../src/engine/sqlText.js'
import { median, printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// What some folders hold, by plain DuckDB on the same files: node plainFilesOnce.js PARQUET_GLOB [FIRST END]…
const startedAt = performance.now()
const [glob = '', ...bounds] = process.argv.slice(2)
const connection = await openPlainDuckDB()
const times: number[] = []
let rows = 0
for (let i = 0; i < bounds.length; i += 2) {
  const [first = '', end = ''] = bounds.slice(i, i + 2)
  const begun = performance.now()
  const reader = await connection.runAndReadAll(
    `select * from read_parquet(${quoteString(glob)}, hive_partitioning = false)
    where key >= ${quoteString(first)} and key < ${quoteString(end)} order by key`,
  )
  rows += reader.currentRowCount
  times.push(performance.now() - begun)
}
printMeasured(startedAt, { stepMs: median(times) }, { rows })
