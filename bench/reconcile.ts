import { join } from 'node:path'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { SEASON_OBJECTS } from '../test/reconcile/season.js'
import { medianOf, peakOf } from './measured.js'
import { openCache, withScratch } from './place.js'
import { print, seconds, tableRow } from './printed.js'
import { type CycleMeasured, openSeason } from './seasonRun.js'

// npm run bench:reconcile: the whole cycle on a season of 172,754 objects in 12 datasets, whose report is in a bucket of an S3
// server on this machine: imported, compared, and written down. Each run has a lake of its own. Prints Markdown.
const RUNS = 3
await withScratch(await openCache(), async scratch => {
  const season = await openSeason(scratch)
  try {
    const runs: CycleMeasured[] = []
    for (let i = 0; i < RUNS; i++) runs.push(await season.runCycle(join(scratch, `run-${i}`)))
    const [first] = runs
    print('| objects | gaps | requests | wall | peak RSS |\n|---:|---:|---:|---:|---:|')
    const counts = [formatCount(SEASON_OBJECTS), `${first?.gaps}`, `${first?.requests}`]
    print(tableRow([...counts, seconds(medianOf(runs, 'wallMs')), formatBytes(peakOf(runs))]))
  } finally {
    season.close()
  }
})
