import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ReportRow, writeReport } from '../src/demo/writeReport.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { SEASON_EXPECTATIONS, SEASON_SNAPSHOT, seasonObjects } from '../test/reconcile/season.js'
import type { Taken } from './measured.js'
import { runScript } from './processes.js'
import { startS3Server } from './s3Server.js'

/** A cycle on the season, and what it found. */
export type CycleMeasured = Taken & { readonly gaps: number; readonly requests: number }

export interface Season {
  /** Reads the report, compares it with what is expected and writes down what is missing; into an empty lake. */
  runCycle(folder: string): Promise<CycleMeasured>
  close(): void
}

/** Puts the report of the season into a bucket of an S3 server on this machine. @param scratch where its objects are */
export async function openSeason(scratch: string): Promise<Season> {
  const server = await startS3Server(47_812, scratch)
  const reports = join(scratch, 'reports')
  await writeReport(seasonRows(), REPORT, new FolderStore(reports))
  await server.upload('reports', reports)
  return { runCycle: folder => runCycle(folder, server.endpoint), close: () => server.close() }
}

const REPORT = {
  sourceBucket: 'season',
  destinationBucket: 'reports',
  prefix: '',
  configName: 'daily',
  takenAt: new Date(SEASON_SNAPSHOT.replace(/T(\d\d)-(\d\d)Z/, 'T$1:$2:00Z')),
  fields: ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class'],
  filesCount: 2,
}

function* seasonRows(): Generator<ReportRow> {
  for (const object of seasonObjects()) yield { eTag: '0123456789abcdef0123456789abcdef', ...object }
}

async function runCycle(folder: string, endpoint: string): Promise<CycleMeasured> {
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'stocktake.yaml'),
    `aws: { region: us-east-1, endpoint: "${endpoint}", path_style: true }
connectors:
  season:
    source_bucket: season
    inventory: { destination_bucket: reports, config_name: daily }
`,
  )
  await writeFile(join(folder, 'data_inventory.yaml'), SEASON_EXPECTATIONS)
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  return runScript('reconcileOnce.js', [], { cwd: folder, env })
}
