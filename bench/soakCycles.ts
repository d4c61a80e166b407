import { randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseConnector } from '../src/config/connector.js'
import { type DuckDB, openDuckDB } from '../src/engine/duckdb.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { maintainLake } from '../src/jobs/maintain.js'
import type { MaintainLimits } from '../src/jobs/maintainStep.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { describeProcess } from '../src/lake/processFacts.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import { appendMetrics, measureRun } from '../src/reconcile/metrics.js'
import { countPriorities } from '../src/reconcile/openGaps.js'
import { loadExpectations } from '../src/reconcile/parseExpectations.js'
import { reconcile } from '../src/reconcile/reconcile.js'
import { formatImportId } from '../src/snapshot/importId.js'
import { selectTable } from '../src/snapshot/lakeTables.js'
import { scanBucket } from '../src/snapshot/scanBucket.js'
import { METRICS } from '../src/snapshot/tables.js'
import { DatedStore } from './datedStore.js'

export interface SoakOptions {
  /** An empty folder. */
  readonly folder: string
  readonly cycles: number
  /** How far the clock goes on in one. */
  readonly cycleMs: number
  /** How many cycles there are to a scan of the bucket, and to a maintenance of the lake. */
  readonly scanEvery: number
  readonly maintainEvery: number
  readonly measureEvery: number
  readonly limits: MaintainLimits
}

/** What the process and the lake are like after so many cycles. */
export interface SoakMeasure {
  readonly cycle: number
  readonly rssBytes: number
  readonly openFiles: number
  /** Reconciliations that the table of metrics knows: one a cycle. */
  readonly runs: number
  readonly lakeFiles: number
  readonly lakeBytes: number
  /** Files of each table, metadata files apart, and under `state/`. */
  readonly filesByFolder: Readonly<Record<string, number>>
}

/**
 * Reconciles a small lake again and again in one process, by a clock of its own, and keeps it in order as the
 * daemon does.
 */
export async function* soak(options: SoakOptions): AsyncGenerator<SoakMeasure> {
  const { folder, cycles, cycleMs, scanEvery, maintainEvery, measureEvery } = options
  const place = await openPlace(folder)
  for (let cycle = 1; cycle <= cycles; cycle++) {
    place.clock.ms += cycleMs
    const engine = await openEngine(folder) // each command has one of its own
    try {
      const world = { ...place, engine }
      if (cycle % scanEvery === 1 || scanEvery === 1) await scan(world, cycle)
      await reconcileOnce(world)
      if (cycle % maintainEvery === 0) await maintain(world, options.limits)
      if (cycle % measureEvery === 0) yield await measure(cycle, world)
    } finally {
      engine.close()
    }
  }
}

async function openEngine(folder: string): Promise<DuckDB> {
  const engine = await openDuckDB({ memoryBytes: 150e6, threads: 2, tempFolder: join(folder, 'spill') })
  await useModelDialect(engine)
  return engine
}

type World = Awaited<ReturnType<typeof openPlace>> & { readonly engine: DuckDB }

async function openPlace(folder: string) {
  const clock = { ms: Date.UTC(2026, 0, 1) }
  const now = () => new Date(clock.ms)
  const place = join(folder, 'lake')
  const store = new DatedStore(new FolderStore(place), now)
  const bucket = join(folder, 'bucket')
  await mkdir(bucket)
  return {
    ...{ clock, now, store, bucket },
    catalog: filesCatalog(store, { now }),
    workRoot: join(place, '.tmp-work'),
    signal: new AbortController().signal,
    expectations: await loadExpectations(join(folder, 'data_inventory.yaml'), {
      streams: [],
      connectors: [{ name: 'photos' }],
      readText: async path => (path.endsWith('.yaml') ? EXPECTED : undefined),
    }),
  }
}

const EXPECTED = `datasets:
  days:
    key: days/{date:yyyy-MM-dd}.csv
    expect: { date: { from: 2025-12-25, to: today-1d } }
`

/** Each time another object is there, and the first of them has changed. */
async function scan(world: World, cycle: number): Promise<void> {
  const { bucket, engine, catalog, store, workRoot, now, signal } = world
  const day = new Date(world.clock.ms).toISOString().slice(0, 10)
  await mkdir(join(bucket, 'days'), { recursive: true })
  await writeFile(join(bucket, 'days', `${day}.csv`), `${cycle}\n`)
  await writeFile(join(bucket, 'days', 'latest.csv'), `${cycle}\n`.repeat(cycle))
  const connector = parseConnector('photos', { source_bucket: bucket, scan_mode: 'full' }, '/')
  await scanBucket(
    { connector, scope: '', rate: 1, limits: { engineBytes: 150e6, threads: 2 } },
    {
      ...{ engine, catalog, workRoot, now, signal, lake: store, bucket: new FolderStore(bucket) },
      importer: { user: 'soak', version: '0' },
      peakMemoryBytes: () => process.memoryUsage.rss(),
      progress: () => undefined,
      listed: () => undefined,
    },
  )
}

async function reconcileOnce({ expectations, engine, catalog, now }: World): Promise<void> {
  const effects = { engine, catalog, now }
  const options = { runId: formatImportId(now(), randomBytes(10)), runAt: now(), isDryRun: false }
  await reconcile(expectations, options, effects, async run => {
    const counts = await countPriorities(run.open, effects)
    await appendMetrics(measureRun(run, counts, [], undefined), run, effects)
  })
}

async function maintain(
  { store, catalog, engine, workRoot, now, signal }: World,
  limits: MaintainLimits,
): Promise<void> {
  const { failures } = await maintainLake(
    { dryRun: false, keep: { daily: 7, weekly: 4, monthly: 1 }, limits },
    {
      ...{ store, catalog, engine, workRoot, now, signal },
      random: Math.random,
      sleep: (ms, stopped) => setTimeout(ms, undefined, { signal: stopped }),
      runner: await describeProcess(process.pid),
      host: hostname(),
      progress: () => undefined,
    },
  )
  for (const { error } of failures) throw error
}

async function measure(cycle: number, { store, catalog, engine }: World): Promise<SoakMeasure> {
  const filesByFolder: Record<string, number> = {}
  let lakeFiles = 0
  let lakeBytes = 0
  for await (const { key, sizeBytes } of store.list('')) {
    const [folder = '', name = ''] = key.split('/')
    const kind = key.endsWith('.metadata.json') ? ' metadata' : ''
    const place = folder === 'tables' ? `${name}${kind}` : folder
    filesByFolder[place] = (filesByFolder[place] ?? 0) + 1
    lakeFiles++
    lakeBytes += sizeBytes
  }
  const openFiles = (await readdir('/proc/self/fd')).length
  const [{ runs } = {}] = await engine.rows(
    `select count(distinct run_id) as runs from (${await selectTable(catalog, METRICS, [])})`,
  )
  return {
    cycle,
    runs: Number(runs),
    rssBytes: process.memoryUsage.rss(),
    openFiles,
    lakeFiles,
    lakeBytes,
    filesByFolder,
  }
}
