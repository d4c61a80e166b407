import { Writable } from 'node:stream'
import { DuckDBInstance } from '@duckdb/node-api'
import { COMMANDS, run } from '../src/cli.js'
import { openDuckDB } from '../src/engine/duckdb.js'
import { quoteString } from '../src/engine/sqlText.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import { bindInputs, loadModel, pickParams } from '../src/models/model.js'
import { engineBytesOf } from '../src/snapshot/memoryBudget.js'
import { selectTableRows } from '../src/tables/selectTableRows.js'
import { median, printMeasured } from './measured.js'

// One step of the bench of tables in a process of its own: node tablesOnce.js load|copy|search FOLDER ROWS
const [step, folder = '', rows = ''] = process.argv.slice(2)
const UNTIL = '2026-01-20'
const TABLE = 'pricing_intelligence_dev.sales_history'
const RUNS = 5

const startedAt = performance.now()
if (step === 'load') await load()
else if (step === 'copy') await copy()
else await search()

/** The command, as a person runs it. */
async function load(): Promise<void> {
  const out = new Writable({ write: (_chunk, _encoding, done) => done() })
  const err = process.stderr
  const world = { stdout: out, stderr: err, cwd: folder, env: {}, now: () => new Date() }
  const signal = new AbortController().signal
  const args = ['tables', 'load-sample', 'sales_history', '--rows', rows, '--until', UNTIL, '--quiet']
  if ((await run(args, COMMANDS, { ...world, signal })) !== 0) throw new RangeError('load-sample failed')
  printMeasured(startedAt, {})
}

/** Plain DuckDB, with all the memory that it likes: the same rows into as many folders, in no order. */
async function copy(): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  const model = loadModel('sales/sample', 'duckdb')
  const parted = `select *, year(sold_date) as year, month(sold_date) as month from (${model.sql})`
  const options = 'format parquet, compression snappy, partition_by (year, month), write_partition_columns true'
  const params = pickParams(model, { seed: 1, first_row: 0, rows: Number(rows), until: `${UNTIL} 00:00:00` })
  await connection.run(`copy (${parted}) to ${quoteString(`${folder}/copied`)} (${options})`, params)
  printMeasured(startedAt, {})
}

/** The search by likeness over all rows, which are in the page cache. */
async function search(): Promise<void> {
  const memoryBytes = engineBytesOf(450_000_000, 'comparison')
  const engine = await openDuckDB({ memoryBytes, threads: 2, tempFolder: `${folder}/.spill` })
  await useModelDialect(engine)
  const table = await filesCatalog(new FolderStore(`${folder}/lake`), { now: () => new Date() }).load(TABLE)
  if (!table) throw new RangeError(`${folder}: no table`)
  const { select } = await selectTableRows(table, {})
  const [first] = await engine.rows(`select product_id from (${select}) limit 1`)
  const model = loadModel('sales/similarity_search', 'duckdb')
  const sql = bindInputs(model, { sales_history: select })
  const params = pickParams(model, { product: String(first?.product_id) })
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const begun = performance.now()
    const found = await engine.rows(sql, params)
    if (found.length !== 10) throw new RangeError(`${found.length} rows found`)
    times.push(performance.now() - begun)
  }
  engine.close()
  printMeasured(startedAt, { searchMs: median(times) })
}
