import { setTimeout as sleep } from 'node:timers/promises'
import { loadHttpfs, openS3Access } from '../src/engine/httpfs.js'
import { openTrino } from '../src/engine/trinoEngine.js'
import { glueCatalog } from '../src/iceberg/glueCatalog.js'
import { planFiles } from '../src/iceberg/plan.js'
import { openGlue } from '../src/lake/openGlue.js'
import { openS3Store } from '../src/lake/s3Store.js'
import { importReports } from '../src/snapshot/importReports.js'
import { importElsewhere } from '../src/snapshot/remoteImport.js'
import { type RemotePhase, remoteStatements } from '../src/snapshot/remoteStatements.js'
import { OBJECTS } from '../src/snapshot/tables.js'
import { GLUE_CATALOG } from '../test/engines/trinoGlue.js'
import { benchConnector, importEffects, newestReport, openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// One import in a process of its own:
// node remoteImportOnce.js duckdb|trino REPORTS_BUCKET LAKE_BUCKET DATABASE ENDPOINT TRINO EXTENSIONS FOLDER
const [by, reports = '', lake = '', database = '', endpoint = '', trino = '', extensions = '', folder = ''] =
  process.argv.slice(2)
const effects = {
  credentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
  sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
  random: Math.random,
  signal: new AbortController().signal,
}
const aws = { region: 'us-east-1', endpoint, pathStyle: true }
const openBucket = (bucket: string) => openS3Store({ bucket, prefix: '', aws, retries: 5 }, effects)
const [store, glue] = [await openBucket(lake), await openGlue({ aws, retries: 5 }, effects)]
await glue.createDatabase({ Name: database })

const startedAt = performance.now()
const { engine, limits } = await openBenchEngine(folder, 'import')
const found = await loadHttpfs(engine, extensions)
if (found.kind === 'absent') throw new Error(found.reason)
await openS3Access(engine, { ...aws, credentials: effects.credentials }, { retries: 5, timeoutMs: 20_000 })
const ends = new Map<RemotePhase, number>()
const remote = openTrino(
  { address: { server: trino, user: 'bench' }, catalog: GLUE_CATALOG },
  { ...effects, retries: 5 },
)
const statements = remoteStatements(remote, database, {
  signal: effects.signal,
  progress: ({ phase }) => ends.set(phase, performance.now()),
})
const shared = {
  ...importEffects(folder),
  catalog: glueCatalog(store, glue, { database }, { now: () => new Date() }),
  reports: await openBucket(reports),
  engine,
  transport: { mode: 'auto' as const, openHttpfs: async () => true },
}
const outcomes = importReports(newestReport(benchConnector(folder, reports), limits), {
  ...shared,
  ...(by === 'trino' && {
    importElsewhere: options =>
      importElsewhere(options, { ...shared, reports: options.reports, store, glue, database, statements }),
  }),
})
let readBytes = 0
for await (const outcome of outcomes) {
  if (outcome.kind === 'refused') throw outcome.error
  readBytes = Number(outcome.receipt.bytes_read)
}
const since = (phase: RemotePhase, before: RemotePhase | undefined): number =>
  (ends.get(phase) ?? startedAt) - (before === undefined ? startedAt : (ends.get(before) ?? startedAt))
printMeasured(
  startedAt,
  by === 'trino'
    ? { countMs: since('rows', undefined), insertMs: since('objects', 'rows'), checkMs: since('check', 'objects') }
    : {},
  { readBytes, scannedBytes: statements.stats().scannedBytes, ...(await describeObjects()) },
)

/** The files that hold the snapshot's objects. */
async function describeObjects(): Promise<{ readonly files: number; readonly fileBytes: number }> {
  const table = await shared.catalog.load(OBJECTS.name)
  const files = table ? await planFiles(table, []) : []
  return { files: files.length, fileBytes: files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0) }
}
