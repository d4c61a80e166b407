/** Keys, versions and delete markers that one LIST request gives at most. */
const KEYS_PER_REQUEST = 1000
/** S3 Standard, in most regions. */
const USD_PER_REQUEST = 0.005 / 1000

/** What it would have taken to list the bucket instead of reading its report. */
export function listingCost(rowCount: bigint): { readonly requests: number; readonly usd: number } {
  const requests = Math.max(1, Math.ceil(Number(rowCount) / KEYS_PER_REQUEST))
  return { requests, usd: requests * USD_PER_REQUEST }
}
