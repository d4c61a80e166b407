import { cp, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../../src/engine/engine.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { MAINTAIN_LIMITS, type MaintainEffects, type MaintainLimits } from '../../src/jobs/maintainStep.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import { FOLDERS, IMPORT_TABLES, OBJECTS } from '../../src/snapshot/tables.js'
import { importOne, openTestLake, readVouched, receiptsOf, type TestLake } from '../snapshot/importing.js'
import { CURRENT_FIELDS, putCsv } from '../snapshot/reports.js'

/** When the lake's snapshots were imported, in turn. */
const IMPORTED_AT = new Date('2026-01-31T00:00Z')

/** Without patience: whatever isn't needed goes at once, also what ceased to be while it was maintained. */
export const AT_ONCE: MaintainLimits = { ...MAINTAIN_LIMITS, versions: 1, graceMs: -3_600_000, files: 3, manifests: 3 }

/** The snapshots of {@link openManySnapshots}, oldest first. */
export const TIMES = ['2025-11-30', '2026-01-17', '2026-01-18', '2026-01-19', '2026-01-20'].map(
  day => new Date(`${day}T01:00Z`),
)

/** A lake with several snapshots of a small bucket, all imported long ago. */
export async function openManySnapshots(folder?: string): Promise<TestLake> {
  const lake = await openTestLake(folder)
  for (const [i, takenAt] of TIMES.entries()) {
    await putCsv(lake.reports, takenAt, rowsOf(i), CURRENT_FIELDS)
    await importOne(lake, { wanted: { which: 'at', at: takenAt }, now: () => IMPORTED_AT })
  }
  return lake
}

export const rowsOf = (day: number) =>
  Array.from({ length: 40 }, (_, i) => ({
    ...{ key: `folder ${i % 3}/${i + day}.jpg`, size: i % 5 === day ? 1 : i },
    ...{ lastModified: TIMES[0] ?? new Date(), eTag: `${i % 5 === day}`, storageClass: 'STANDARD' },
  }))

/** What maintains a lake, at the real time. */
export async function maintainEffects(lake: TestLake, store: ObjectStore = lake.store): Promise<MaintainEffects> {
  const now = () => new Date()
  return {
    ...{ store, now, engine: lake.engine, catalog: filesCatalog(store, { now }) },
    runner: await describeProcess(process.pid),
    host: 'here',
    workRoot: lake.workRoot,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    signal: new AbortController().signal,
    progress: () => undefined,
  }
}

/** A lake of its own, as another is. */
export async function copyLake(lake: TestLake, name: string): Promise<TestLake> {
  const folder = join(lake.folder, 'copies', name)
  await cp(join(lake.folder, 'lake'), join(folder, 'lake'), { recursive: true, preserveTimestamps: true })
  return openTestLake(folder)
}

/** As if every file of the lake had been written so many days ago. */
export async function age(lake: TestLake, days: number): Promise<void> {
  const root = join(lake.folder, 'lake')
  const time = new Date(Date.now() - days * 86_400_000)
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name)
    if ((await stat(path)).isFile()) await utimes(path, time, time)
  }
}

/** What each snapshot holds, by its name: equal where every row of every table is. */
export async function summarize(lake: TestLake): Promise<Record<string, Row[]>> {
  const summary: Record<string, Row[]> = {}
  for (const spec of IMPORT_TABLES)
    for (const row of await readVouched(lake, spec, '*')) {
      const name = String(row.snapshot)
      summary[name] = [...(summary[name] ?? []), row]
    }
  return summary
}

export const snapshotsOf = async (lake: TestLake): Promise<string[]> =>
  (await receiptsOf(lake)).map(({ snapshot }) => snapshot)

/** Parquet files in the folders of the tables. */
export async function countFiles(lake: TestLake, tables = [OBJECTS, FOLDERS]): Promise<number> {
  let count = 0
  for (const { name } of tables)
    for await (const { key } of lake.store.list(`tables/${name}/data/`)) if (key.endsWith('.parquet')) count++
  return count
}
