import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import type { Measured } from './measured.js'
import { folderBytes, openCache, withScratch } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'
import { runCommand, runScript } from './processes.js'

// npm run bench:tables [-- ROWS]: loads sample rows with embeddings into a declared table, beside plain DuckDB's COPY of the
// same SELECT, and searches them by likeness; prints Markdown. Commands are those of dist/cli.js, each a process as a person
// starts it; `npm run build` makes it.
const ROWS = process.argv[2] ?? '100000'
const RUNS = 3
const UNTIL = '2026-01-20'
const TABLE = 'sales_history'

const cache = await openCache()
print(`${describeMachine()}; ${formatCount(Number(ROWS))} rows with embeddings of 1,024 doubles; ${RUNS} runs\n`)
print('| | wall | CPU | peak RSS | stored |')
print('|---|---:|---:|---:|---:|')
for (let i = 0; i < RUNS; i++) await withScratch(cache, benchOnce)

async function benchOnce(folder: string): Promise<void> {
  await writeFile(join(folder, 'stocktake.yaml'), 'lake: ./lake\n')
  await runCommand(['init'], folder)
  await runCommand(['tables', 'create', TABLE], folder)
  const load = ['tables', 'load-sample', TABLE, '--rows', ROWS, '--until', UNTIL]
  const { measured } = await runCommand(load, folder)
  printRow('load-sample', measured, await folderBytes(join(folder, 'lake/tables')))
  const copied = join(folder, 'copied')
  printRow('plain COPY', await runScript('plainTablesOnce.js', [copied, ROWS, UNTIL]), await folderBytes(copied))
  const table = `pricing_intelligence_dev.${TABLE}`
  const step = await runScript<Measured & { readonly product: string }>('tablesOnce.js', [folder, table])
  const shown = [seconds(step.searchMs ?? Number.NaN, 2), '', formatBytes(step.peakBytes), '']
  print(tableRow(['similarity_search alone, median of 5', ...shown]))
  const search = ['tables', 'query', 'similarity_search', '--param', `product=${step.product}`]
  printRow('tables query similarity_search', (await runCommand(search, folder)).measured)
  const sql = `select product_id, list_cosine_similarity(embedding, (select embedding from ${TABLE} where product_id = '${step.product}' limit 1)) as likeness from ${TABLE} order by 2 desc limit 10`
  printRow('query with list_cosine_similarity', (await runCommand(['query', sql], folder)).measured)
}

function printRow(name: string, { wallMs, cpuMs, peakBytes }: Measured, storedBytes?: number): void {
  const stored = storedBytes === undefined ? '' : formatBytes(storedBytes)
  print(tableRow([name, seconds(wallMs, 2), seconds(cpuMs, 2), formatBytes(peakBytes), stored]))
}
