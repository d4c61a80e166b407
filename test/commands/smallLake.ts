import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS, run } from '../../src/cli.js'
import { type ReportRow, type WriteReportOptions, writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { TextSink } from '../output/textSink.js'

/** What a command line came to. */
export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder with settings, and reports of a bucket. */
export interface SmallPlace {
  readonly folder: string
  /** Runs a command line there on 22 January 2026, at one o'clock; in messages the folder is `…`. */
  run(...args: string[]): Promise<Answer>
  /** Runs it with --format json. @throws for an exit code other than 0 */
  rows(...args: string[]): Promise<Record<string, unknown>[]>
  putReport(takenAt: string, rows: readonly (ReportRow | string)[], more?: Partial<WriteReportOptions>): Promise<void>
  remove(): Promise<void>
}

export const FIRST = '2026-01-19T01-00Z'
export const SECOND = '2026-01-20T01-00Z'
export const FIRST_TIME = '2026-01-19T01:00Z'
export const SECOND_TIME = '2026-01-20T01:00Z'

/** The last is a setting of the connector `photos`. */
export const SETTINGS = `
connectors:
  listed:
    { source_bucket: other-bucket, fallback_to_sample: false }
  photos:
    source_bucket: ./photo-bucket
    inventory:
      destination_bucket: ./reports
      config_name: daily
    schedule: daily
`

/** The fields of the reports. */
export const FIELDS = [
  'bucket',
  'key',
  'version_id',
  'is_latest',
  'is_delete_marker',
  'size',
  'last_modified_date',
  'e_tag',
]

export async function openSmallPlace(): Promise<SmallPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-commands-'))
  await writeFile(join(folder, 'stocktake.yaml'), SETTINGS)
  const runHere = async (...args: string[]): Promise<Answer> => {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const world = { stdout, stderr, cwd: folder, env: {}, now: () => new Date('2026-01-22T01:00:00Z') }
    const code = await run(args, COMMANDS, { ...world, signal: new AbortController().signal })
    const told = (text: string) => text.replaceAll(folder, '…')
    return { code, stdout: told(stdout.text), stderr: told(stderr.text) }
  }
  return {
    folder,
    run: runHere,
    async rows(...args) {
      const answer = await runHere(...args, '--format', 'json')
      if (answer.code !== 0) throw new Error(answer.stderr)
      return JSON.parse(answer.stdout)
    },
    async putReport(takenAt, rows, more = {}) {
      const options = {
        sourceBucket: 'photo-bucket',
        destinationBucket: 'reports',
        prefix: '',
        configName: 'daily',
        takenAt: new Date(takenAt),
        fields: FIELDS,
        filesCount: 2,
        ...more,
      }
      await writeReport(rows, options, new FolderStore(join(folder, 'reports')))
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

const lastModified = new Date('2026-01-01T10:30:00Z')
const object = (key: string, size: number, eTag = 'e1'): ReportRow => ({ key, size, eTag, lastModified })

export const FIRST_ROWS: readonly ReportRow[] = [
  object('readme.txt', 100),
  object('2025/a b.jpg', 2_000_000),
  object('2025/b.jpg', 3_000_000),
  object('2025/raw/b.cr3', 9_000_000),
  object('2026/c.jpg', 1_000_000),
  { ...object('2026/c.jpg', 500_000, 'e0'), versionId: 'v0', isLatest: false },
]

export const SECOND_ROWS: readonly ReportRow[] = [
  object('readme.txt', 120, 'e2'), // modified
  object('2025/a b.jpg', 2_000_000),
  object('2025/raw/b.cr3', 9_000_000),
  { ...object('2026/c.jpg', 1_000_000), lastModified: new Date('2026-01-19T12:00:00Z') }, // touched
  object('2026/d.jpg', 4_000_000), // new
  { key: '2025/b.jpg', versionId: 'v2', isDeleteMarker: true, lastModified },
  { ...object('2025/b.jpg', 3_000_000), versionId: 'v1', isLatest: false },
]

/** A place whose two reports have been imported. */
export async function openSmallLake(): Promise<SmallPlace> {
  const place = await openSmallPlace()
  await place.putReport(FIRST_TIME, FIRST_ROWS)
  await place.putReport(SECOND_TIME, SECOND_ROWS)
  const { code, stderr } = await place.run('import', 'photos', '--all')
  if (code !== 0) throw new Error(stderr)
  return place
}
