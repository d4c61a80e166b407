import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, homedir, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import type { Measured } from './measured.js'

// npm run bench:tables [-- ROWS]: loads sample rows with embeddings into a declared table, beside plain DuckDB's COPY of the
// same SELECT, and searches them by likeness; prints Markdown. Commands are those of dist/cli.js, each a process as a person
// starts it; `npm run build` makes it.
const ROWS = process.argv[2] ?? '100000'
const RUNS = 3
const UNTIL = '2026-01-20'
const TABLE = 'sales_history'

const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
print(
  `${cpus().length} cores (${cpus()[0]?.model}), ${formatBytes(totalmem())}, Node ${process.version}; ${formatCount(Number(ROWS))} rows with embeddings of 1,024 doubles; ${RUNS} runs; load ${loadavg()[0]?.toFixed(1)}\n`,
)
print('| | wall | CPU | peak RSS | stored |')
print('|---|---:|---:|---:|---:|')
for (let i = 0; i < RUNS; i++) {
  const folder = await mkdtemp(join(cache, 'tables-'))
  try {
    await benchOnce(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchOnce(folder: string): Promise<void> {
  await writeFile(join(folder, 'stocktake.yaml'), 'lake: ./lake\n')
  await runCommand(['init'], folder)
  await runCommand(['tables', 'create', TABLE], folder)
  const load = ['tables', 'load-sample', TABLE, '--rows', ROWS, '--until', UNTIL]
  printRow('load-sample', await runCommand(load, folder), await sizeOf(join(folder, 'lake/tables')))
  const copied = join(folder, 'copied')
  printRow('plain COPY', JSON.parse(await runScript('plainTablesOnce.js', [copied, ROWS, UNTIL])), await sizeOf(copied))
  const step = JSON.parse(await runScript('tablesOnce.js', [folder, `pricing_intelligence_dev.${TABLE}`]))
  print(
    `| similarity_search alone, median of 5 | ${shownSeconds(step.searchMs)} | | ${formatBytes(step.peakBytes)} | |`,
  )
  const search = ['tables', 'query', 'similarity_search', '--param', `product=${step.product}`]
  printRow('tables query similarity_search', await runCommand(search, folder))
  const sql = `select product_id, list_cosine_similarity(embedding, (select embedding from ${TABLE} where product_id = '${step.product}' limit 1)) as likeness from ${TABLE} order by 2 desc limit 10`
  printRow('query with list_cosine_similarity', await runCommand(['query', sql], folder))
}

function printRow(name: string, { wallMs, cpuMs, peakBytes }: Measured, storedBytes?: number): void {
  const stored = storedBytes === undefined ? '' : formatBytes(storedBytes)
  print(`| ${name} | ${shownSeconds(wallMs)} | ${shownSeconds(cpuMs)} | ${formatBytes(peakBytes)} | ${stored} |`)
}

function shownSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

/** A command of Stocktake in a process of its own; what the kernel says that it took. */
async function runCommand(args: readonly string[], cwd: string): Promise<Measured> {
  const into = join(cwd, 'measured.json')
  const env = { ...process.env, MEASURED_INTO: into }
  const measure = new URL('measureExit.js', import.meta.url).href
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  await promisify(execFile)(process.execPath, ['--import', measure, cli, ...args], { cwd, env })
  return JSON.parse(await readFile(into, 'utf8'))
}

async function runScript(script: string, args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  return (await promisify(execFile)(process.execPath, [path, ...args])).stdout
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
