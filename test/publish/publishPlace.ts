import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ReportRow, type WriteReportOptions, writeReport } from '../../src/demo/writeReport.js'
import type { Glue } from '../../src/lake/glue.js'
import { openGlue } from '../../src/lake/openGlue.js'
import type { S3Store } from '../../src/lake/s3Store.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { FIELDS, FIRST_ROWS, FIRST_TIME, SECOND_ROWS, SECOND_TIME } from '../commands/smallLake.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { awsOf, createBucket, openTestStore, quickEffects, type S3Address } from '../services/s3Service.js'

/** A lake on S3 that can be published, reports of a bucket there too, and Glue. */
export interface PublishPlace extends CommandFolder {
  readonly service: S3Address
  /** Glue's, which nothing else has. */
  readonly database: string
  /** That of declared tables. */
  readonly salesDatabase: string
  readonly buckets: { readonly lake: string; readonly reports: string }
  /** The lake's. */
  readonly store: S3Store
  readonly glue: Glue
  /** Runs it and gives stdout. @throws for another exit code than 0 */
  done(...args: string[]): Promise<string>
  putReport(takenAt: string, rows: readonly (ReportRow | string)[], more?: Partial<WriteReportOptions>): Promise<void>
}

const EXPECTATIONS = `
datasets:
  daily:
    key: days/{date}.json
    expect: { date: { from: 2026-01-18, to: 2026-01-19 } }
    task: { run: ['true', '{date}'] }
`

export async function openPublishPlace(service: S3Address, settings = ''): Promise<PublishPlace> {
  const place = await openCommandFolder()
  const suffix = randomBytes(6).toString('hex')
  const buckets = { lake: await createBucket(service), reports: await createBucket(service) }
  const database = `lake_${suffix}`
  await place.configure(`lake: s3://${buckets.lake}/the lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
publish: { database: ${database} }
tables: { stage: t${suffix} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ${buckets.reports}, config_name: daily }
    schedule: daily
    fallback_to_sample: false
${settings}`)
  await writeFile(join(place.folder, 'data_inventory.yaml'), EXPECTATIONS)
  await mkdir(join(place.folder, 'photo-bucket'))
  const reports = await openTestStore(service, { bucket: buckets.reports })
  return {
    ...place,
    ...{ service, buckets, database },
    salesDatabase: `pricing_intelligence_t${suffix}`,
    store: await openTestStore(service, { bucket: buckets.lake, prefix: 'the lake' }),
    glue: await openGlue({ aws: awsOf(service.endpoint), retries: 3 }, quickEffects(service.credentials)),
    async done(...args) {
      const { code, stdout, stderr } = await place.run(args)
      if (code !== 0) throw new Error(`${args.join(' ')}: ${code}: ${stderr}`)
      return stdout
    },
    async putReport(takenAt, rows, more = {}) {
      const options = { prefix: '', sourceBucket: 'photo-bucket', configName: 'daily', fields: FIELDS, filesCount: 2 }
      const where = { destinationBucket: buckets.reports, takenAt: new Date(takenAt) }
      await writeReport(rows, { ...options, ...where, ...more }, reports)
    },
  }
}

/** A place with two snapshots. */
export async function openImportedPlace(service: S3Address, settings?: string): Promise<PublishPlace> {
  const place = await openPublishPlace(service, settings)
  await place.putReport(FIRST_TIME, FIRST_ROWS)
  await place.putReport(SECOND_TIME, SECOND_ROWS)
  await place.done('import', 'photos', '--all')
  return place
}

/** A place with two snapshots, collections, gaps, tasks, a scan of a folder, and a declared table. */
export async function openFilledPlace(service: S3Address, settings?: string): Promise<PublishPlace> {
  const place = await openImportedPlace(service, settings)
  await place.done('collections', 'create', 'photos', '2025/', '2026/')
  await place.done('reconcile')
  await place.run(['tasks', 'run']) // whose gaps stay
  await place.done('tables', 'create', 'sales_history')
  await place.done('tables', 'load-sample', 'sales_history', '--rows', '1000', '--until', '2026-01-20')
  return place
}
