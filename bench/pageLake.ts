import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH_REPORT, makeBenchReport } from './benchReport.js'
import { runScript } from './processes.js'

/** Objects that lie in one folder: of ten million objects there are a million folders. */
export const OBJECTS_A_FOLDER = 10

/** Makes a lake of a snapshot and one of the day after, of which half a percent differs, unless the cache has it. */
export async function makePageLake(rows: number, cache: string): Promise<string> {
  const lake = join(cache, `page-${rows}`)
  if (existsSync(lake)) return lake
  const making = `${lake}.making`
  const reports = `${lake}.reports`
  await rm(making, { recursive: true, force: true })
  const variants = [
    { snapshot: BENCH_REPORT, changed: 'false' },
    { snapshot: '2026-01-21T01-00Z', changed: 'hash(i + 1) % 1000000 < 5000' },
  ]
  for (const variant of variants) {
    const { folder } = await makeBenchReport(rows, reports, { ...variant, objectsAFolder: OBJECTS_A_FOLDER })
    await runScript('importOnce.js', [folder, making])
    await rm(folder, { recursive: true })
  }
  await rm(reports, { recursive: true })
  await rename(making, lake)
  return lake
}
