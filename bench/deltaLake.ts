import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { BENCH_REPORT, makeBenchReport, selectBenchKeys } from './benchReport.js'
import { openPlainDuckDB } from './plainDuckDB.js'
import { runScript } from './processes.js'

/** What differs from the base in one snapshot. */
export interface DeltaCase {
  readonly snapshot: string
  /** Of the objects, 0 to 1. */
  readonly share: number
  /** Neighbours by key, or anywhere. */
  readonly shape: 'clustered' | 'scattered' | 'everywhere'
}

type Difference = Omit<DeltaCase, 'snapshot'>

/** Each a day after the one before it, the first a day after the base. */
export const onDays = (differences: readonly Difference[]): DeltaCase[] =>
  differences.map((difference, n) => ({ snapshot: `2026-01-${21 + n}T01-00Z`, ...difference }))

/** So many objects that are neighbours, and as many anywhere. */
export const inBothShapes = (share: number): Difference[] => [
  { share, shape: 'clustered' },
  { share, shape: 'scattered' },
]

export const DELTA_CASES = onDays([...[0.001, 0.01, 0.1].flatMap(inBothShapes), { share: 1, shape: 'everywhere' }])

/** Makes a lake of the base and a snapshot for each case, unless it is there. Each report is removed once imported. */
export async function makeDeltaLake(
  lake: string,
  rows: number,
  cases: readonly DeltaCase[],
  cache: string,
): Promise<void> {
  if (existsSync(lake)) return
  const making = `${lake}.making`
  await rm(making, { recursive: true, force: true })
  await importReport((await makeBenchReport(rows, cache)).folder, making)
  for (const { snapshot, share, shape } of cases) {
    const changed = shape === 'clustered' ? await clustered(rows, share) : scattered(share)
    const { folder } = await makeBenchReport(rows, cache, { snapshot, changed })
    await importReport(folder, making)
    await rm(folder, { recursive: true })
  }
  await rename(making, lake)
}

export const DELTA_BASE = BENCH_REPORT

/** The data files of a snapshot's objects, as DuckDB and others take them. */
export const objectFiles = (lake: string, snapshot: string): string =>
  `${lake}/tables/objects_v1/data/*/dt=${snapshot.slice(0, 10)}/*/*.parquet`

const importReport = (folder: string, lake: string) => runScript('importOnce.js', [folder, lake])

const scattered = (share: number): string => `hash(i + 1) % 1000000 < ${share * 1_000_000}`

/** The keys from the third tenth on, in order. */
async function clustered(rows: number, share: number): Promise<string> {
  const connection = await openPlainDuckDB()
  const keys = selectBenchKeys(`select range as i from range(0, ${rows}, 100)`)
  const reader = await connection.runAndReadAll(
    `select quantile_disc(key, 0.3) as first, quantile_disc(key, ${0.3 + share}) as last from (${keys})`,
  )
  const [[first, last] = []] = reader.getRows()
  connection.closeSync()
  return `key >= '${first}' and key < '${last}'`
}
