import { mkdir } from 'node:fs/promises'
import { type Connector, parseConnector } from '../src/config/connector.js'
import { type DuckDB, openDuckDB } from '../src/engine/duckdb.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import type { ImportReportsEffects, ImportReportsOptions } from '../src/snapshot/importReports.js'
import { type EngineUse, engineBytesOf } from '../src/snapshot/memoryBudget.js'
import { BENCH_BUCKET } from './benchReport.js'

/** What commands have unless told otherwise. */
export const MEMORY_BYTES = 450_000_000

/** An engine as commands have it, with the default memory unless told otherwise. */
export async function openBenchEngine(
  folder: string,
  use: EngineUse,
  memoryBytes = MEMORY_BYTES,
): Promise<{ readonly engine: DuckDB; readonly limits: ImportReportsOptions['limits'] }> {
  await mkdir(folder, { recursive: true })
  const limits = { engineBytes: engineBytesOf(memoryBytes, use), threads: 2 }
  const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: 2, tempFolder: `${folder}/.spill` })
  await useModelDialect(engine)
  return { engine, limits }
}

/** The connector of the made-up bucket. */
export const benchConnector = (folder: string, destination = './reports'): Connector =>
  parseConnector(
    'bench',
    {
      source_bucket: BENCH_BUCKET,
      inventory: { destination_bucket: destination, prefix: 'inventory', config_name: 'daily' },
    },
    folder,
  )

/** The newest report, once. */
export const newestReport = (connector: Connector, limits: ImportReportsOptions['limits']): ImportReportsOptions => ({
  connector,
  wanted: { which: 'newest' },
  again: false,
  limits,
})

/** What any import of a bench has, but for its places. */
export const importEffects = (
  folder: string,
): Omit<ImportReportsEffects, 'catalog' | 'reports' | 'engine' | 'transport'> => ({
  workRoot: `${folder}/.work`,
  importer: { user: 'bench', version: '0' },
  now: () => new Date(),
  peakMemoryBytes: () => process.resourceUsage().maxRSS * 1024,
  progress: () => undefined,
  signal: new AbortController().signal,
  started: () => undefined,
})
