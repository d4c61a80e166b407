import type { Prices } from '../config/prices.js'

/** Keys, versions and delete markers that one LIST request gives at most. */
const KEYS_PER_REQUEST = 1000

/** What it would have taken to list the bucket instead of reading its report; the report `savings` tells the same. */
export function listingCost(rowCount: bigint, prices: Prices): { readonly requests: number; readonly usd: number } {
  const requests = Math.max(1, Math.ceil(Number(rowCount) / KEYS_PER_REQUEST))
  return { requests, usd: (requests * prices.list_per_thousand) / 1000 }
}
