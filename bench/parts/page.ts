import { formatCount } from '../../src/output/quantities.js'
import type { Contest } from '../contest.js'
import { median, quantile, sorted, type Taken } from '../measured.js'
import { makePageLake } from '../pageLake.js'
import { measurePage, type PageMeasured, READ_MS, READERS } from '../pageRun.js'
import type { Part } from '../part.js'
import { withScratch } from '../place.js'

/** The API and the page, served by one process and asked by others. No other program has them. */
export const pagePart: Part = {
  name: 'page',
  sizes: [10_000_000],
  async *contests({ sizes, cache, few }) {
    if (few) return
    for (const rows of sizes) {
      const lake = await makePageLake(rows, cache)
      const measured = await withScratch(cache, folder => measurePage(lake, rows, folder))
      const answers = sorted([...measured.times.values()].flat())
      const steps = measured.steps.map(({ withIndexMs }) => withIndexMs)
      const of = `of ${formatCount(rows)} objects`
      yield figure(`API ${of}: the middle one of ${steps.length} kinds of step in the tree`, median(steps), measured)
      // As if that one figure were the time of all: so many answers came in a second.
      yield {
        ...figure(`API ${of}: 95 % of answers to ${READERS} readers at once`, quantile(answers, 0.95), measured),
        amount: { count: (answers.length * quantile(answers, 0.95)) / READ_MS, unit: 'answers' },
      }
      for (const { path, ms } of measured.paints)
        yield figure(`page ${of}: first paint of ${path || 'the root'}`, ms, measured)
    }
  },
}

/** A figure of what was measured already. */
function figure(what: string, wallMs: number, { peakBytes }: PageMeasured): Contest {
  const taken: Taken = { wallMs, cpuMs: Number.NaN, peakBytes: peakBytes.end }
  return { what, runs: 1, ours: { by: 'Stocktake', leavesOut: '', run: async () => taken }, peers: [] }
}
