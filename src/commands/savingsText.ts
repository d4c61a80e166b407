import type { Connector } from '../config/connector.js'
import type { Row } from '../engine/engine.js'
import { countText, formatUsd } from '../output/quantities.js'
import type { Receipt } from '../snapshot/receipts.js'

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

/**
 * Of what the report `savings` prices without anybody having paid for it: connectors that are read from folders.
 * @param wanted the connector that the report is about, NULL for all
 * @returns `undefined` where all are read from S3
 */
export function unpaidText(
  connectors: readonly Connector[],
  wanted: string | null,
  receipts: readonly Receipt[],
): string | undefined {
  const counted = new Set(receipts.map(({ connector }) => connector))
  const names = connectors
    .filter(({ name }) => (wanted === null || name === wanted) && counted.has(name))
    .filter(({ source, inventory }) => (inventory?.destination ?? source).kind === 'folder')
    .map(({ name }) => name)
  if (names.length === 0) return undefined
  return `${names.join(', ')}: read from a folder, which costs nothing; the figures are what S3 would have asked`
}
