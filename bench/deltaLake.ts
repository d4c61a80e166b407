import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { BENCH_REPORT, makeBenchReport, selectBenchKeys } from './benchReport.js'

/** What differs from the base in one snapshot. */
export interface DeltaCase {
  readonly snapshot: string
  /** Of the objects, 0 to 1. */
  readonly share: number
  /** Neighbours by key, or anywhere. */
  readonly shape: 'clustered' | 'scattered' | 'everywhere'
}

export const DELTA_CASES: readonly DeltaCase[] = [
  { snapshot: '2026-01-21T01-00Z', share: 0.001, shape: 'clustered' },
  { snapshot: '2026-01-22T01-00Z', share: 0.001, shape: 'scattered' },
  { snapshot: '2026-01-23T01-00Z', share: 0.01, shape: 'clustered' },
  { snapshot: '2026-01-24T01-00Z', share: 0.01, shape: 'scattered' },
  { snapshot: '2026-01-25T01-00Z', share: 0.1, shape: 'clustered' },
  { snapshot: '2026-01-26T01-00Z', share: 0.1, shape: 'scattered' },
  { snapshot: '2026-01-27T01-00Z', share: 1, shape: 'everywhere' },
]

/** Makes a lake of the base and a snapshot for each case, unless the cache has it. Each report is removed once imported. */
export async function makeDeltaLake(rows: number, cache: string): Promise<string> {
  const lake = join(cache, `deltas-${rows}`)
  if (existsSync(lake)) return lake
  const making = `${lake}.making`
  await rm(making, { recursive: true, force: true })
  await importReport((await makeBenchReport(rows, cache)).folder, making)
  for (const { snapshot, share, shape } of DELTA_CASES) {
    const changed = shape === 'clustered' ? await clustered(rows, share) : scattered(share)
    const { folder } = await makeBenchReport(rows, cache, { snapshot, changed })
    await importReport(folder, making)
    await rm(folder, { recursive: true })
  }
  await rename(making, lake)
  return lake
}

export const DELTA_BASE = BENCH_REPORT

const importReport = (folder: string, lake: string) =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('importOnce.js', import.meta.url)), folder, lake])

const scattered = (share: number): string => `hash(i + 1) % 1000000 < ${share * 1_000_000}`

/** The keys from the third tenth on, in order. */
async function clustered(rows: number, share: number): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const keys = selectBenchKeys(`select range as i from range(0, ${rows}, 100)`)
  const reader = await connection.runAndReadAll(
    `select quantile_disc(key, 0.3) as first, quantile_disc(key, ${0.3 + share}) as last from (${keys})`,
  )
  const [[first, last] = []] = reader.getRows()
  connection.closeSync()
  instance.closeSync()
  return `key >= '${first}' and key < '${last}'`
}
