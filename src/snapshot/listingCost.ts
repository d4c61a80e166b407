import type { Prices } from '../config/prices.js'
import type { Receipt } from './receipts.js'

/** Keys, versions and delete markers that one LIST request gives at most. */
const KEYS_PER_REQUEST = 1000

/** What it would have taken to list the bucket instead of reading its report; the report `savings` tells the same. */
export function listingCost(rowCount: bigint, prices: Prices): { readonly requests: number; readonly usd: number } {
  const requests = Math.max(1, Math.ceil(Number(rowCount) / KEYS_PER_REQUEST))
  return { requests, usd: (requests * prices.list_per_thousand) / 1000 }
}

/** What the requests of a snapshot cost, USD. */
export const requestCost = (
  { list_requests, get_requests }: Pick<Receipt, 'list_requests' | 'get_requests'>,
  prices: Prices,
): number => (Number(list_requests) * prices.list_per_thousand + Number(get_requests) * prices.get_per_thousand) / 1000
