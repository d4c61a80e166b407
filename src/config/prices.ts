/** USD, by the names that stocktake.yaml has for them. */
export interface Prices {
  /** For a thousand LIST requests. */
  readonly list_per_thousand: number
  /** For a thousand GET and HEAD requests. */
  readonly get_per_thousand: number
  /** For a million objects and versions that S3 Inventory lists. */
  readonly inventory_per_million: number
}

/**
 * S3 Standard in us-east-1, without taxes and discounts, as written down on 21 November 2026; AWS's own page is
 * https://aws.amazon.com/s3/pricing/ (Requests & data retrievals; Management & insights).
 */
export const DEFAULT_PRICES: Prices = {
  list_per_thousand: 0.005,
  get_per_thousand: 0.0004,
  inventory_per_million: 0.0025,
}
