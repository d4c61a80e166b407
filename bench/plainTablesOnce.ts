import { quoteString } from '../src/engine/sqlText.js'
import { loadModel, pickParams } from '../src/models/model.js'
import { printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// Plain DuckDB, with all the memory that it likes: sample rows into as many folders, in no order.
// node plainTablesOnce.js FOLDER ROWS UNTIL
const startedAt = performance.now()
const [folder = '', rows = '', until = ''] = process.argv.slice(2)

const connection = await openPlainDuckDB()
const model = loadModel('sales/sample', 'duckdb')
const parted = `select *, year(sold_date) as year, month(sold_date) as month from (${model.sql})`
const options = 'format parquet, compression snappy, partition_by (year, month), write_partition_columns true'
const params = pickParams(model, { seed: 1, first_row: 0, rows: Number(rows), until: `${until} 00:00:00` })
await connection.run(`copy (${parted}) to ${quoteString(folder)} (${options})`, params)
printMeasured(startedAt, {})
