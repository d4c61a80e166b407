import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connector, parseConnector } from '../../src/config/connector.js'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Row } from '../../src/engine/engine.js'
import type { Catalog, TableSpec } from '../../src/iceberg/catalog.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { ReportSource } from '../../src/inventory/findReports.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import {
  type ImportReportsEffects,
  importReports,
  type ReportOutcome,
  type WantedReports,
} from '../../src/snapshot/importReports.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import type { ImportProgress } from '../../src/snapshot/makeSnapshot.js'
import type { EngineLimits } from '../../src/snapshot/memoryBudget.js'
import { listReceipts, type Receipt } from '../../src/snapshot/receipts.js'
import type { Transport } from '../../src/snapshot/remoteFiles.js'
import { openAccess, openPlaces, transport } from './places.js'

export const SOURCE_BUCKET = 'photo-bucket'
export const DESTINATION_BUCKET = 'inventory-bucket'

/** Where the reports of the connectors below are. */
export const SOURCE: ReportSource = { prefix: 'inventory', sourceBucket: SOURCE_BUCKET, configName: 'daily' }

/** When the reports of tests are taken. */
export const FIRST = new Date('2026-01-13T01:00:00Z')
export const SECOND = new Date('2026-01-20T01:00:00Z')
export const THIRD = new Date('2026-01-27T01:00:00Z')

export const LIMITS: EngineLimits = { engineBytes: 150_000_000, threads: 2 }

/** So little memory that no more than 10,000 rows are sorted at once. For imports; an engine needs more. */
export const LEAST_LIMITS: EngineLimits = { engineBytes: 1_000_000, threads: 2 }

/** A lake, the bucket that reports are delivered to, and what imports one into the other. */
export interface TestLake {
  readonly folder: string
  readonly store: ObjectStore
  readonly reports: ObjectStore
  readonly catalog: Catalog
  readonly engine: DuckDB
  /** Of comparisons; imports are given theirs. */
  readonly limits: EngineLimits
  /** Where unfinished imports are. */
  readonly workRoot: string
}

/** What a test may put in the place of an import's own. */
export interface ImportChanges {
  readonly connector?: Connector
  readonly wanted?: WantedReports
  readonly again?: boolean
  readonly limits?: EngineLimits
  readonly store?: ObjectStore
  readonly reports?: ObjectStore
  readonly engine?: ImportReportsEffects['engine']
  readonly transport?: Transport
  readonly now?: () => Date
  readonly progress?: (step: ImportProgress) => void
  readonly signal?: AbortSignal
}

/** Opens a test's lake in a folder, which may hold one; without a folder, in a new one. */
export async function openTestLake(folder?: string): Promise<TestLake> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'stocktake import ')))
  const { store, reports } = await openPlaces(place)
  return {
    folder: place,
    store,
    reports,
    catalog: catalogOf(store),
    engine: await openEngine(place),
    limits: LIMITS,
    workRoot: join(place, 'work'),
  }
}

export async function closeTestLake(lake: TestLake): Promise<void> {
  lake.engine.close()
  await rm(lake.folder, { recursive: true, force: true })
}

/** A DuckDB as imports want it. */
export async function openEngine(folder: string, limits = LIMITS): Promise<DuckDB> {
  const tempFolder = join(folder, 'spill')
  const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: limits.threads, tempFolder })
  await openAccess(engine)
  await useModelDialect(engine)
  return engine
}

const catalogOf = (store: ObjectStore): Catalog => filesCatalog(store, { now: () => new Date() })

/** A connector for reports of SOURCE; `settings` are keys of `inventory:`. */
export const connectorOf = (
  settings: Record<string, unknown> = {},
  others: Record<string, unknown> = {},
  name = 'photos',
) =>
  parseConnector(
    name,
    {
      source_bucket: SOURCE_BUCKET,
      inventory: {
        destination_bucket: DESTINATION_BUCKET,
        prefix: SOURCE.prefix,
        config_name: SOURCE.configName,
        ...settings,
      },
      ...others,
    },
    '/',
  )

/** Imports the newest report, or those that are wanted. */
export async function importInto(lake: TestLake, changes: ImportChanges = {}): Promise<ReportOutcome[]> {
  const options = {
    connector: changes.connector ?? connectorOf(),
    wanted: changes.wanted ?? { which: 'newest' as const },
    again: changes.again ?? false,
    limits: changes.limits ?? LIMITS,
  }
  const outcomes: ReportOutcome[] = []
  for await (const outcome of importReports(options, effectsOf(lake, changes))) outcomes.push(outcome)
  return outcomes
}

/** As {@link importInto}, of one report, whose receipt it gives. */
export async function importOne(lake: TestLake, changes: ImportChanges = {}): Promise<Receipt> {
  const [outcome, ...others] = await importInto(lake, changes)
  if (outcome?.kind !== 'imported' || others.length > 0) throw new Error(`expected one import, got ${outcome?.kind}`)
  return outcome.receipt
}

export function effectsOf(lake: TestLake, changes: ImportChanges): ImportReportsEffects {
  return {
    catalog: changes.store ? catalogOf(changes.store) : lake.catalog,
    reports: changes.reports ?? lake.reports,
    engine: changes.engine ?? lake.engine,
    transport: changes.transport ?? transport,
    workRoot: lake.workRoot,
    importer: { user: 'tester', version: '1.2.3' },
    now: changes.now ?? (() => new Date()),
    peakMemoryBytes: () => 1,
    progress: changes.progress ?? (() => undefined),
    signal: changes.signal ?? new AbortController().signal,
    started: () => undefined,
  }
}

/** The receipts, newest snapshot first. */
export const receiptsOf = (lake: TestLake): Promise<Receipt[]> => listReceipts(lake)

/** The rows of a table that the receipts vouch for, in a fixed order. */
export async function readVouched(lake: TestLake, spec: TableSpec, select = '*'): Promise<Row[]> {
  const ids = (await receiptsOf(lake)).map(receipt => `'${receipt.import_id}'`)
  return readTable(lake, spec, `import_id in (${ids.join(', ') || "''"})`, select)
}

/** The rows of a table that one import made, whether or not its receipt counts. */
export async function readImport(lake: TestLake, spec: TableSpec, importId: string): Promise<Row[]> {
  const files = await selectTable(lake.catalog, spec, [{ column: 'import_id', op: '=', value: importId }])
  return lake.engine.rows(`select * from (${files}) where import_id = $importId order by all`, { importId })
}

/** The rows of a table that meet a condition, whether or not anybody vouches for them. */
export async function readTable(lake: TestLake, spec: TableSpec, where = 'true', select = '*'): Promise<Row[]> {
  const files = await selectTable(lake.catalog, spec, [])
  return lake.engine.rows(`select ${select} from (${files}) where ${where} order by all`)
}

/** The rows without the columns that tell one import of a bucket from another. */
export const withoutImport = (rows: readonly Row[]): Row[] => rows.map(({ import_id: _, ...row }) => row)

/** Every object of the lake by its key and size: two listings are equal if nothing was written in between. */
export async function listLake(lake: TestLake): Promise<string[]> {
  const found: string[] = []
  for await (const { key, sizeBytes } of lake.store.list('')) found.push(`${key} ${sizeBytes}`)
  return found
}
