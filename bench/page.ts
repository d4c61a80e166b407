import { formatBytes, formatCount } from '../src/output/quantities.js'
import { quantile, sorted } from './measured.js'
import { makePageLake } from './pageLake.js'
import { measurePage, type PageMeasured, READ_MS, READERS } from './pageRun.js'
import { openCache, withScratch } from './place.js'
import { describeMachine, print, tableRow } from './printed.js'

// npm run bench:page [-- ROWS [CACHE]]: serves a lake of ten million objects in a million folders, and measures steps in the tree
// from the first request on, fifty readers at once, and the page's first paint of ten thousand folders; prints Markdown. It runs
// dist/cli.js, which `npm run build` makes. The lake is made first, which takes minutes, and stays in the cache.
const rows = Number(process.argv[2] ?? 10_000_000)
const cache = process.argv[3] ?? (await openCache())

const lake = await makePageLake(rows, cache)
print(`${describeMachine()}; ${formatCount(rows)} objects\n`)
const measured = await withScratch(cache, folder => measurePage(lake, rows, folder))
printSteps(measured)
printTimes(measured.times)
for (const { path, ms } of measured.paints) print(`\nfirst paint of ${path || 'the root'}: ${ms.toFixed(0)} ms`)
const { steps, readers, end } = measured.peakBytes
print(
  `\npeak RSS of the server: ${formatBytes(steps)} after the steps, ${formatBytes(readers)} after the readers, ${formatBytes(end)}`,
)

function printSteps({ steps, indexMs }: PageMeasured): void {
  const waited = (indexMs / 1000).toFixed(0)
  print(`| step | from the first request on | with the index (${waited} s later) |\n|---|---:|---:|`)
  for (const { what, beforeMs, withIndexMs } of steps)
    print(tableRow([what, ...[beforeMs, withIndexMs].map(ms => `${ms.toFixed(0)} ms`)]))
}

function printTimes(times: ReadonlyMap<string, readonly number[]>): void {
  const all = [...times.values()].flat()
  print(`\n${READERS} readers at once, ${formatCount(Math.round(all.length / (READ_MS / 1000)))} answers a second\n`)
  print('| asked | answers | median | p95 | p99 | slowest |\n|---|---:|---:|---:|---:|---:|')
  for (const [kind, each] of [...times].sort(([a], [b]) => (a < b ? -1 : 1)).concat([['all', all]])) {
    const ascending = sorted(each)
    const figures = [0.5, 0.95, 0.99, 1].map(share => `${quantile(ascending, share).toFixed(1)} ms`)
    print(tableRow([kind, formatCount(each.length), ...figures]))
  }
}
