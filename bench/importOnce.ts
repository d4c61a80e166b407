import { mkdir } from 'node:fs/promises'
import { parseConnector } from '../src/config/connector.js'
import { openDuckDB } from '../src/engine/duckdb.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { useModelDialect } from '../src/models/duckdbDialect.js'
import { importReports } from '../src/snapshot/importReports.js'
import { engineBytesOf } from '../src/snapshot/memoryBudget.js'
import { BENCH_BUCKET } from './benchReport.js'
import { printMeasured } from './measured.js'

// One import in a process of its own: node importOnce.js REPORT_FOLDER LAKE_FOLDER [MEMORY_BYTES]
const [reportFolder = '', lakeFolder = '', memoryBytes = '450000000'] = process.argv.slice(2)
await mkdir(lakeFolder, { recursive: true })
const startedAt = performance.now()
const ends = new Map<string, number>()
const limits = { engineBytes: engineBytesOf(Number(memoryBytes)), threads: 2 }
const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: 2, tempFolder: `${lakeFolder}/.spill` })
await useModelDialect(engine)
const connector = parseConnector(
  'bench',
  {
    source_bucket: BENCH_BUCKET,
    inventory: { destination_bucket: './x', prefix: 'inventory', config_name: 'daily' },
  },
  lakeFolder,
)
const outcomes = importReports(
  { connector, wanted: { which: 'newest' }, again: false, limits },
  {
    catalog: filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() }),
    reports: new FolderStore(reportFolder),
    engine,
    transport: { mode: 'staged', openHttpfs: async () => false },
    workRoot: `${lakeFolder}/.work`,
    importer: { user: 'bench', version: '0' },
    now: () => new Date(),
    peakMemoryBytes: () => process.resourceUsage().maxRSS * 1024,
    progress: ({ phase }) => ends.set(phase, performance.now()),
    signal: new AbortController().signal,
    started: () => undefined,
  },
)
for await (const outcome of outcomes) if (outcome.kind === 'refused') throw outcome.error
const read = (ends.get('read') ?? startedAt) - startedAt
const sort = (ends.get('sort') ?? startedAt) - startedAt - read
printMeasured(startedAt, { readMs: read, sortMs: sort })
