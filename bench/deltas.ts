import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { cpus, homedir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { DELTA_BASE, DELTA_CASES, type DeltaCase, makeDeltaLake } from './deltaLake.js'
import { type Measured, median } from './measured.js'

// npm run bench:delta [-- ROWS]: compares snapshots of which more and more differs, each run paired with one full join by plain
// DuckDB over the same files; prints Markdown. The lake is made first, which takes a while, and stays in the cache.
const RUNS = 3
const rows = Number(process.argv[2] ?? 10_000_000)
const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
const lake = await makeDeltaLake(rows, cache)

print(
  `${cpus().length} cores (${cpus()[0]?.model}), ${formatBytes(totalmem())}, Node ${process.version}; ${formatCount(rows)} objects; medians of ${RUNS} runs, ours and plain DuckDB in turn\n`,
)
print('| changed | where | rows of changes | read | wall | full join | ratio | peak RSS | peak RSS of the join |')
print('|---:|---|---:|---|---:|---:|---:|---:|---:|')
for (const deltaCase of DELTA_CASES) print(await benchDelta(deltaCase))

type DeltaMeasured = Measured & { readonly method?: string; readonly changes: number }

async function benchDelta({ snapshot, share, shape }: DeltaCase): Promise<string> {
  const ours: DeltaMeasured[] = []
  const plain: DeltaMeasured[] = []
  for (let i = 0; i < RUNS; i++) {
    ours.push(await runOnce('deltaOnce.js', [lake, DELTA_BASE, snapshot]))
    plain.push(await runOnce('plainDeltaOnce.js', [DELTA_BASE, snapshot].map(filesOf)))
  }
  const [first] = ours
  if (!first || new Set([...ours, ...plain].map(({ changes }) => changes)).size !== 1)
    throw new RangeError(`${snapshot}: not the same changes`)
  const ratios = ours.map(({ wallMs }, i) => wallMs / (plain[i]?.wallMs ?? Number.NaN))
  const wall = (runs: readonly Measured[]) => `${(median(runs.map(({ wallMs }) => wallMs)) / 1000).toFixed(2)} s`
  const peak = (runs: readonly Measured[]) => formatBytes(Math.max(...runs.map(({ peakBytes }) => peakBytes)))
  const read = first.method === 'folders' ? 'around changed folders' : 'all'
  return `| ${share * 100} % | ${shape} | ${formatCount(first.changes)} | ${read} | ${wall(ours)} | ${wall(plain)} | ${median(ratios).toFixed(2)} | ${peak(ours)} | ${peak(plain)} |`
}

function filesOf(snapshot: string): string {
  return `${lake}/tables/objects_v1/data/*/dt=${snapshot.slice(0, 10)}/*/*.parquet`
}

async function runOnce(script: string, args: readonly string[]): Promise<DeltaMeasured> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args])
  return JSON.parse(stdout)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
