import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, homedir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import type { Measured } from './measured.js'

// npm run bench:tables [-- ROWS]: loads sample rows with embeddings into a declared table, beside plain DuckDB's COPY of the
// same SELECT, and searches them by likeness; prints Markdown. It runs dist/cli.js, which `npm run build` makes.
const ROWS = process.argv[2] ?? '100000'
const RUNS = 3

const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
print(
  `${cpus().length} cores (${cpus()[0]?.model}), ${formatBytes(totalmem())}, Node ${process.version}; ${formatCount(Number(ROWS))} rows with embeddings of 1,024 doubles; ${RUNS} runs\n`,
)
print('| | wall | CPU | peak RSS | stored |')
print('|---|---:|---:|---:|---:|')
for (let i = 0; i < RUNS; i++) {
  const folder = await mkdtemp(join(cache, 'tables-'))
  try {
    await writeFile(join(folder, 'stocktake.yaml'), 'lake: ./lake\n')
    await runNode('../../dist/cli.js', ['init'], folder)
    await runNode('../../dist/cli.js', ['tables', 'create', 'sales_history'], folder)
    print(await measure('load-sample', 'load', folder, 'lake/tables'))
    print(await measure('plain COPY', 'copy', folder, 'copied'))
    const { searchMs = Number.NaN, peakBytes } = await runStep('search', folder)
    print(`| similarity_search | ${shownSeconds(searchMs)} | | ${formatBytes(peakBytes)} | |`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, step: string, folder: string, made: string): Promise<string> {
  const { wallMs, cpuMs, peakBytes } = await runStep(step, folder)
  const stored = formatBytes(await sizeOf(join(folder, made)))
  return `| ${name} | ${shownSeconds(wallMs)} | ${shownSeconds(cpuMs)} | ${formatBytes(peakBytes)} | ${stored} |`
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

async function runStep(step: string, folder: string): Promise<Measured> {
  return JSON.parse(await runNode('tablesOnce.js', [step, folder, ROWS], folder))
}

async function runNode(script: string, args: readonly string[], cwd: string): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { cwd })
  return stdout
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
