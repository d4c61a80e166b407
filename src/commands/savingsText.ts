import type { Row } from '../engine/engine.js'
import { countText, formatUsd } from '../output/quantities.js'

/** Adds up the rows of the report `savings` as they pass. */
export interface SavingsSum {
  counted(rows: AsyncIterable<Row>): AsyncIterable<Row>
  /** What they come to, in words. */
  text(): string
}

export function savingsSum(): SavingsSum {
  const sums = { snapshots: 0, listing_usd: 0, requests_usd: 0, inventory_usd: 0, saved_usd: 0 }
  return {
    async *counted(rows) {
      for await (const row of rows) {
        sums.snapshots++
        for (const name of ['listing_usd', 'requests_usd', 'inventory_usd', 'saved_usd'] as const)
          sums[name] += Number(row[name])
        yield row
      }
    },
    text() {
      const { snapshots, listing_usd, requests_usd, inventory_usd, saved_usd } = sums
      if (snapshots === 0) return 'no snapshots yet'
      const verdict = saved_usd < 0 ? `${formatUsd(-saved_usd)} more than` : `${formatUsd(saved_usd)} less than`
      const parts = `${formatUsd(requests_usd)} for requests, ${formatUsd(inventory_usd)} for inventories`
      return `${countText(snapshots, 'snapshot')}: ${verdict} listing would have cost (${formatUsd(listing_usd)}); ${parts}`
    },
  }
}
