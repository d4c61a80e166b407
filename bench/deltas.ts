import { join } from 'node:path'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { DELTA_BASE, DELTA_CASES, type DeltaCase, makeDeltaLake, objectFiles } from './deltaLake.js'
import { type Measured, medianOf, medianRatio, peakOf } from './measured.js'
import { openCache } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'
import { runScript } from './processes.js'

// npm run bench:delta [-- ROWS]: compares snapshots of which more and more differs, each run paired with one full join by plain
// DuckDB over the same files; prints Markdown. The lake is made first, which takes a while, and stays in the cache.
const RUNS = 3
const rows = Number(process.argv[2] ?? 10_000_000)
const cache = await openCache()
const lake = join(cache, `deltas-${rows}`)
await makeDeltaLake(lake, rows, DELTA_CASES, cache)

print(`${describeMachine()}; ${formatCount(rows)} objects; medians of ${RUNS} runs, ours and plain DuckDB in turn\n`)
print('| changed | where | rows of changes | read | wall | full join | ratio | peak RSS | peak RSS of the join |')
print('|---:|---|---:|---|---:|---:|---:|---:|---:|')
for (const deltaCase of DELTA_CASES) print(await benchDelta(deltaCase))

type DeltaMeasured = Measured & { readonly method?: string; readonly changes: number }

async function benchDelta({ snapshot, share, shape }: DeltaCase): Promise<string> {
  const ours: DeltaMeasured[] = []
  const plain: DeltaMeasured[] = []
  const files = [DELTA_BASE, snapshot].map(name => objectFiles(lake, name))
  for (let i = 0; i < RUNS; i++) {
    ours.push(await runScript('deltaOnce.js', [lake, DELTA_BASE, snapshot]))
    plain.push(await runScript('plainDeltaOnce.js', files))
  }
  const [first] = ours
  if (!first || new Set([...ours, ...plain].map(({ changes }) => changes)).size !== 1)
    throw new RangeError(`${snapshot}: not the same changes`)
  return tableRow([
    ...[`${share * 100} %`, shape, formatCount(first.changes)],
    first.method === 'folders' ? 'around changed folders' : 'all',
    ...[seconds(medianOf(ours, 'wallMs'), 2), seconds(medianOf(plain, 'wallMs'), 2)],
    medianRatio(ours, plain).toFixed(2),
    ...[formatBytes(peakOf(ours)), formatBytes(peakOf(plain))],
  ])
}
