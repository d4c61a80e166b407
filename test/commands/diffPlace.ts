import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMANDS, run } from '../../src/cli.js'
import type { ReportRow, WriteReportOptions } from '../../src/demo/writeReport.js'
import { TextSink } from '../output/textSink.js'
import { type Answer, FIELDS, openSmallPlace, type SmallPlace } from './smallLake.js'

// Three days of a bucket, and a copy of it.

export const FIRST = '2026-01-18T01-00Z'
export const SECOND = '2026-01-19T01-00Z'
export const THIRD = '2026-01-20T01-00Z'

const SETTINGS = `
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
  copy:
    source_bucket: photo-copy
    inventory: { destination_bucket: ./reports, config_name: daily }
  unseen:
    source_bucket: unseen-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
`

const ALL_FIELDS = [...FIELDS, 'storage_class', 'encryption_status']

/** The columns without one. */
export const without = (field: string): string[] => ALL_FIELDS.filter(each => each !== field)

/** As a command prints them. */
export const lines = (...list: string[]): string => list.map(line => `${line}\n`).join('')

const lastModified = new Date('2026-01-01T10:30:00Z')

export const object = (key: string, size: number, eTag: string, more: Partial<ReportRow> = {}): ReportRow => ({
  ...{ key, size, eTag, lastModified, storageClass: 'STANDARD', encryptionStatus: 'SSE-S3' },
  ...more,
})

const gone = (key: string, size: number, eTag: string): ReportRow[] => [
  { key, versionId: 'v2', isDeleteMarker: true, lastModified },
  object(key, size, eTag, { versionId: 'v1', isLatest: false }),
]

export const FIRST_ROWS: readonly ReportRow[] = [
  object('readme.txt', 100, 'r1'),
  object('2025/a b.jpg', 2_000_000, 'a1'),
  object('2025/b.jpg', 3_000_000, 'b1'),
  object('2025/raw/b.cr3', 9_000_000, 'b2'),
  object('2025/raw/c.cr3', 8_000_000, 'c2'),
  object('2026/c.jpg', 1_000_000, 'c1'),
]

export const SECOND_ROWS: readonly ReportRow[] = [
  object('readme.txt', 120, 'r2'), // modified
  object('2025/a b.jpg', 2_000_000, 'a1'),
  ...gone('2025/b.jpg', 3_000_000, 'b1'),
  object('2025/raw/b.cr3', 9_000_000, 'b2'),
  object('2025/raw/c.cr3', 8_000_000, 'c2'),
  object('2026/c.jpg', 1_000_000, 'c1', { storageClass: 'GLACIER' }), // touched
  object('2026/d.jpg', 4_000_000, 'd1'), // new
]

export const THIRD_ROWS: readonly ReportRow[] = [
  object('readme.txt', 120, 'r3'), // modified, of the same size
  object('2025/a b.jpg', 2_000_000, 'a1'),
  object('2025/b.jpg', 3_000_000, 'b1', { versionId: 'v3' }), // there again
  object('archive/raw/b.cr3', 9_000_000, 'b2'), // moved
  object('archive/raw/c.cr3', 8_000_000, 'c2'), // moved
  object('2026/c.jpg', 1_000_000, 'c1', { storageClass: 'GLACIER' }),
  object('2026/d.jpg', 4_000_000, 'd1'),
]

export interface DiffPlace extends SmallPlace {
  /** Runs a command line on a terminal of so many columns. */
  runOn(columns: number, ...args: string[]): Promise<Answer>
  putCopy(takenAt: string, rows: readonly ReportRow[], more?: Partial<WriteReportOptions>): Promise<void>
}

/** A place with those connectors, and no reports. Its clock goes on a bit each time that it is looked at. */
export async function openDiffPlace(): Promise<DiffPlace> {
  const place = await openSmallPlace()
  await writeFile(join(place.folder, 'stocktake.yaml'), SETTINGS)
  let time = Date.parse('2026-01-22T01:00:00Z')
  const runOn = async (columns: number | undefined, ...args: string[]): Promise<Answer> => {
    const [stdout, stderr] = [new TextSink(columns), new TextSink()]
    const world = { stdout, stderr, cwd: place.folder, env: { NO_COLOR: '1' }, now: () => new Date(time++) }
    const code = await run(args, COMMANDS, { ...world, signal: new AbortController().signal })
    return { code, stdout: stdout.text, stderr: stderr.text }
  }
  const put: SmallPlace['putReport'] = (takenAt, rows, more) =>
    place.putReport(takenAt, rows, { fields: ALL_FIELDS, ...more })
  return {
    ...place,
    run: (...args) => runOn(undefined, ...args),
    runOn,
    async rows(...args) {
      const answer = await runOn(undefined, ...args, '--format', 'json')
      if (answer.code !== 0) throw new Error(answer.stderr)
      return JSON.parse(answer.stdout)
    },
    putReport: put,
    putCopy: (takenAt, rows, more) => put(takenAt, rows, { sourceBucket: 'photo-copy', ...more }),
  }
}

export const timeOf = (snapshot: string): string => snapshot.replace(/-(\d\d)Z$/, ':$1Z')

/** As {@link openDiffPlace}, with the three days imported, and a copy of the second. */
export async function openDiffLake(): Promise<DiffPlace> {
  const place = await openDiffPlace()
  await place.putReport(timeOf(FIRST), FIRST_ROWS)
  await place.putReport(timeOf(SECOND), SECOND_ROWS)
  await place.putReport(timeOf(THIRD), THIRD_ROWS)
  await place.putCopy(timeOf(SECOND), SECOND_ROWS)
  for (const args of [['photos', '--all'], ['copy']]) await importOf(place, ...args)
  return place
}

/** @throws unless it works */
export async function importOf(place: DiffPlace, ...args: string[]): Promise<void> {
  const { code, stderr } = await place.run('import', ...args)
  if (code !== 0) throw new Error(stderr)
}
