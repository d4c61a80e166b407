import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ReportRow, writeReport } from '../src/demo/writeReport.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { SEASON_EXPECTATIONS, SEASON_OBJECTS, SEASON_SNAPSHOT, seasonObjects } from '../test/reconcile/season.js'
import { type Measured, median } from './measured.js'
import { startS3Server } from './s3Server.js'

// npm run bench:reconcile: the whole cycle on a season of 172,754 objects in 12 datasets, whose report is in a bucket of an S3
// server on this machine: imported, compared, and written down. Each run has a lake of its own. Prints Markdown.
const RUNS = 3
const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
const scratch = await mkdtemp(join(cache, 'reconcile-'))
const server = await startS3Server(47_812, scratch)
try {
  const reports = join(scratch, 'reports')
  await writeReport(seasonRows(), REPORT(), new FolderStore(reports))
  await server.upload('reports', reports)
  const runs: CycleMeasured[] = []
  for (let i = 0; i < RUNS; i++) runs.push(await runOnce(join(scratch, `run-${i}`)))
  const [first] = runs
  process.stdout.write('| objects | gaps | requests | wall | peak RSS |\n|---:|---:|---:|---:|---:|\n')
  const wall = median(runs.map(({ wallMs }) => wallMs))
  const peak = Math.max(...runs.map(({ peakBytes }) => peakBytes))
  process.stdout.write(
    `| ${formatCount(SEASON_OBJECTS)} | ${first?.gaps} | ${first?.requests} | ${(wall / 1000).toFixed(1)} s | ${formatBytes(peak)} |\n`,
  )
} finally {
  server.close()
  await rm(scratch, { recursive: true, force: true })
}

type CycleMeasured = Measured & { readonly gaps: number; readonly requests: number }

function REPORT() {
  return {
    sourceBucket: 'season',
    destinationBucket: 'reports',
    prefix: '',
    configName: 'daily',
    takenAt: new Date(SEASON_SNAPSHOT.replace(/T(\d\d)-(\d\d)Z/, 'T$1:$2:00Z')),
    fields: ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class'],
    filesCount: 2,
  }
}

function* seasonRows(): Generator<ReportRow> {
  for (const object of seasonObjects()) yield { eTag: '0123456789abcdef0123456789abcdef', ...object }
}

async function runOnce(folder: string): Promise<CycleMeasured> {
  await mkdir(folder)
  await writeFile(
    join(folder, 'stocktake.yaml'),
    `aws: { region: us-east-1, endpoint: "${server.endpoint}", path_style: true }
connectors:
  season:
    source_bucket: season
    inventory: { destination_bucket: reports, config_name: daily }
`,
  )
  await writeFile(join(folder, 'data_inventory.yaml'), SEASON_EXPECTATIONS)
  const script = fileURLToPath(new URL('reconcileOnce.js', import.meta.url))
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder, env })
  return JSON.parse(stdout)
}
