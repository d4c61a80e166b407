import { mkdir } from 'node:fs/promises'
import { parseConnector } from '../src/config/connector.js'
import { openDuckDB } from '../src/engine/duckdb.js'
import { loadHttpfs, openS3Access } from '../src/engine/httpfs.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { openS3Store } from '../src/lake/s3Store.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import { importReports } from '../src/snapshot/importReports.js'
import { engineBytesOf } from '../src/snapshot/memoryBudget.js'
import type { Transport } from '../src/snapshot/remoteFiles.js'
import { BENCH_BUCKET } from './benchReport.js'
import { printMeasured } from './measured.js'

// One import in a process of its own: node transportOnce.js folder|staged|httpfs REPORT_FOLDER_OR_BUCKET LAKE_FOLDER ENDPOINT EXTENSIONS
const [way = '', place = '', lakeFolder = '', endpoint = '', extensions = ''] = process.argv.slice(2)
await mkdir(lakeFolder, { recursive: true })
const signal = new AbortController().signal
const credentials = async () => ({ accessKeyId: 'test', secretAccessKey: 'test' })
const startedAt = performance.now()
const limits = { engineBytes: engineBytesOf(450_000_000), threads: 2 }
const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: 2, tempFolder: `${lakeFolder}/.spill` })
await useModelDialect(engine)
const openReports = () =>
  openS3Store(
    { bucket: place, prefix: '', aws: { region: 'us-east-1', endpoint, pathStyle: true }, retries: 5 },
    { credentials, sleep: () => Promise.resolve(), random: Math.random, signal },
  )
const transport: Transport = {
  mode: way === 'httpfs' ? 'httpfs' : 'staged',
  openHttpfs: async () => {
    const found = await loadHttpfs(engine, extensions)
    if (found.kind === 'absent') throw new Error(found.reason)
    const access = { region: 'us-east-1', endpoint, pathStyle: true, credentials }
    await openS3Access(engine, access, { retries: 5, timeoutMs: 20_000 })
    return true
  },
}
let opening: Promise<boolean> | undefined
const outcomes = importReports(
  {
    connector: parseConnector(
      'bench',
      {
        source_bucket: BENCH_BUCKET,
        inventory: { destination_bucket: './x', prefix: 'inventory', config_name: 'daily' },
      },
      lakeFolder,
    ),
    ...{ wanted: { which: 'newest' }, again: false, limits },
  },
  {
    catalog: filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() }),
    reports: way === 'folder' ? new FolderStore(place) : await openReports(),
    engine,
    transport: {
      ...transport,
      openHttpfs: () => {
        opening ??= transport.openHttpfs()
        return opening
      },
    },
    workRoot: `${lakeFolder}/.work`,
    importer: { user: 'bench', version: '0' },
    now: () => new Date(),
    peakMemoryBytes: () => process.resourceUsage().maxRSS * 1024,
    progress: () => undefined,
    signal,
    started: () => undefined,
  },
)
for await (const outcome of outcomes) if (outcome.kind === 'refused') throw outcome.error
printMeasured(startedAt, {})
