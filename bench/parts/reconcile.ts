import { formatCount } from '../../src/output/quantities.js'
import { SEASON_OBJECTS } from '../../test/reconcile/season.js'
import type { Part } from '../part.js'
import { lendScratch } from '../place.js'
import { openSeason } from '../seasonRun.js'

/** The whole cycle from a report in a bucket to what is missing. No other program does it. */
export const reconcilePart: Part = {
  name: 'reconcile',
  sizes: [],
  async *contests({ cache, few }) {
    if (few) return
    const [scratch, remove] = await lendScratch(cache)
    const season = await openSeason(scratch)
    try {
      yield {
        what: `reconcile, ${formatCount(SEASON_OBJECTS)} objects in 12 datasets`,
        amount: { count: SEASON_OBJECTS, unit: 'objects' },
        ours: { by: 'Stocktake', leavesOut: '', run: folder => season.runCycle(folder) },
        peers: [],
      }
    } finally {
      season.close()
      await remove()
    }
  },
}
