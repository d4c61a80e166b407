/** USD, by the names that stocktake.yaml has for them. */
export interface Prices {
  /** For a thousand LIST requests. */
  readonly list_per_thousand: number
  /** For a thousand GET and HEAD requests. */
  readonly get_per_thousand: number
  /** For a million objects and versions that S3 Inventory lists. */
  readonly inventory_per_million: number
  /** For a month of a GB (2^30 bytes) in a storage class, or in a tier of INTELLIGENT_TIERING. */
  readonly storage_standard_per_gb_month: number
  readonly storage_reduced_redundancy_per_gb_month: number
  readonly storage_standard_ia_per_gb_month: number
  readonly storage_onezone_ia_per_gb_month: number
  readonly storage_intelligent_frequent_per_gb_month: number
  readonly storage_intelligent_infrequent_per_gb_month: number
  readonly storage_intelligent_archive_instant_per_gb_month: number
  readonly storage_intelligent_archive_per_gb_month: number
  readonly storage_intelligent_deep_archive_per_gb_month: number
  readonly storage_glacier_ir_per_gb_month: number
  readonly storage_glacier_per_gb_month: number
  readonly storage_deep_archive_per_gb_month: number
  readonly storage_express_onezone_per_gb_month: number
  /** For a month of a thousand objects that INTELLIGENT_TIERING monitors. */
  readonly monitoring_per_thousand_month: number
  /** For a month of 100,000 objects (databases, tables, versions of tables) in Glue's catalog, above the first million. */
  readonly catalog_per_hundred_thousand_month: number
  /** For a TB (2^40 bytes) that Athena scans. */
  readonly athena_per_tb: number
  /** The day on which a person wrote prices down, `2026-10-01`. */
  readonly as_of?: string
}

/** The names of prices. */
export type PriceName = Exclude<keyof Prices, 'as_of'>

/** The day on which the defaults were written down. */
export const DEFAULT_PRICES_AS_OF = '2026-11-21'

/**
 * Requests to S3 Standard, storage, Glue's catalog and Athena's queries in us-east-1, without taxes and discounts, as on
 * {@link DEFAULT_PRICES_AS_OF}; AWS's own pages are https://aws.amazon.com/s3/pricing/ (Storage & requests; Management &
 * insights), https://aws.amazon.com/glue/pricing/ and https://aws.amazon.com/athena/pricing/. Of storage it is the price of
 * the first 50 TB.
 */
export const DEFAULT_PRICES: Readonly<Record<PriceName, number>> = {
  list_per_thousand: 0.005,
  get_per_thousand: 0.0004,
  inventory_per_million: 0.0025,
  storage_standard_per_gb_month: 0.023,
  storage_reduced_redundancy_per_gb_month: 0.024,
  storage_standard_ia_per_gb_month: 0.0125,
  storage_onezone_ia_per_gb_month: 0.01,
  storage_intelligent_frequent_per_gb_month: 0.023,
  storage_intelligent_infrequent_per_gb_month: 0.0125,
  storage_intelligent_archive_instant_per_gb_month: 0.004,
  storage_intelligent_archive_per_gb_month: 0.0036,
  storage_intelligent_deep_archive_per_gb_month: 0.00099,
  storage_glacier_ir_per_gb_month: 0.004,
  storage_glacier_per_gb_month: 0.0036,
  storage_deep_archive_per_gb_month: 0.00099,
  storage_express_onezone_per_gb_month: 0.11,
  monitoring_per_thousand_month: 0.0025,
  catalog_per_hundred_thousand_month: 1,
  athena_per_tb: 5,
}
