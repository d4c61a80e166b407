import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, homedir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { makeBenchReport } from './benchReport.js'
import { type Measured, median } from './measured.js'

// npm run bench [-- ROWS…]: imports reports, each run paired with plain DuckDB over the same files; prints Markdown.
const RUNS = 3
const sizes = process.argv.slice(2).map(Number)
const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })

print(
  `${cpus().length} cores (${cpus()[0]?.model}), ${formatBytes(totalmem())}, Node ${process.version}; medians of ${RUNS} runs, ours and plain DuckDB in turn\n`,
)
print('| objects | wall | plain DuckDB | ratio | read | sort | rest | rows/s | peak RSS | plain peak RSS |')
print('|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|')
for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) print(await benchImport(rows))

async function benchImport(rows: number): Promise<string> {
  const { folder, dataFiles } = await makeBenchReport(rows, cache)
  const scratch = await mkdtemp(join(cache, 'run-'))
  const ours: Measured[] = []
  const plain: Measured[] = []
  try {
    for (let i = 0; i < RUNS; i++) {
      ours.push(await runOnce('importOnce.js', [folder, join(scratch, `lake-${i}`)]))
      await rm(join(scratch, `lake-${i}`), { recursive: true })
      plain.push(await runOnce('plainOnce.js', [join(scratch, `plain-${i}`), ...dataFiles]))
      await rm(join(scratch, `plain-${i}`), { recursive: true })
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const ratios = ours.map(({ wallMs }, i) => wallMs / (plain[i]?.wallMs ?? Number.NaN))
  const wall = median(ours.map(({ wallMs }) => wallMs))
  const [read, sort] = [median(ours.map(({ readMs }) => readMs ?? 0)), median(ours.map(({ sortMs }) => sortMs ?? 0))]
  const peak = (runs: readonly Measured[]) => formatBytes(Math.max(...runs.map(({ peakBytes }) => peakBytes)))
  return `| ${[
    formatCount(rows),
    seconds(wall),
    seconds(median(plain.map(({ wallMs }) => wallMs))),
    `${median(ratios).toFixed(2)}`,
    seconds(read),
    seconds(sort),
    seconds(wall - read - sort),
    formatCount(Math.round(rows / (wall / 1000))),
    peak(ours),
    peak(plain),
  ].join(' | ')} |`
}

async function runOnce(script: string, args: readonly string[]): Promise<Measured> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args])
  return JSON.parse(stdout)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
