import { loadHttpfs, openS3Access } from '../src/engine/httpfs.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { openS3Store } from '../src/lake/s3Store.js'
import { importReports } from '../src/snapshot/importReports.js'
import { benchConnector, importEffects, newestReport, openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// One import in a process of its own: node transportOnce.js folder|staged|httpfs REPORT_FOLDER_OR_BUCKET LAKE_FOLDER ENDPOINT EXTENSIONS
const [way = '', place = '', lakeFolder = '', endpoint = '', extensions = ''] = process.argv.slice(2)
const aws = { region: 'us-east-1', endpoint, pathStyle: true }
const credentials = async () => ({ accessKeyId: 'test', secretAccessKey: 'test' })
const startedAt = performance.now()
const { engine, limits } = await openBenchEngine(lakeFolder, 'import')
const effects = importEffects(lakeFolder)
const openReports = () =>
  openS3Store(
    { bucket: place, prefix: '', aws, retries: 5 },
    { credentials, sleep: () => Promise.resolve(), random: Math.random, signal: effects.signal },
  )
let opening: Promise<boolean> | undefined
async function openHttpfs(): Promise<boolean> {
  const found = await loadHttpfs(engine, extensions)
  if (found.kind === 'absent') throw new Error(found.reason)
  await openS3Access(engine, { ...aws, credentials }, { retries: 5, timeoutMs: 20_000 })
  return true
}
const outcomes = importReports(newestReport(benchConnector(lakeFolder), limits), {
  ...effects,
  catalog: filesCatalog(new FolderStore(lakeFolder), { now: () => new Date() }),
  reports: way === 'folder' ? new FolderStore(place) : await openReports(),
  engine,
  transport: {
    mode: way === 'httpfs' ? 'httpfs' : 'staged',
    openHttpfs: () => {
      opening ??= openHttpfs()
      return opening
    },
  },
})
let rows = 0
for await (const outcome of outcomes) {
  if (outcome.kind === 'refused') throw outcome.error
  rows += Number(outcome.receipt.row_count)
}
printMeasured(startedAt, {}, { rows })
