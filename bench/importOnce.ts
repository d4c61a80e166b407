import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { importReports } from '../src/snapshot/importReports.js'
import { benchConnector, importEffects, newestReport, openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// One import in a process of its own: node importOnce.js REPORT_FOLDER LAKE_FOLDER [MEMORY_BYTES]
const [reportFolder = '', lakeFolder = '', memoryBytes] = process.argv.slice(2)
const startedAt = performance.now()
const ends = new Map<string, number>()
const { engine, limits } = await openBenchEngine(
  lakeFolder,
  'import',
  memoryBytes === undefined ? undefined : Number(memoryBytes),
)
const outcomes = importReports(newestReport(benchConnector(lakeFolder), limits), {
  ...importEffects(lakeFolder),
  catalog: filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() }),
  reports: new FolderStore(reportFolder),
  engine,
  transport: { mode: 'staged', openHttpfs: async () => false },
  progress: ({ phase }) => ends.set(phase, performance.now()),
})
for await (const outcome of outcomes) if (outcome.kind === 'refused') throw outcome.error
const read = (ends.get('read') ?? startedAt) - startedAt
const sort = (ends.get('sort') ?? startedAt) - startedAt - read
printMeasured(startedAt, { readMs: read, sortMs: sort })
