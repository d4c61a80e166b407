import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InterruptedError, UsageError } from '../errors.js'
import { FolderStore } from '../lake/folderStore.js'
import { demoVersions, REPORT_TIMES } from './demoBucket.js'
import { DEMO_CONFIG, DEMO_EXPECTATIONS, DEMO_FETCH, formatDemoGames } from './demoSettings.js'
import { shuffle } from './seededRandom.js'
import { type DemoDay, sportsFiles } from './sportsFiles.js'
import { type ReportRow, writeReport } from './writeReport.js'

export interface MakeDemoEffects {
  readonly signal: AbortSignal
}

/** What was made, oldest report first. */
export interface MadeDemo {
  readonly sourceBucket: string
  readonly configPath: string
  readonly reports: readonly MadeReport[]
}

export interface MadeReport {
  /** `2026-01-20T01-00Z` */
  readonly name: string
  /** Versions and delete markers. */
  readonly rowCount: number
  /** Current objects. */
  readonly objectCount: number
}

const SOURCE_BUCKET = 'demo-bucket'
const INVENTORY_BUCKET = 'inventory-bucket'
const CONFIG_NAME = 'stocktake.yaml'

/**
 * Makes a folder with everything that a first look at Stocktake needs: its settings, a bucket whose sports data is
 * really there, and the bucket's inventory reports of two days. A folder that was made before becomes the same again;
 * settings that were changed since stay.
 *
 * @throws {UsageError} if the folder has a stocktake.yaml that is not the demo's; nothing was written then
 * @throws {InterruptedError} if the signal is raised; what was written stays
 */
export async function makeDemo(folder: string, { signal }: MakeDemoEffects): Promise<MadeDemo> {
  await putSettings(folder)
  const [reports] = await Promise.all([
    writeDemoReports(folder, signal),
    writeSportsFiles(join(folder, SOURCE_BUCKET), signal), // meanwhile: it waits for the disk
  ])
  return { sourceBucket: SOURCE_BUCKET, configPath: join(folder, CONFIG_NAME), reports }
}

async function putSettings(folder: string): Promise<void> {
  const store = new FolderStore(folder)
  const encoder = new TextEncoder()
  if (!(await store.putIfAbsent(CONFIG_NAME, encoder.encode(DEMO_CONFIG)))) await requireDemoConfig(store)
  await store.putIfAbsent('data_inventory.yaml', encoder.encode(DEMO_EXPECTATIONS))
  await store.putIfAbsent('games.csv', encoder.encode(formatDemoGames()))
  await store.putIfAbsent('fetch.mjs', encoder.encode(DEMO_FETCH))
}

async function requireDemoConfig(store: FolderStore): Promise<void> {
  const text = new TextDecoder().decode(await store.read(CONFIG_NAME))
  const [mark] = DEMO_CONFIG.split('\n')
  if (mark === undefined || !text.startsWith(mark))
    throw new UsageError({
      subject: `${store.url}/${CONFIG_NAME}`,
      expected: 'that of an earlier demo, or none',
      got: 'another one',
      fix: 'choose another folder: stocktake demo DIR',
    })
}

const FILES_AT_ONCE = 16

/** Not fsynced: what a power cut takes, the next run makes again. */
async function writeSportsFiles(bucket: string, signal: AbortSignal): Promise<void> {
  const files = sportsFiles('second')
  const folders = new Set<string>()
  const write = async (): Promise<void> => {
    for (const { key, bytes, lastModified } of files) {
      throwIfAborted(signal)
      const path = join(bucket, key)
      if (!folders.has(dirname(path))) await mkdir(dirname(path), { recursive: true })
      folders.add(dirname(path))
      await writeFile(path, bytes)
      await utimes(path, lastModified, lastModified)
    }
  }
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, write))
}

/** The columns of the demo's reports. */
const FIELDS = [
  'bucket',
  'key',
  'version_id',
  'is_latest',
  'is_delete_marker',
  'size',
  'last_modified_date',
  'e_tag',
  'storage_class',
  'is_multipart_uploaded',
  'encryption_status',
  'checksum_algorithm',
]

async function writeDemoReports(folder: string, signal: AbortSignal): Promise<MadeReport[]> {
  const reports: MadeReport[] = []
  for (const day of ['first', 'second'] as const) reports.push(await writeDemoReport(folder, day, signal))
  return reports
}

async function writeDemoReport(folder: string, day: DemoDay, signal: AbortSignal): Promise<MadeReport> {
  let objectCount = 0
  function* counted(rows: Iterable<ReportRow>): Generator<ReportRow> {
    for (const row of rows) {
      throwIfAborted(signal)
      if (row.isLatest !== false && row.isDeleteMarker !== true) objectCount++
      yield row
    }
  }
  const options = {
    sourceBucket: SOURCE_BUCKET,
    destinationBucket: INVENTORY_BUCKET,
    prefix: 'inventory/',
    configName: 'daily',
    takenAt: REPORT_TIMES[day],
    fields: FIELDS,
    filesCount: 4,
  }
  const rows = shuffle(counted(demoVersions(day)), 1, 8192)
  const { name, rowCount } = await writeReport(rows, options, new FolderStore(join(folder, INVENTORY_BUCKET)))
  return { name, rowCount, objectCount }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError({ subject: 'demo', got: 'interrupted', cause: signal.reason })
}
