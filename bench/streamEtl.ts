import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, homedir, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { writeMarketSegment } from './marketSegment.js'
import type { Measured } from './measured.js'

// npm run bench:stream-etl [-- MEGABYTES]: makes Parquet and table rows of a segment of market data, beside plain DuckDB's COPY
// of the same lines; prints Markdown. Commands are those of dist/cli.js, each a process as a person starts it; `npm run build`
// makes it.
const MEGABYTES = Number(process.argv[2] ?? '100')
const RUNS = 3
const SEGMENT = 'segment_20260120T22_00001.ndjson'

const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
const folder = await mkdtemp(join(cache, 'stream-'))
try {
  await benchAll()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function benchAll(): Promise<void> {
  const segment = join(folder, SEGMENT)
  const messages = await writeMarketSegment(segment, MEGABYTES * 1_000_000)
  const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${formatBytes(totalmem())}, Node ${process.version}`
  print(`${machine}; ${formatCount(messages)} messages; ${RUNS} runs; load ${loadavg()[0]?.toFixed(1)}\n`)
  print('| | wall | of it the segment | MB/s | CPU | peak RSS | stored |')
  print('|---|---:|---:|---:|---:|---:|---:|')
  for (let i = 0; i < RUNS; i++) {
    const lake = join(folder, String(i))
    const ready = join(lake, 'lake/raw/ready/coinbase')
    await mkdir(ready, { recursive: true })
    await copyFile(segment, join(ready, SEGMENT))
    await writeFile(join(lake, 'stocktake.yaml'), 'lake: ./lake\nstreams: { coinbase: { source: coinbase } }\n')
    const { measured, rows } = await runCommand(['streams', 'etl', 'coinbase', '--once', '--format', 'json'], lake)
    const [done] = JSON.parse(rows)
    printRow('streams etl --once', measured, await sizeOf(join(lake, 'lake/processed')), done.duration_ms)
    const into = join(lake, 'plain.parquet')
    printRow('plain COPY', JSON.parse(await runScript('plainStreamOnce.js', [segment, into])), await sizeOf(lake, into))
    await rm(lake, { recursive: true })
  }
}

function printRow(
  name: string,
  { wallMs, cpuMs, peakBytes }: Measured,
  storedBytes: number,
  segmentMs: number = wallMs,
): void {
  const speed = ((MEGABYTES * 1000) / segmentMs).toFixed(0)
  print(
    `| ${name} | ${seconds(wallMs)} | ${seconds(segmentMs)} | ${speed} | ${seconds(cpuMs)} | ${formatBytes(peakBytes)} | ${formatBytes(storedBytes)} |`,
  )
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** Of the files in a folder; of one of them, if one is named. */
async function sizeOf(folder: string, only?: string): Promise<number> {
  if (only !== undefined) return (await stat(only)).size
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

/** A command of Stocktake in a process of its own; what the kernel says that it took, and what it printed. */
async function runCommand(args: readonly string[], cwd: string): Promise<{ measured: Measured; rows: string }> {
  const into = join(cwd, 'measured.json')
  const env = { ...process.env, MEASURED_INTO: into }
  const measure = new URL('measureExit.js', import.meta.url).href
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', measure, cli, ...args], { cwd, env })
  return { measured: JSON.parse(await readFile(into, 'utf8')), rows: stdout }
}

async function runScript(script: string, args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  return (await promisify(execFile)(process.execPath, [path, ...args])).stdout
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
