import type { Prices } from '../config/prices.js'

/** What a table costs by. */
export interface CostFacts {
  /** Of everything in the table's folder: earlier states, too. */
  readonly storedBytes: number
  /** Tables in the catalog. */
  readonly catalogObjects: number
  readonly queriesPerMonth: number
  /** What each of the queries that are asked reads; they are asked equally often. */
  readonly scannedBytes: readonly number[]
}

/** USD in a month. */
export interface MonthlyCost {
  readonly storage: number
  readonly catalog: number
  readonly queries: number
  readonly total: number
}

/**
 * What the table costs in a month where it is in S3 Standard, its catalog is Glue's, and Athena is asked. Requests are not in
 * it, nor is what the free tiers of new accounts take off.
 */
export function monthlyCost(facts: CostFacts, prices: Prices): MonthlyCost {
  const { storedBytes, catalogObjects, queriesPerMonth, scannedBytes } = facts
  const storage = (storedBytes / GB) * prices.storage_standard_per_gb_month
  const paidObjects = Math.max(0, catalogObjects - FREE_OBJECTS)
  const catalog = (paidObjects / 100_000) * prices.catalog_per_hundred_thousand_month
  const billed = scannedBytes.reduce((sum, bytes) => sum + billedBytes(bytes), 0) / Math.max(1, scannedBytes.length)
  const queries = ((queriesPerMonth * billed) / TB) * prices.athena_per_tb
  return { storage, catalog, queries, total: storage + catalog + queries }
}

/** Whole megabytes, and ten at least (https://aws.amazon.com/athena/pricing/). */
const billedBytes = (bytes: number): number => Math.max(10, Math.ceil(bytes / MB)) * MB

const MB = 2 ** 20
const GB = 2 ** 30
const TB = 2 ** 40

/** Glue stores as many without charge (https://aws.amazon.com/glue/pricing/). */
const FREE_OBJECTS = 1_000_000
