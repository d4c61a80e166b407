import { DEFAULT_PRICES, DEFAULT_PRICES_AS_OF, type Prices } from '../config/prices.js'
import { QueryError } from '../engine/engine.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { formatBytes, formatCents, formatCount } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt } from './lookAt.js'
import { findQueryBytes } from './queryBytes.js'
import { type MonthlyCost, monthlyCost } from './tableCost.js'
import type { DeclaredTable } from './tableSpec.js'
import type { VerifyEffects, VerifyOptions } from './verification.js'
import { sumBytes, type TableFiles } from './verifyFiles.js'

/** What is known of the table. */
export interface CareFacts extends TableFiles {
  /** Tables in the catalog. */
  readonly catalogTables: number
  /** Whether its files can be read: what queries scan can't be told otherwise. */
  readonly isReadable: boolean
}

/** How much the table takes, whether its files are too small, and what it costs in a month. */
export async function* verifyCare(
  declared: DeclaredTable,
  facts: CareFacts,
  options: VerifyOptions,
  effects: VerifyEffects,
): AsyncGenerator<Check> {
  yield judgeStorage(facts)
  yield judgeFileSizes(facts.files)
  yield await lookAt('cost', async () => {
    const scanned = facts.isReadable ? await findScans(declared, facts, effects) : []
    const { prices, queriesPerMonth } = options
    const storedBytes = sumListed(facts)
    const { catalogTables: catalogObjects } = facts
    const cost = monthlyCost({ storedBytes, catalogObjects, queriesPerMonth, scannedBytes: scanned }, prices)
    return { status: 'ok', check: 'cost', found: describeCost(cost, scanned, options), fix: null }
  })
}

const sumListed = ({ listed }: CareFacts): number => [...listed.values()].reduce((sum, bytes) => sum + bytes, 0)

function judgeStorage({ table, files, listed, ...facts }: CareFacts): Check {
  const all = sumListed({ table, files, listed, ...facts })
  const live = `${countFiles(files.length, 'data file')} of the present state, ${formatBytes(sumBytes(files))}`
  const found = `${formatBytes(all)} in ${countFiles(listed.size, 'file')}; of these ${live}`
  return { status: 'ok', check: 'storage', found, fix: null }
}

const countFiles = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`

/** From so many files of a partition on that are smaller than that, each query pays for opening them. */
const MANY_FILES = 10
const SMALL_BYTES = 16_000_000

function judgeFileSizes(files: readonly DataFile[]): Check {
  const check = 'file sizes'
  if (files.length === 0) return { status: 'ok', check, found: 'no files', fix: null }
  const mean = sumBytes(files) / files.length
  const partitions = new Set(
    files.map(({ specId, partition }) => `${specId} ${Object.values(partition).map(String).join('\0')}`),
  )
  const perPartition = files.length / partitions.size
  const found = `${formatBytes(Math.round(mean))} on average, ${formatCount(Number(perPartition.toFixed(1)))} in a partition`
  if (perPartition <= MANY_FILES || mean >= SMALL_BYTES) return { status: 'ok', check, found, fix: null }
  return {
    status: 'warn',
    check,
    found: `${found}: many small ones make queries slow`,
    fix: 'stocktake maintain merges them',
  }
}

/** What each of the table's queries reads with its defaults; not of those that don't run. */
async function findScans(
  declared: DeclaredTable,
  { table }: CareFacts,
  { engine, listQueries }: Pick<VerifyEffects, 'engine' | 'listQueries'>,
): Promise<number[]> {
  const scanned: number[] = []
  for (const query of (await listQueries(declared)).queries) {
    if (query.path !== undefined) continue // nobody knows whether a person's own runs
    try {
      scanned.push(await findQueryBytes(query, table, engine))
    } catch (error) {
      if (!(error instanceof QueryError)) throw error // of columns that the table hasn't, which are told already
    }
  }
  return scanned
}

function describeCost(
  { total, storage, catalog, queries }: MonthlyCost,
  scanned: readonly number[],
  { prices, queriesPerMonth }: VerifyOptions,
): string {
  const mean = scanned.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, scanned.length)
  const asked = `${formatCount(queriesPerMonth)} queries that read ${formatBytes(Math.round(mean))} each`
  const parts = [
    `storage ${formatCents(storage)}`,
    `catalog ${formatCents(catalog)}`,
    scanned.length === 0 ? 'queries not counted' : `${asked} ${formatCents(queries)}`,
  ]
  return `${formatCents(total)} a month in S3 Standard, Glue and Athena: ${parts.join(', ')}; by ${describePrices(prices)}`
}

const USED = ['storage_standard_per_gb_month', 'catalog_per_hundred_thousand_month', 'athena_per_tb'] as const

function describePrices(prices: Prices): string {
  if (USED.every(name => prices[name] === DEFAULT_PRICES[name]))
    return `the prices of us-east-1 on ${DEFAULT_PRICES_AS_OF}`
  return `your prices${prices.as_of === undefined ? '' : ` of ${prices.as_of}`}`
}
