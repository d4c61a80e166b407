import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAINTAIN_LIMITS } from '../src/jobs/maintainStep.js'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { type SoakMeasure, soak } from './soakCycles.js'

// npm run soak [cycles]: a small lake is reconciled 2,000 times, an hour apart by its clock, and maintained each day or two, all in
// one process. Prints a line for each 100 cycles as Markdown; in the end, whether memory, open files and the lake stayed flat.
const cycles = Number(process.argv[2] ?? 2000)
const folder = await mkdtemp(join(tmpdir(), 'stocktake-soak-'))
const measures: SoakMeasure[] = []
const startedAt = performance.now()
try {
  process.stdout.write('| cycles | RSS | open files | lake files | lake |\n|---:|---:|---:|---:|---:|\n')
  const every = { cycleMs: 3_600_000, scanEvery: 8, maintainEvery: 50, measureEvery: Math.min(100, cycles) }
  for await (const measure of soak({ folder, cycles, ...every, limits: MAINTAIN_LIMITS })) {
    measures.push(measure)
    if (measure.runs !== measure.cycle) throw new Error(`${measure.runs} runs are left of ${measure.cycle}`)
    const { cycle, rssBytes, openFiles, lakeFiles, lakeBytes, filesByFolder } = measure
    const cells = [formatCount(cycle), formatBytes(rssBytes), openFiles, formatCount(lakeFiles), formatBytes(lakeBytes)]
    process.stdout.write(`| ${cells.join(' | ')} |\n`)
    process.stderr.write(`${JSON.stringify(filesByFolder)}\n`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s; ${verdict()}\n`)

/** The last quarter beside the second: by the first, caches fill and the first ages pass. */
function verdict(): string {
  const quarter = Math.floor(measures.length / 4)
  const [before, after] = [measures.slice(quarter, 2 * quarter), measures.slice(-quarter)]
  if (quarter === 0) return 'too short to tell'
  const ratio = (of: (measure: SoakMeasure) => number): number =>
    Math.max(...after.map(of)) / Math.max(...before.map(of))
  return [
    `RSS × ${ratio(each => each.rssBytes).toFixed(2)}`,
    `open files × ${ratio(each => each.openFiles).toFixed(2)}`,
    `lake files × ${ratio(each => each.lakeFiles).toFixed(2)}`,
    `lake bytes × ${ratio(each => each.lakeBytes).toFixed(2)}`,
  ].join(', ')
}
